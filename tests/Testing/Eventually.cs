using System.Diagnostics;
using Xunit;

namespace Engagement.Testing;

/// <summary>Waits for something on another thread or in another process, which can't tell us.</summary>
public static class Eventually
{
    /// <summary>Generous: it says that something never comes, not that it is slow.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static Task BecomesTrueAsync(Func<bool> condition, string what, TimeSpan? limit = null) => BecomesTrueAsync(condition, () => what, limit);

    public static Task BecomesTrueAsync(Func<bool> condition, Func<string> what, TimeSpan? limit = null) =>
        BecomesTrueAsync(() => Task.FromResult(condition()), what, limit);

    public static Task BecomesTrueAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null) => BecomesTrueAsync(condition, () => what, limit);

    private static async Task BecomesTrueAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan? limit)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > (limit ?? Limit))
                throw new TimeoutException($"Not within {(limit ?? Limit).TotalSeconds:0} s: {what()}.");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
