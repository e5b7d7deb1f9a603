using System.Text.Json;

namespace Engagement.Replay;

/// <summary>Why a batch was not taken, from the problem details (RFC 9457) of the answer.</summary>
internal sealed record Refusal(string Summary, IReadOnlyList<EventFault> Faults)
{
    public static Refusal Read(Answer answer)
    {
        var status = $"HTTP {(int)answer.Status}";
        try
        {
            using var problem = JsonDocument.Parse(answer.Body);
            return problem.RootElement.ValueKind == JsonValueKind.Object
                ? new Refusal(Sentence(problem.RootElement) is { Length: > 0 } text ? $"{text} ({status})" : status, ReadFaults(problem.RootElement))
                : new Refusal(status, []);
        }
        catch (JsonException)
        {
            return new Refusal(status, []);
        }
    }

    private static string? Sentence(JsonElement problem) => Text(problem, "detail") ?? Text(problem, "title");

    private static EventFault[] ReadFaults(JsonElement problem) =>
        problem.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
            ? [.. errors.EnumerateArray().Where(error => error.ValueKind == JsonValueKind.Object).Select(ReadFault).OfType<EventFault>()]
            : [];

    private static EventFault? ReadFault(JsonElement error)
    {
        if (!error.TryGetProperty("index", out var at) || at.ValueKind != JsonValueKind.Number || !at.TryGetInt32(out var index))
        {
            return null;
        }

        var field = Text(error, "field");
        var reason = string.Join(", ", error.EnumerateObject()
            .Where(property => property.Name != "field" && property.Value.ValueKind == JsonValueKind.String)
            .Select(property => property.Value.GetString()));
        return new EventFault(index, string.Join(": ", new[] { field, reason }.Where(part => !string.IsNullOrEmpty(part))));
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>What is wrong with the event at this place of the batch.</summary>
internal sealed record EventFault(int Index, string Reason);
