using System.Text.Json.Serialization;
using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

/// <summary>What reading a body needs to know of the world.</summary>
/// <param name="Now">The domain's time.</param>
/// <param name="Development">Allows <c>evenifstale</c>.</param>
/// <param name="GuestId">The id of a guest by the e-mail address as the shop wrote it; normalising it is its part.</param>
public sealed record ReadingContext(DateTimeOffset Now, bool Development, Func<string, CustomerId> GuestId);

/// <summary>What became of a body: taken whole or refused whole.</summary>
public abstract record Reading
{
    private Reading()
    {
    }

    /// <summary>The events in the order of the body; one that stands there twice is given twice.</summary>
    public sealed record Accepted(IReadOnlyList<IncomingEvent> Events) : Reading;

    /// <param name="Faults">In the order of the events; at most a thousand.</param>
    /// <param name="Count">How many there are in all.</param>
    public sealed record Refused(IReadOnlyList<Fault> Faults, int Count) : Reading;

    /// <summary>The content type is none of CloudEvents' in UTF-8: 415.</summary>
    public sealed record UnsupportedMediaType : Reading;
}

/// <summary>One event that a shop published, understood. Its identity is <paramref name="Source"/> and <paramref name="Id"/>.</summary>
/// <param name="BodyHash">SHA-256 over the event's bytes as they came: tells a repeat from another event under the same id.</param>
/// <param name="Fact">The contract for the owner of the type, without personal data; reported as <paramref name="Reported"/> says.</param>
/// <param name="Contact">The personal part, to be sealed before it goes anywhere.</param>
public sealed record IncomingEvent(string Id, string Source, EventType Type, byte[] BodyHash, object Fact, ContactFound? Contact, Reported Reported);

/// <summary>A customer's details in clear text, as found in an event.</summary>
public sealed record ContactFound(CustomerId Customer, ContactDetails Details, string? Language, string? Zone);

/// <summary>Something in a body that can't be taken.</summary>
/// <param name="Index">Of the event in its batch, from 0; null where it's the whole body, or no batch.</param>
/// <param name="Field">JSON pointer within the event: <c>/data/lines/3/price</c>; empty for the event itself.</param>
/// <param name="Message">For people; never repeats a value.</param>
public sealed record Fault(
    [property: JsonPropertyName("index")] int? Index,
    [property: JsonPropertyName("field")] string Field,
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message")] string Message);
