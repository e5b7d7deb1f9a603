using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Engagement.Contracts;
using Engagement.Gateway.Erasing;

namespace Engagement.Gateway.Intake;

/// <summary>A type of event that shops may publish.</summary>
public sealed class EventType
{
    internal EventType(string name, string owner, string summary, Reader read, string example)
    {
        (Name, Owner, Summary, Read) = (name, owner, summary, read);
        Example = new JsonObject { ["specversion"] = "1.0", ["id"] = "1", ["source"] = "/example", ["type"] = name, ["data"] = JsonNode.Parse(example) };
    }

    internal delegate (object Fact, ContactFound? Contact) Reader(Fields data, Reported reported, ReadingContext context);

    public string Name { get; }

    /// <summary>The service that gets the fact.</summary>
    public string Owner { get; }

    public string Summary { get; }

    /// <summary>A whole event of this type, ready to be published.</summary>
    public JsonObject Example { get; }

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
        OrderParcelEvents.OutForDelivery,
        OrderParcelEvents.DeliveryAttempted,
        OrderParcelEvents.ReadyForPickup,
        OrderDeliveredEvent.Type,
        OrderParcelEvents.Lost,
        OrderParcelEvents.Returned,
        OrderCancelledEvent.Type,
        OrderRefundedEvent.Type,
        ConsentEvents.Given,
        ConsentEvents.Withdrawn,
        CustomerErasedEvent.Type,
    ];

    private static readonly FrozenDictionary<string, EventType> s_byName = All.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    public static EventType? Find(string name) => s_byName.GetValueOrDefault(name);
}
