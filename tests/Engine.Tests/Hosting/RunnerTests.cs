using System.Net;
using System.Net.Sockets;
using Engagement.Hosting;
using Engagement.Testing;

namespace Engagement.Engine.Tests.Hosting;

public sealed class RunnerTests
{
    [Fact]
    public async Task A_service_starts_when_those_it_waits_for_are_done_and_the_table_names_them()
    {
        await using var app = new SampleApplication("--isolated");
        var migrate = app.AddTask("migrate");
        var orders = app.AddService("orders").WaitForCompletion(migrate);
        app.AddService("gateway").WaitFor(orders).WithExternalHttpEndpoints();
        await app.StartAsync();
        await app.HealthyAsync("gateway");
        await Eventually.BecomesTrueAsync(() => app.Output.Contains("All healthy", StringComparison.Ordinal), "all healthy");

        app.Output.ShouldContain("orders    Waiting for migrate");
        app.Output.ShouldContain("gateway   Waiting for orders");
        app.Output.ShouldMatch(@"(?s)Resource  State     URL\s+migrate   Finished\s+orders    Running   http://localhost:\d+\s+gateway   Running   http://localhost:\d+\s+All healthy in \d+\.\d s\. gateway http://localhost:\d+");
        app.Output.ShouldMatch(@"(?s)migrate \| done.*orders  \| listening.*gateway \| listening");
        app.Log("migrate").Trim().ShouldBe("done");
        app.Output.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task A_task_that_fails_is_one_sentence()
    {
        await using var app = new SampleApplication("--isolated");
        var migrate = app.AddTask("migrate").WithEnvironment("SAMPLE_CODE", "7");
        app.AddService("orders").WaitForCompletion(migrate);
        await app.StartAsync();

        (await app.FailureAsync("orders")).ShouldBe($"'migrate' ended with code 7: done (see {app.Home}/logs/migrate.log)");
    }

    [Fact]
    public async Task A_service_that_never_gets_well_is_one_sentence()
    {
        await using var app = new SampleApplication("--isolated");
        app.AddService("orders").WithEnvironment("SAMPLE", "break");
        await app.StartAsync();

        (await app.FailureAsync("orders")).ShouldBe(
            $"'orders' does not start: it ended 3 times before it was healthy, the last time with code 3: The configuration lacks Smtp:Host. (see {app.Home}/logs/orders.log)");
    }

    [Fact]
    public async Task A_taken_port_is_one_sentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder["Properties"]);
        await File.WriteAllTextAsync(folder["Properties/launchSettings.json"], $$"""{ "profiles": { "orders": { "commandName": "Project", "applicationUrl": "http://localhost:{{port}}" } } }""");
        await using var app = new SampleApplication();
        app.Builder.AddResource(new ProjectResource("orders", new ProjectIn(folder), launchProfileName: null));

        (await Should.ThrowAsync<DistributedApplicationException>(app.StartAsync)).Message
            .ShouldBe($"'orders' can't listen on port {port}: another program has it; end that, or use --isolated for other ports.");
    }

    private sealed class ProjectIn(ScratchFolder folder) : IProjectMetadata
    {
        public string ProjectPath => folder["Project.csproj"];
        public string TargetPath => new SampleProject().TargetPath;
    }

    [Fact]
    public async Task A_service_that_dies_is_started_again()
    {
        await using var app = new SampleApplication("--isolated");
        var orders = app.AddService("orders");
        await app.StartAsync();
        await app.HealthyAsync("orders");
        using var client = new HttpClient();

        await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync(new Uri(orders.GetEndpoint("http").Url + "/exit")));

        await Eventually.BecomesTrueAsync(() => app.Log("orders").Split("listening").Length == 3, "a second start");
        app.Log("orders").ShouldContain("orders ended by itself with code 5; it is started again in 0.2 s.");
    }

    [Fact]
    public async Task A_service_whose_guard_is_killed_does_not_run_twice()
    {
        await using var app = new SampleApplication("--isolated");
        app.AddService("orders");
        await app.StartAsync();
        await app.HealthyAsync("orders");
        var service = app.ProcessOf("orders");
        var guard = (await Command.RunAsync(["ps", "-o", "ppid=", "-p", $"{service}"], default)).Output.Trim();

        await Command.RunAsync(["kill", "-s", "KILL", guard], default);

        await Eventually.BecomesTrueAsync(() => app.Log("orders").Split("listening").Length == 3, "a second start");
        ProcessIdentity.Find(service).ShouldBeNull();
        app.Log("orders").ShouldContain("orders ended by itself with code 137; it is started again in 0.2 s.");
    }

    [Fact]
    public async Task Replicas_take_turns_behind_one_address()
    {
        await using var app = new SampleApplication("--isolated");
        var orders = app.AddService("orders").WithReplicas(2);
        await app.StartAsync();
        await app.HealthyAsync("orders");

        var first = await SampleApplication.EnvironmentOfAsync(orders);
        var second = await SampleApplication.EnvironmentOfAsync(orders);

        first["OTEL_SERVICE_NAME"].ShouldBe(second["OTEL_SERVICE_NAME"]);
        first["OTEL_RESOURCE_ATTRIBUTES"].ShouldNotBe(second["OTEL_RESOURCE_ATTRIBUTES"]);
        first["ASPNETCORE_URLS"].ShouldNotBe(second["ASPNETCORE_URLS"]);
    }

    [Fact]
    public async Task A_secret_is_made_once_and_kept_for_us_alone()
    {
        using var folder = new ScratchFolder();
        var made = await SecretAsync();

        (await SecretAsync()).ShouldBe(made);
        Convert.FromBase64String(made!).Length.ShouldBe(32);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(folder["parameters.json"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        ValueTask<string?> SecretAsync() => DistributedApplication.CreateBuilder(["--home", folder.Path]).AddParameter("master-key", secret: true).Resource.GetValueAsync();
    }

    [Fact]
    public async Task A_parameter_that_is_no_secret_needs_a_value()
    {
        using var folder = new ScratchFolder();
        var builder = DistributedApplication.CreateBuilder(["--home", folder.Path, "--Parameters:given=here"]);

        (await builder.AddParameter("given").Resource.GetValueAsync()).ShouldBe("here");
        (await Should.ThrowAsync<DistributedApplicationException>(async () => await builder.AddParameter("missing").Resource.GetValueAsync())).Message
            .ShouldBe("The parameter 'missing' has no value: set Parameters:missing.");
    }
}
