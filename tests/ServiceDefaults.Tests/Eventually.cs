using System.Diagnostics;

namespace Engagement.ServiceDefaults.Tests;

/// <summary>Waits for something that happens on another thread.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static Task BecomesTrue(Func<bool> condition, string what) => BecomesTrue(() => Task.FromResult(condition()), what);

    public static async Task BecomesTrue(Func<Task<bool>> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Limit) throw new TimeoutException($"Not within {Limit.TotalSeconds} s: {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
