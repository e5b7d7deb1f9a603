namespace Engagement.Engine.Tests.Hosting;

internal static class Eventually
{
    /// <summary>Waits for something outside this process, which can't tell us.</summary>
    public static async Task BecomesTrueAsync(Func<bool> condition, string what, int seconds = 15)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not within {seconds} s: {what}");
            }
        }
    }
}
