using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Engagement.Hosting;
using Engagement.Testing;

namespace Engagement.Engine.Tests.Hosting;

/// <summary>An AppHost as a process of its own, to be ended in every way there is.</summary>
public sealed class AppHostProcessTests : IDisposable
{
    private readonly ScratchFolder folder = new();

    [Fact]
    public async Task A_killed_AppHost_leaves_nothing_behind_and_starts_again_on_its_data()
    {
        using var first = await HostAsync();
        var children = Running();
        children.Keys.ShouldBe(["apphost", "postgres", "service"], ignoreOrder: true);

        await SignalAsync("KILL", first.Id);
        await GoneAsync(children);

        using var second = await HostAsync();
        children = Running();
        await SignalAsync("TERM", second.Id);
        await second.Process.WaitForExitAsync();

        second.Process.ExitCode.ShouldBe(0);
        children.Values.ShouldAllBe(pid => ProcessIdentity.Find(pid) == null);
        File.Exists(folder["processes.json"]).ShouldBeFalse();
    }

    [Fact]
    public async Task What_outlived_even_its_guard_is_ended_by_the_next_start()
    {
        using var first = await HostAsync();
        var children = Running();
        foreach (var name in new[] { "service", "postgres" })
            await SignalAsync("KILL", await ParentAsync(children[name]));
        await SignalAsync("KILL", first.Id);
        await first.Process.WaitForExitAsync();

        using var second = await HostAsync();

        children.Values.ShouldAllBe(pid => ProcessIdentity.Find(pid) == null);
        await SignalAsync("INT", second.Id);
        await second.Process.WaitForExitAsync();
    }

    [Fact]
    public async Task A_killed_server_comes_back_where_the_services_know_it()
    {
        using var host = await HostAsync();
        var (postgres, port) = (Running()["postgres"], PortOf("postgres"));

        await SignalAsync("KILL", postgres);

        await Eventually.BecomesTrueAsync(() => Running().TryGetValue("postgres", out var pid) && pid != postgres, "another postmaster");
        PortOf("postgres").ShouldBe(port);
        host.Output.ShouldContain("PostgreSQL ended by itself with code 137; it is started again.");
        await SignalAsync("TERM", host.Id);
        await host.Process.WaitForExitAsync();
    }

    [Fact]
    public async Task A_second_AppHost_on_the_same_home_says_so_in_one_sentence()
    {
        using var first = await HostAsync();

        using var second = new Host(folder.Path);
        await second.Process.WaitForExitAsync();

        second.Process.ExitCode.ShouldBe(1);
        (await second.Errors).Trim().ShouldBe($"Another AppHost (process {first.Id}) runs on {folder.Path}: stop it, or use --isolated to run beside it.");
        await SignalAsync("TERM", first.Id);
        await first.Process.WaitForExitAsync();
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_one_sentence()
    {
        using var host = new Host(folder.Path, "--ConnectionStrings:postgres=Host=127.0.0.1;Port=1;Username=nobody");
        await host.Process.WaitForExitAsync();

        host.Process.ExitCode.ShouldBe(1);
        (await host.Errors).Trim().ShouldBe("The PostgreSQL of ConnectionStrings:postgres can't be reached: Failed to connect to 127.0.0.1:1");
    }

    public void Dispose() => folder.Dispose();

    private async Task<Host> HostAsync()
    {
        var host = new Host(folder.Path);
        await Eventually.BecomesTrueAsync(() => host.Output.Contains("All healthy", StringComparison.Ordinal) || host.Process.HasExited, "all healthy");
        host.Output.ShouldContain("All healthy");
        return host;
    }

    private Dictionary<string, int> Running() => Processes().EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetProperty("pid").GetInt32());

    private string? PortOf(string name) => Processes().GetProperty(name).GetProperty("url").GetString();

    private JsonElement Processes() => JsonDocument.Parse(File.ReadAllText(folder["processes.json"])).RootElement;

    private static Task GoneAsync(Dictionary<string, int> processes) =>
        Eventually.BecomesTrueAsync(() => processes.Values.All(pid => ProcessIdentity.Find(pid) is null), "the end of all processes");

    private static async Task SignalAsync(string signal, int pid) => (await Command.RunAsync(["kill", "-s", signal, $"{pid}"], default)).Succeeded.ShouldBeTrue();

    private static async Task<int> ParentAsync(int pid) => int.Parse((await Command.RunAsync(["ps", "-o", "ppid=", "-p", $"{pid}"], default)).Output, CultureInfo.InvariantCulture);

    private sealed class Host : IDisposable
    {
        private readonly StringBuilder output = new();

        public Host(string home, params string[] args)
        {
            Process = Process.Start(new ProcessStartInfo("dotnet", [new SampleProject().TargetPath, "--isolated", "--home", home, .. args])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["SAMPLE"] = "host" },
            })!;
            Process.OutputDataReceived += (_, line) =>
            {
                lock (output)
                    output.AppendLine(line.Data);
            };
            Process.BeginOutputReadLine();
            Errors = Process.StandardError.ReadToEndAsync();
        }

        public Process Process { get; }

        public int Id => Process.Id;

        public Task<string> Errors { get; }

        public string Output
        {
            get
            {
                lock (output)
                    return output.ToString();
            }
        }

        public void Dispose()
        {
            if (!Process.HasExited)
                Process.Kill();
            Process.Dispose();
        }
    }
}
