using System.Buffers;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

/// <summary>
/// Reads CloudEvents 1.0: a body with one event (<see cref="Structured"/>) or many (<see cref="Batch"/>), or the data alone with the event's attributes in
/// headers (binary mode). It takes all of it or none, tells every fault at once, and never throws, whatever the bytes.
/// </summary>
public static class CloudEventsReader
{
    public const string Batch = "application/cloudevents-batch+json";
    public const string Structured = "application/cloudevents+json";

    /// <summary>Bytes of a body; for the endpoint to hold, before it reads more.</summary>
    public const int MostBytes = 1024 * 1024;

    public const int MostEvents = 1000;

    internal static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);
    private static readonly DateTimeOffset s_earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly LineRule s_uriReference = new(
        IsUriReference, "not_a_uri_reference", "Must be a URI or a part of one, such as /shops/demo.", "uri-reference",
        @"([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+");
    private static readonly LineRule s_json = new(IsJson, "unsupported", "Must be application/json, or left out.", Pattern: "application/json( *;.*)?");
    private static readonly SearchValues<char> s_uriCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%");

    /// <param name="headers">Of the request; those of binary mode are looked at where the content type is not one of CloudEvents.</param>
    public static Reading Read(ReadOnlyMemory<byte> body, string? contentType, ReadingContext context, IHeaderDictionary? headers = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        MediaTypeHeaderValue? media = null;
        if (!string.IsNullOrEmpty(contentType)
            && (!MediaTypeHeaderValue.TryParse(contentType, out media) || media.CharSet?.Trim('"') is { } charset && !Same(charset, "utf-8")))
            return new Reading.UnsupportedMediaType();

        var batch = Same(media?.MediaType, Batch);
        if (!batch && !Same(media?.MediaType, Structured))
        {
            var isOther = media?.MediaType?.StartsWith("application/cloudevents", StringComparison.OrdinalIgnoreCase) == true;
            return isOther || headers is null || !BinaryMode.IsUsed(headers)
                ? new Reading.UnsupportedMediaType()
                : ReadBinary(body, contentType, headers, context);
        }

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

    private static Reading ReadBinary(ReadOnlyMemory<byte> body, string? contentType, IHeaderDictionary headers, ReadingContext context)
    {
        var faults = new FaultList();
        List<IncomingEvent> events = [];
        var attributes = BinaryMode.Attributes(headers, contentType, faults);
        var data = new Pointer(Pointer.Event, "data");
        if (faults.Count == 0 && StrictJson.Check(attributes, batch: false, faults) & StrictJson.Check(body.Span, batch: false, faults, data))
        {
            using var head = JsonDocument.Parse(attributes);
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth });
            ReadOne(new Fields(head.RootElement, Pointer.Event, faults), () => Fields.Of(json.RootElement, data, faults), [.. attributes, .. body.Span],
                events, faults, context);
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
        return Fields.Of(json, Pointer.Event, faults) is { } attributes
            ? ReadOne(attributes, () => attributes.Object("data"), JsonMarshal.GetRawUtf8Value(json), events, faults, context)
            : null;
    }

    private static IncomingEvent? ReadOne(
        Fields attributes, Func<Fields?> findData, ReadOnlySpan<byte> bytes, List<IncomingEvent> events, FaultList faults, ReadingContext context)
    {
        var known = faults.Count;
        var (id, source, reported) = ReadEnvelope(attributes, context);
        var type = ReadType(attributes);
        if (findData() is not { } data || type is null)
            return null;
        var (fact, contact) = type.Read(data, reported, context);
        if (faults.Count > known)
            return null;

        var read = new IncomingEvent(id, source, type, SHA256.HashData(bytes), fact, contact, reported);
        events.Add(read);
        return read;
    }

    /// <summary>What the reader asks of an event of this type, as a JSON Schema.</summary>
    internal static JsonObject Describe(EventType type)
    {
        var notes = new SchemaNotes(required: true);
        var attributes = Fields.Noting(notes);
        var context = new ReadingContext(default, false, email => new CustomerId(email));
        var (_, _, reported) = ReadEnvelope(attributes, context);
        notes.Constant("type", type.Name);
        type.Read(attributes.Object("data")!.Value, reported, context);
        return notes.Schema();
    }

    private static (string Id, string Source, Reported Reported) ReadEnvelope(Fields attributes, ReadingContext context)
    {
        attributes.Constant("specversion", "1.0", "unsupported_version", "Must be 1.0.");
        attributes.Nothing("data_base64", "unsupported", "Data is taken as JSON only, in data.");
        attributes.OptionalLine("datacontenttype", 200, s_json);
        return (
            attributes.Exact("id", 200),
            attributes.Exact("source", 500, s_uriReference),
            new Reported(ReadTime(attributes, context.Now) ?? context.Now, context.Now, attributes.Flag("backfill"),
                ReadEvenIfStale(attributes, context.Development)));
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
        if (time > now + ClockSkew)
            return attributes.Fault<DateTimeOffset?>("time", "in_the_future", "Must not lie in the future.");
        if (time < s_earliest)
            return attributes.Fault<DateTimeOffset?>("time", "too_early", "Must not lie before the year 2000.");
        return time;
    }

    private static bool ReadEvenIfStale(Fields attributes, bool development)
    {
        if (development)
            return attributes.Flag("evenifstale");
        attributes.Nothing("evenifstale", "only_in_development", "Is taken in development only.");
        return false;
    }

    private static bool IsJson(string text) => MediaTypeHeaderValue.TryParse(text, out var media) && Same(media.MediaType, "application/json");

    private static bool Same(string? left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
