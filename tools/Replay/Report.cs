using System.Globalization;

namespace Engagement.Replay;

/// <summary>What became of the events. Safe for several lanes at once.</summary>
internal sealed class Report(int events, int malformedRows, TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly List<TimeSpan> requests = [];
    private readonly long start = clock.GetTimestamp();
    private int accepted;
    private int repeats;
    private int refused;

    public int Done
    {
        get
        {
            lock (gate)
            {
                return accepted + refused;
            }
        }
    }

    public bool AllAccepted
    {
        get
        {
            lock (gate)
            {
                return accepted == events;
            }
        }
    }

    public void Accepted(int count, int ofThemRepeats)
    {
        lock (gate)
        {
            accepted += count;
            repeats += ofThemRepeats;
        }
    }

    public void Refused(int count)
    {
        lock (gate)
        {
            refused += count;
        }
    }

    public void Request(TimeSpan took)
    {
        lock (gate)
        {
            requests.Add(took);
        }
    }

    /// <summary>For the end of the run.</summary>
    public override string ToString()
    {
        lock (gate)
        {
            var took = clock.GetElapsedTime(start);
            requests.Sort();
            var lines = new List<string>
            {
                Line("events", $"{events:N0}"),
                Line("accepted", $"{accepted:N0}"),
                Line("repeats", $"{repeats:N0} of them"),
                Line("refused", $"{refused:N0}"),
            };
            if (accepted + refused < events)
            {
                lines.Add(Line("not sent", $"{events - accepted - refused:N0}"));
            }

            lines.Add(Line("malformed", $"{malformedRows:N0} rows"));
            lines.Add(Line("took", $"{took.TotalSeconds:N1} s"));
            if (took > TimeSpan.Zero)
            {
                lines.Add(Line("per second", $"{(accepted + refused) / took.TotalSeconds:N0}"));
            }

            if (requests.Count > 0)
            {
                lines.Add(Line("request", $"p50 {Percentile(50).TotalMilliseconds:N1} ms, p99 {Percentile(99).TotalMilliseconds:N1} ms"));
            }

            return string.Join(Environment.NewLine, lines);
        }

        static string Line(string name, FormattableString value) => $"  {name,-11}{value.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>The nearest-rank percentile of the sorted times.</summary>
    private TimeSpan Percentile(int percent) => requests[((requests.Count * percent) + 99) / 100 - 1];
}
