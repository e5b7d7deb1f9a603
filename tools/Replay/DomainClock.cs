using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Engagement.Replay;

/// <summary>Engagement's clock, which can be moved in development, taken along with the file.</summary>
internal sealed class DomainClock(Server server)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>Moving it works off all that falls due on the way.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    private DateTimeOffset? now;

    /// <summary>Sends the events strictly one batch after the other, each when the clock has come to its last event.</summary>
    public async Task FollowAsync(IEnumerable<FileEvent> events, int batchSize, TimeSpan step, Publisher publisher, CancellationToken ct)
    {
        foreach (var batch in Cut(events, batchSize, step))
        {
            if (now is null)
            {
                await SetAsync(batch[0].Time, ct);
            }

            await AdvanceAsync(batch[^1].Time, ct);
            await publisher.SendAsync(batch, ct);
        }
    }

    /// <summary>Batches that stay within one step of the clock: with a step of an hour, none goes past the full hour.</summary>
    internal static IEnumerable<List<FileEvent>> Cut(IEnumerable<FileEvent> events, int batchSize, TimeSpan step)
    {
        var batch = new List<FileEvent>();
        foreach (var e in events)
        {
            if (batch.Count == batchSize || (batch.Count > 0 && StepOf(batch[0]) != StepOf(e)))
            {
                yield return batch;
                batch = [];
            }

            batch.Add(e);
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }

        long StepOf(FileEvent e) => (e.Time.UtcTicks + step.Ticks - 1) / step.Ticks;
    }

    private async Task SetAsync(DateTimeOffset time, CancellationToken ct)
    {
        var answer = await PostAsync("dev/clock", "now", time, ct);
        if (answer.Status == HttpStatusCode.NotFound)
        {
            throw new RunFailedException($"{server.Url} has no clock that can be moved: --follow-clock works only where Engagement runs in development.");
        }

        if (answer.Status == HttpStatusCode.Conflict)
        {
            throw new RunFailedException(
                $"There are events in Engagement already, so its clock can't be set to {time.UtcDateTime:u}, where the file begins: --follow-clock needs a fresh one.");
        }

        Check(answer, time);
    }

    private async Task AdvanceAsync(DateTimeOffset time, CancellationToken ct)
    {
        if (time > now)
        {
            Check(await PostAsync("dev/clock/advance", "to", time, ct), time);
        }
    }

    private void Check(Answer answer, DateTimeOffset time) => now = answer.IsSuccess
        ? time
        : throw new RunFailedException($"{server.Url} did not move its clock to {time.UtcDateTime:u}: {Refusal.Read(answer).Summary}.");

    private Task<Answer> PostAsync(string path, string name, DateTimeOffset time, CancellationToken ct) =>
        server.PostAsync(path, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, DateTime> { [name] = time.UtcDateTime }), Json, Timeout, ct);
}
