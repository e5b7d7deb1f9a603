using System.Collections.Frozen;
using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

/// <summary>A type of event that shops may publish.</summary>
public sealed class EventType
{
    internal EventType(string name, string owner, string summary, Reader read) => (Name, Owner, Summary, Read) = (name, owner, summary, read);

    internal delegate (object Fact, ContactFound? Contact) Reader(Fields data, Reported reported, ReadingContext context);

    public string Name { get; }

    /// <summary>The service that gets the fact.</summary>
    public string Owner { get; }

    public string Summary { get; }

    internal Reader Read { get; }
}

/// <summary>The catalogue: a type has an entry when a service owns its fact.</summary>
public static class EventTypes
{
    public static IReadOnlyList<EventType> All { get; } =
    [
        OrderPlacedEvent.Type,
        OrderPaidEvent.Type,
        OrderPaymentFailedEvent.Type,
        OrderShippedEvent.Type,
        OrderDeliveredEvent.Type,
        OrderCancelledEvent.Type,
    ];

    private static readonly FrozenDictionary<string, EventType> s_byName = All.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    public static EventType? Find(string name) => s_byName.GetValueOrDefault(name);
}
