using System.Diagnostics;

namespace Engagement.Hosting;

/// <summary>How long to wait before the next start of something that dies: longer each time, until it has lived a minute.</summary>
internal sealed class RestartDelay
{
    private static readonly TimeSpan[] Delays = [.. new[] { 0.2, 1, 2, 5, 10, 30 }.Select(TimeSpan.FromSeconds)];
    private static readonly TimeSpan Recovered = TimeSpan.FromMinutes(1);

    private readonly Stopwatch sinceStart = new();
    private int deaths;

    public void Started() => sinceStart.Restart();

    public TimeSpan Next()
    {
        if (sinceStart.Elapsed > Recovered)
            deaths = 0;
        return Delays[Math.Min(deaths++, Delays.Length - 1)];
    }
}
