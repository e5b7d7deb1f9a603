using System.Collections.Concurrent;
using System.Diagnostics;

namespace Engagement.Bench.Harness;

/// <summary>Listens to Npgsql's own tracing: every round trip of this process, with its statements and how long it took.</summary>
internal sealed class SqlSpy : IDisposable
{
    private readonly ConcurrentQueue<RoundTrip> _seen = new();
    private readonly ActivityListener _listener;

    /// <param name="watches">Which statements count.</param>
    public SqlSpy(Func<string, bool> watches)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if ((activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string sql && watches(sql)) _seen.Enqueue(new RoundTrip(sql, activity.Duration));
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<RoundTrip> Take()
    {
        var taken = new List<RoundTrip>();
        while (_seen.TryDequeue(out var one)) taken.Add(one);
        return taken;
    }

    public void Dispose() => _listener.Dispose();
}

/// <param name="Sql">The statements of a batch, one after the other.</param>
internal sealed record RoundTrip(string Sql, TimeSpan Duration)
{
    /// <summary>How many statements it had: a batch puts a semicolon after each.</summary>
    public int Statements => Math.Max(1, Sql.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Length);
}
