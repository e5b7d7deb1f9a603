using Engagement.Replay;

namespace Engagement.Tools.Tests;

internal sealed record RunResult(int ExitCode, string Out, string Error);

/// <summary>Runs the tool in a folder of its own, with a file of orders that the test gives.</summary>
internal sealed class ReplayRun : IDisposable
{
    public const string Header =
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date";

    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("replay-");

    public ImpatientClock Clock { get; } = new(Now);

    public string OrdersPath => Path.Combine(Folder.FullName, "orders.csv");

    public string KeptPath => Path.Combine(Folder.FullName, ".engagement", "replay.json");

    public ReplayRun WithOrders(params string[] rows)
    {
        File.WriteAllLines(OrdersPath, [Header, .. rows]);
        return this;
    }

    public ReplayRun WithDevEnv(params string[] lines)
    {
        Directory.CreateDirectory(Path.Combine(Folder.FullName, ".engagement"));
        File.WriteAllLines(Path.Combine(Folder.FullName, ".engagement", "dev.env"), lines);
        return this;
    }

    public Task<RunResult> AgainstAsync(FakeGateway gateway, params string[] options) => AgainstAsync(OrdersPath, gateway, options);

    public Task<RunResult> AgainstAsync(string file, FakeGateway gateway, params string[] options) =>
        RunAsync(["orders", file, "--url", gateway.Url, "--key", "secret", .. options]);

    public async Task<RunResult> RunAsync(string[] args, string? subfolder = null, int? barWidth = null)
    {
        using StringWriter output = new(), error = new();
        var folder = subfolder is null ? Folder : Folder.CreateSubdirectory(subfolder);
        var exitCode = await Cli.RunAsync(args, new Surroundings(output, error, barWidth, folder, Clock), TestContext.Current.CancellationToken);
        return new RunResult(exitCode, output.ToString(), error.ToString());
    }

    public void Dispose() => Folder.Delete(recursive: true);
}
