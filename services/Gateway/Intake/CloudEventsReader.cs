using System.Buffers;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

/// <summary>
/// Reads a body of CloudEvents 1.0 in JSON, one event (<see cref="Structured"/>) or many (<see cref="Batch"/>). It takes all of it or none, tells every fault
/// at once, and never throws, whatever the bytes.
/// </summary>
public static class CloudEventsReader
{
    public const string Batch = "application/cloudevents-batch+json";
    public const string Structured = "application/cloudevents+json";

    /// <summary>Bytes of a body; for the endpoint to hold, before it reads more.</summary>
    public const int MostBytes = 1024 * 1024;

    public const int MostEvents = 1000;

    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(5);
    private static readonly DateTimeOffset s_earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Pointer s_data = new(Pointer.Event, "data");
    private static readonly SearchValues<char> s_uriCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%");

    public static Reading Read(ReadOnlyMemory<byte> body, string? contentType, ReadingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!MediaTypeHeaderValue.TryParse(contentType, out var media) || media.CharSet?.Trim('"') is { } charset && !Same(charset, "utf-8"))
            return new Reading.UnsupportedMediaType();

        var batch = Same(media.MediaType, Batch);
        if (!batch && !Same(media.MediaType, Structured))
            return new Reading.UnsupportedMediaType();

        var faults = new FaultList();
        List<IncomingEvent> events = [];
        if (StrictJson.Check(body.Span, batch, faults))
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth });
            if (batch)
                ReadBatch(json.RootElement, events, faults, context);
            else
                ReadOne(json.RootElement, null, events, faults, context);
        }

        return faults.Count == 0 ? new Reading.Accepted(events) : faults.Refuse();
    }

    private static void ReadBatch(JsonElement batch, List<IncomingEvent> events, FaultList faults, ReadingContext context)
    {
        faults.Index = null;
        if (batch.ValueKind != JsonValueKind.Array)
        {
            faults.Add(Pointer.Event, "wrong_type", "A batch must be an array.");
            return;
        }

        if (batch.GetArrayLength() > MostEvents)
        {
            faults.Add(Pointer.Event, "too_many", $"A batch must not have more than {MostEvents} events.");
            return;
        }

        var seen = new Dictionary<(string, string), byte[]>(batch.GetArrayLength());
        var index = 0;
        foreach (var item in batch.EnumerateArray())
        {
            if (ReadOne(item, index++, events, faults, context) is { } read
                && !seen.TryAdd((read.Source, read.Id), read.BodyHash)
                && !seen[(read.Source, read.Id)].AsSpan().SequenceEqual(read.BodyHash))
                faults.Add(new Pointer(Pointer.Event, "id"), "id_reused", "Another event of the batch has this source and id.");
        }
    }

    private static IncomingEvent? ReadOne(JsonElement json, int? index, List<IncomingEvent> events, FaultList faults, ReadingContext context)
    {
        faults.Index = index;
        var known = faults.Count;
        if (Fields.Of(json, Pointer.Event, faults) is not { } attributes)
            return null;

        var id = attributes.Exact("id", 200);
        var source = ReadSource(attributes);
        var type = ReadType(attributes);
        var reported = new Reported(
            ReadTime(attributes, context.Now) ?? context.Now, context.Now, attributes.Flag("backfill"), ReadEvenIfStale(attributes, context.Development));
        RefuseWhatIsNotJson(attributes);

        if (attributes.Object("data") is not { } data || type is null)
            return null;
        var (fact, contact) = type.Read(data, reported, context);
        if (faults.Count > known)
            return null;

        var read = new IncomingEvent(id, source, type, SHA256.HashData(JsonMarshal.GetRawUtf8Value(json)), fact, contact);
        events.Add(read);
        return read;
    }

    private static string ReadSource(Fields attributes)
    {
        var source = attributes.Exact("source", 500);
        if (!IsUriReference(source))
            attributes.Fault<string>("source", "not_a_uri_reference", "Must be a URI or a part of one, such as /shops/demo.");
        return source;
    }

    private static bool IsUriReference(string text)
    {
        if (text.AsSpan().ContainsAnyExcept(s_uriCharacters))
            return false;
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
        {
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2]))
                return false;
        }

        return true;
    }

    private static EventType? ReadType(Fields attributes)
    {
        var known = attributes.Faults;
        var type = EventTypes.Find(attributes.Exact("type", 200));
        if (type is null && attributes.Faults == known)
            attributes.Fault<EventType>("type", "unknown_type", "No event of this type is taken here.");
        return type;
    }

    private static DateTimeOffset? ReadTime(Fields attributes, DateTimeOffset now)
    {
        var time = attributes.OptionalTime("time");
        if (time > now + s_clockSkew)
            return attributes.Fault<DateTimeOffset?>("time", "in_the_future", "Must not lie in the future.");
        if (time < s_earliest)
            return attributes.Fault<DateTimeOffset?>("time", "too_early", "Must not lie before the year 2000.");
        return time;
    }

    private static bool ReadEvenIfStale(Fields attributes, bool development) =>
        development || !attributes.Has("evenifstale")
            ? attributes.Flag("evenifstale")
            : attributes.Fault<bool>("evenifstale", "only_in_development", "Is taken in development only.");

    private static void RefuseWhatIsNotJson(Fields attributes)
    {
        if (attributes.Exact("specversion", 10) is var version and not ("" or "1.0"))
            attributes.Fault<string>("specversion", "unsupported_version", "Must be 1.0.");
        if (attributes.Has("data_base64"))
            attributes.Fault<string>("data_base64", "unsupported", "Data is taken as JSON only, in data.");
        attributes.OptionalLine("datacontenttype", 200, IsJson, "unsupported", "Must be application/json, or left out.");
    }

    private static bool IsJson(string text) => MediaTypeHeaderValue.TryParse(text, out var media) && Same(media.MediaType, "application/json");

    private static bool Same(string? left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
