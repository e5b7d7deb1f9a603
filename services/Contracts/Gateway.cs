using System.Text.Json.Serialization;

namespace Engagement.Contracts;

/// <summary>Messages of one group are handled in the order they were sent; the group is the thing they are about.</summary>
public interface IGrouped
{
    [JsonIgnore]
    string GroupId { get; }
}

/// <summary>When a fact happened, when the shop told us, and how to treat it.</summary>
/// <param name="OccurredAt">When it happened, by the shop; a promise to the customer counts from here.</param>
/// <param name="ReceivedAt">When the Gateway took it, on the domain's clock; a watchdog over ourselves counts from here.</param>
/// <param name="Backfill">The shop uploads its history: it makes state, never messages.</param>
/// <param name="EvenIfStale">Development only: messages are wanted however old the occasion is.</param>
public sealed record Reported(DateTimeOffset OccurredAt, DateTimeOffset ReceivedAt, bool Backfill = false, bool EvenIfStale = false);

/// <summary>A fact that a shop reports of an order: owned by Orders, always recorded.</summary>
public interface IOrderFact : IGrouped
{
    OrderId Order { get; }

    Reported Reported { get; }

    string IGrouped.GroupId => $"order/{Order.Value}";
}

/// <summary>One line of an order.</summary>
public sealed record OrderLine(string Title, int Quantity, Money Price, string? Sku = null);

/// <summary>The customer ordered. <paramref name="PromisedOn"/> is the last day the shop promised for the delivery.</summary>
/// <param name="Number">What the customer knows the order by, where that isn't its id: <c>#1042</c>.</param>
/// <param name="Zone">The customer's IANA time zone, such as <c>Europe/Rome</c>.</param>
public sealed record PlaceOrder(
    OrderId Order, CustomerId Customer, Money Total, IReadOnlyList<OrderLine> Lines, DateOnly? PromisedOn, Reported Reported,
    string? Number = null, string? Zone = null) : IOrderFact;

/// <summary>The order was paid. The customer is known here only where the shop says it again.</summary>
/// <param name="Amount">A part, where it is less than the total; null for whatever was to be paid.</param>
/// <param name="Payment">The shop's own id of it, where it has one: told again with it, it is the same payment.</param>
public sealed record RecordPayment(OrderId Order, Money? Amount, CustomerId? Customer, Reported Reported, string? Payment = null) : IOrderFact;

/// <summary>A payment did not go through. <paramref name="PayUrl"/> is where it can be tried again.</summary>
public sealed record RecordPaymentFailure(OrderId Order, string? Reason, Reported Reported, Uri? PayUrl = null) : IOrderFact;

/// <summary>The parcel was handed to the carrier.</summary>
/// <param name="Parcel">The shop's own id of it, where it has one: its tracking number may then be told later, and put right.</param>
/// <param name="ChangedAt">As of when the shop tells it so: what is older never replaces what is newer.</param>
/// <param name="PromisedOn">The last day the carrier promised for it.</param>
public sealed record ShipOrder(
    OrderId Order, string? Carrier, string? TrackingNumber, Uri? TrackingUrl, Reported Reported,
    string? Parcel = null, DateTimeOffset? ChangedAt = null, DateOnly? PromisedOn = null) : IOrderFact;

/// <summary>The parcel has arrived.</summary>
/// <param name="Parcel">Its id or tracking number; null for all of the order.</param>
public sealed record ConfirmDelivery(OrderId Order, Reported Reported, string? Parcel = null) : IOrderFact;

/// <summary>What the carrier tells of a parcel on its way. <paramref name="Parcel"/> is its id or tracking number; null for all of the order.</summary>
public sealed record ReportParcel(OrderId Order, string? Parcel, ParcelFate Fate, Reported Reported) : IOrderFact;

/// <summary>What can become of a parcel before it is delivered, or instead.</summary>
public enum ParcelFate
{
    OutForDelivery,

    /// <summary>Nobody could take it.</summary>
    DeliveryAttempted,

    /// <summary>It waits where the customer fetches it.</summary>
    ReadyForPickup,

    /// <summary>The carrier can't find it, or can't deliver it.</summary>
    Lost,

    /// <summary>It is with the shop again.</summary>
    Returned,
}

/// <summary>The order was cancelled.</summary>
public sealed record CancelOrder(OrderId Order, string? Reason, Reported Reported) : IOrderFact;

/// <summary>The shop threw its record of the order away. That tells the customer nothing, and calls off only what was never paid or sent.</summary>
public sealed record RemoveOrder(OrderId Order, Reported Reported) : IOrderFact;

/// <summary>Money was given back, the whole or a part. <paramref name="Refund"/> is the shop's id of it.</summary>
/// <param name="Amount">Null where the shop does not say it in one currency.</param>
public sealed record RecordRefund(OrderId Order, string Refund, Money? Amount, Reported Reported) : IOrderFact;

/// <summary>The customer says whether the order is right. <paramref name="Words"/> is a sealed <see cref="PersonalWords"/>.</summary>
public sealed record AnswerCheckIn(OrderId Order, CustomerId CustomerId, CheckInAnswer Answer, Sealed? Words, Reported Reported) : IOrderFact;

public enum CheckInAnswer
{
    Happy,

    /// <summary>It hasn't arrived, or something is not right.</summary>
    Unhappy,
}

/// <summary>A customer was seen with these details. <paramref name="Contact"/> is a sealed <see cref="ContactDetails"/>.</summary>
/// <param name="HasEmail">Whether the details have an e-mail address, for those who can't open them.</param>
/// <param name="Language">BCP 47 tag, such as <c>it</c> or <c>en-GB</c>.</param>
/// <param name="Zone">IANA time zone, such as <c>Europe/Rome</c>.</param>
/// <param name="Reported">As of when the details hold: those inside of an order are as of its placement.</param>
/// <param name="HasName">Null where it isn't said, by older senders; so are the two that follow.</param>
public sealed record ContactSeen(
    CustomerId CustomerId, Sealed Contact, bool HasEmail, string? Language, string? Zone, Reported Reported,
    bool? HasName = null, bool? HasPhone = null, bool? HasAddress = null) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

/// <summary>The personal part of what a shop tells us; crosses services and disks only sealed.</summary>
public sealed record ContactDetails(string? Name, string? Email, string? Phone = null, PostalAddress? Address = null);

public sealed record PostalAddress(string? Street, string? City, string? PostalCode, string? Country);
