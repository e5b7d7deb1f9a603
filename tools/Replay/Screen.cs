using System.Globalization;

namespace Engagement.Replay;

/// <summary>What the user sees. On a terminal a bar that moves, otherwise a line now and then. Safe for several lanes at once.</summary>
internal sealed class Screen(Surroundings surroundings)
{
    private const int BarLength = 30;
    private static readonly TimeSpan BarPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LinePause = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly TimeProvider clock = surroundings.Clock;
    private long start;
    private long shownAt;
    private int total;
    private bool barStands;

    public void StartProgress(int events)
    {
        total = events;
        start = shownAt = clock.GetTimestamp();
    }

    public void ShowProgress(int done, DateTimeOffset at)
    {
        lock (gate)
        {
            if (clock.GetElapsedTime(shownAt) < (surroundings.BarWidth is null ? LinePause : BarPause))
            {
                return;
            }

            shownAt = clock.GetTimestamp();
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"{done:N0} of {total:N0} events, {done / clock.GetElapsedTime(start).TotalSeconds:N0}/s, at {at.UtcDateTime:yyyy-MM-dd HH:mm}");
            if (surroundings.BarWidth is not { } width)
            {
                surroundings.Out.WriteLine(text);
                return;
            }

            var filled = (int)((long)BarLength * done / total);
            var bar = $"[{new string('#', filled)}{new string('.', BarLength - filled)}] {text}";
            ClearBar();
            surroundings.Out.Write(bar[..Math.Min(bar.Length, Math.Max(width - 1, 0))]);
            barStands = true;
        }
    }

    public void Say(string line) => Write(surroundings.Out, line);

    public void Complain(string line) => Write(surroundings.Error, line);

    private void Write(TextWriter writer, string line)
    {
        lock (gate)
        {
            ClearBar();
            writer.WriteLine(line);
        }
    }

    private void ClearBar()
    {
        if (barStands)
        {
            surroundings.Out.Write("\r\e[K");
            surroundings.Out.Flush();
            barStands = false;
        }
    }
}
