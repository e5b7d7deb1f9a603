using System.Text.Json;
using Engagement.Contracts;

namespace Engagement.Gateway.Pages.Messaging;

/// <summary>What a mail was written for, by its message's key, which begins with the message's kind.</summary>
internal static class MailPurpose
{
    /// <summary>What can be refused, as the page lists it.</summary>
    public static readonly IReadOnlyList<Purpose> Refusable = [Purpose.Carts, Purpose.Offers, Purpose.Reviews, Purpose.FollowUp];

    /// <summary>What the page offers; a call is agreed on with a person.</summary>
    public static readonly IReadOnlyList<Channel> Channels = [Channel.Email, Channel.Sms];

    private static readonly Dictionary<string, MessageKind> Kinds =
        Enum.GetValues<MessageKind>().ToDictionary(kind => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()));

    /// <summary>Null where the key says no kind that we know.</summary>
    public static Purpose? Of(MessageKey? message) =>
        message is { } key && Kinds.TryGetValue(key.Value.Split('/', 2)[0], out var kind) ? Of(kind) : null;

    public static Purpose Of(MessageKind kind) => kind switch
    {
        MessageKind.ThankYou or MessageKind.PaymentFailed or MessageKind.Shipped or MessageKind.OutForDelivery or MessageKind.Delayed or MessageKind.Delivered
            or MessageKind.CancellationReceived or MessageKind.CancellationConfirmed or MessageKind.CancellationRefunded
            or MessageKind.OrderCancelled or MessageKind.OrderRefunded or MessageKind.DeliveryAttempted or MessageKind.ReadyForPickup or MessageKind.ParcelLost
            or MessageKind.ParcelReturned => Purpose.Orders,
        MessageKind.InquiryReceived or MessageKind.InquiryReply or MessageKind.ReviewReply => Purpose.Answers,
        MessageKind.Welcome or MessageKind.CheckIn => Purpose.FollowUp,
        MessageKind.CartReminder or MessageKind.CartQuestion or MessageKind.CartFarewell => Purpose.Carts,
        MessageKind.Offer or MessageKind.Reward or MessageKind.BackAgain => Purpose.Offers,
        MessageKind.ReviewInvitation => Purpose.Reviews,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such message."),
    };
}
