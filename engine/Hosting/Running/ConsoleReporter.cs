using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace Engagement.Hosting;

/// <summary>Prints the table of resources: at first, when all is up, and whenever states have changed and come to rest.</summary>
internal sealed class ConsoleReporter(Session session, TextWriter console, Stopwatch sinceStart)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private string printed = "";

    public async Task RunAsync(CancellationToken ct)
    {
        session.Changed += () => changes.Writer.TryWrite(true);
        try
        {
            Print();
            while (!AllSettled)
                await ChangeAsync(ct);
            Print();
            var doors = session.Runs.OfType<ProjectRun>().Where(run => run.Resource is ProjectResource { Endpoint.IsExternal: true }).Select(run => $"{run.Resource.Name} {run.Url}").Distinct();
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"All healthy in {sinceStart.Elapsed.TotalSeconds:0.0} s. {string.Join(", ", doors)}").TrimEnd());
            while (true)
                await ChangeAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping says so itself.
        }
    }

    private bool AllSettled => session.Runs.All(run => run.IsSettled);

    /// <summary>Returns at the next change that settles everything; prints those in between that last.</summary>
    private async Task ChangeAsync(CancellationToken ct)
    {
        await changes.Reader.ReadAsync(ct);
        while (!AllSettled)
        {
            var next = changes.Reader.WaitToReadAsync(ct).AsTask();
            if (await Task.WhenAny(next, Task.Delay(Rest, TimeProvider.System, ct)) != next)
            {
                Print();
                return;
            }
            await changes.Reader.ReadAsync(ct);
        }
        Print();
    }

    private void Print()
    {
        var rows = session.Runs.Select(run => (run.Name, State: Describe(run), run.Url)).Prepend(("Resource", "State", "URL")).ToArray();
        var table = new StringBuilder().AppendLine();
        foreach (var (name, state, url) in rows)
            table.AppendLine($"{name.PadRight(rows.Max(row => row.Item1.Length))}  {state.PadRight(rows.Max(row => row.Item2.Length))}  {url}".TrimEnd());
        if (table.ToString() is var text && text != printed)
            console.WriteLine(printed = text);
    }

    private static string Describe(ResourceRun run) =>
        run.State == KnownResourceStates.Waiting && run.Blockers.Distinct().ToArray() is { Length: > 0 } blockers ? $"{run.State} for {string.Join(", ", blockers)}"
        : run.IsUnhealthy ? $"{run.State} (Unhealthy)"
        : run.State;
}
