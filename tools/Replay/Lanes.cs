using System.Threading.Channels;

namespace Engagement.Replay;

/// <summary>Sends events over a few lanes at once. Each group keeps to one lane, and each lane to the order of time.</summary>
internal static class Lanes
{
    private const int Count = 4;

    public static async Task SendAsync(IEnumerable<FileEvent> events, int batchSize, Func<Publisher> createPublisher, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);

        // Bounded, so that no lane runs far ahead of the others.
        var lanes = Enumerable.Range(0, Count).Select(_ => Channel.CreateBounded<List<FileEvent>>(1)).ToArray();
        await Task.WhenAll([UnlessStopped(FeedAsync), .. lanes.Select(lane => UnlessStopped(token => WorkAsync(lane.Reader, createPublisher, token)))]);

        async Task FeedAsync(CancellationToken token)
        {
            var batches = Array.ConvertAll(lanes, _ => new List<FileEvent>(batchSize));
            foreach (var e in events)
            {
                var lane = (int)((uint)e.Group.GetHashCode(StringComparison.Ordinal) % Count);
                batches[lane].Add(e);
                if (batches[lane].Count == batchSize)
                {
                    await lanes[lane].Writer.WriteAsync(batches[lane], token);
                    batches[lane] = new List<FileEvent>(batchSize);
                }
            }

            for (var lane = 0; lane < Count; lane++)
            {
                if (batches[lane].Count > 0)
                {
                    await lanes[lane].Writer.WriteAsync(batches[lane], token);
                }

                lanes[lane].Writer.Complete();
            }
        }

        // The first to fail stops the others.
        async Task UnlessStopped(Func<CancellationToken, Task> work)
        {
            try
            {
                await work(stop.Token);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    private static async Task WorkAsync(ChannelReader<List<FileEvent>> lane, Func<Publisher> createPublisher, CancellationToken ct)
    {
        using var publisher = createPublisher();
        await foreach (var batch in lane.ReadAllAsync(ct))
        {
            await publisher.SendAsync(batch, ct);
        }
    }
}
