using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Engagement.Replay;

/// <summary>Sends batches of events, one after the other, and accounts for each event.</summary>
internal sealed class Publisher(Server server, Timing timing, Report report, Screen screen) : IDisposable
{
    private static readonly MediaTypeHeaderValue BatchOfEvents = new("application/cloudevents-batch+json");
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly ArrayBufferWriter<byte> buffer = new(64 * 1024);
    private readonly Utf8JsonWriter json = new(Stream.Null);

    /// <summary>A batch is taken whole or refused whole: what is wrong is dropped, and the rest sent once more.</summary>
    public async Task SendAsync(IReadOnlyList<FileEvent> batch, CancellationToken ct)
    {
        if (await TrySendAsync(batch, ct) is { } refusal)
        {
            var wrong = Tell(refusal, batch);
            if (wrong.Count > 0 && wrong.Count < batch.Count)
            {
                report.Refused(wrong.Count);
                batch = [.. batch.Where((_, index) => !wrong.Contains(index))];
                if (await TrySendAsync(batch, ct) is { } again)
                {
                    Tell(again, batch);
                    report.Refused(batch.Count);
                }
            }
            else
            {
                report.Refused(batch.Count);
            }
        }

        screen.ShowProgress(report.Done, batch[^1].Time);
    }

    public void Dispose() => json.Dispose();

    private async Task<Refusal?> TrySendAsync(IReadOnlyList<FileEvent> batch, CancellationToken ct)
    {
        var answer = await server.PostAsync("v1/events", Render(batch), BatchOfEvents, Timeout, ct);
        report.Request(answer.Took);
        if (answer.IsSuccess)
        {
            report.Accepted(batch.Count, Repeats(answer));
            return null;
        }

        // These would be the same for every batch.
        return answer.Status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                throw new RunFailedException($"{server.Url} does not accept this API key (HTTP {(int)answer.Status})."),
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed =>
                throw new RunFailedException($"{server.Url} does not take events (HTTP {(int)answer.Status}): is it Engagement's Gateway?"),
            < HttpStatusCode.BadRequest => throw new RunFailedException($"{server.Url} answers HTTP {(int)answer.Status}: is it Engagement's Gateway?"),
            _ => Refusal.Read(answer),
        };
    }

    private ReadOnlyMemory<byte> Render(IReadOnlyList<FileEvent> batch)
    {
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        json.WriteStartArray();
        foreach (var e in batch)
        {
            e.Write(json, timing);
        }

        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static int Repeats(Answer answer)
    {
        try
        {
            using var body = JsonDocument.Parse(answer.Body);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("repeats", out var repeats) && repeats.TryGetInt32(out var count)
                ? count
                : 0;
        }
        catch (JsonException)
        {
            // A server need not tell.
            return 0;
        }
    }

    /// <summary>Tells the user, and returns the places of the events that are to blame.</summary>
    private HashSet<int> Tell(Refusal refusal, IReadOnlyList<FileEvent> batch)
    {
        var wrong = new HashSet<int>();
        foreach (var fault in refusal.Faults.Where(fault => fault.Index >= 0 && fault.Index < batch.Count))
        {
            wrong.Add(fault.Index);
            screen.Complain($"line {batch[fault.Index].Line}, {batch[fault.Index].Id}: refused: {(fault.Reason.Length > 0 ? fault.Reason : refusal.Summary)}");
        }

        if (wrong.Count == 0)
        {
            screen.Complain($"{batch.Count} events from line {batch[0].Line}, {batch[0].Id}, to line {batch[^1].Line}, {batch[^1].Id}: refused: {refusal.Summary}");
        }

        return wrong;
    }
}
