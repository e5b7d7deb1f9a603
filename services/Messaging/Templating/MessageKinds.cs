using Engagement.Contracts;

namespace Engagement.Messaging.Templating;

/// <summary>What a message is to its reader; permission goes by it.</summary>
public enum MessageNature
{
    /// <summary>Part of what the customer bought: it is owed.</summary>
    Transactional,

    /// <summary>An answer or a courtesy that the customer can expect, and that sells nothing.</summary>
    Service,

    /// <summary>It would like the customer to do something for the shop: only with consent, and always with a way out.</summary>
    Marketing,
}

/// <summary>The number that a mail is about, and must show.</summary>
public enum MessageReference
{
    None,
    Order,
    Subscription,
}

/// <summary>What holds for every kind of message, whatever its words are. Pure.</summary>
public static class MessageKinds
{
    public static IReadOnlyList<MessageKind> All { get; } = Enum.GetValues<MessageKind>();

    /// <summary>When in doubt it is marketing: an invitation to review is, by the courts; a reward and an offer are.</summary>
    public static MessageNature NatureOf(MessageKind kind) => Purposes.Of(kind) switch
    {
        Purpose.Orders => MessageNature.Transactional,
        Purpose.Answers or Purpose.FollowUp => MessageNature.Service,
        _ => MessageNature.Marketing,
    };

    /// <summary>What the mail is about. An inquiry may name an order; it isn't about one.</summary>
    public static MessageReference ReferenceOf(MessageKind kind) => kind switch
    {
        MessageKind.ThankYou or MessageKind.PaymentFailed or MessageKind.Shipped or MessageKind.OutForDelivery or MessageKind.Delayed or MessageKind.Delivered
            or MessageKind.CheckIn or MessageKind.ReviewInvitation or MessageKind.OrderCancelled or MessageKind.OrderRefunded
            or MessageKind.DeliveryAttempted or MessageKind.ReadyForPickup or MessageKind.ParcelLost or MessageKind.ParcelReturned => MessageReference.Order,
        MessageKind.CancellationReceived or MessageKind.CancellationConfirmed or MessageKind.CancellationRefunded => MessageReference.Subscription,
        _ => MessageReference.None,
    };
}
