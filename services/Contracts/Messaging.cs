using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engagement.Contracts;

/// <summary>Asks Messaging for one message; <paramref name="Key"/> makes it one, however often it is asked for.</summary>
/// <param name="CustomerId">Null where nobody could tell who the customer is: staff will have to find out.</param>
public sealed record SendMessage(MessageKey Key, MessageKind Kind, CustomerId? CustomerId, Occasion Occasion, MessageData Data) : IGrouped
{
    /// <summary>The customer's group, so that a contact reported before is known before.</summary>
    [JsonIgnore]
    public string GroupId => CustomerId is { } customer ? $"customer/{customer.Value}" : $"message/{Key.Value}";
}

/// <summary>What a message is for; each has its template.</summary>
public enum MessageKind
{
    ThankYou,
    PaymentFailed,
    Shipped,
    OutForDelivery,
    Delayed,
    Delivered,
    CheckIn,
    CartReminder,
    CartQuestion,
    CartFarewell,
    Welcome,
    InquiryReceived,
    InquiryReply,
    CancellationReceived,
    CancellationConfirmed,
    CancellationRefunded,
    Reward,
    Offer,
    ReviewInvitation,
    ReviewReply,
    BackAgain,
    OrderCancelled,
    OrderRefunded,
    DeliveryAttempted,
    ReadyForPickup,
    ParcelLost,
    ParcelReturned,
}

/// <summary>What a message answers: its subject (<c>order/1001</c>) and when it happened.</summary>
/// <param name="EvenIfStale">Development only: send it however old it is.</param>
public sealed record Occasion(string Subject, DateTimeOffset OccurredAt, bool EvenIfStale = false);

/// <summary>What a message says, besides the customer's name and language: ids, amounts, days and links. No personal data. A closed set.</summary>
[JsonPolymorphic]
[JsonDerivedType(typeof(OrderSummary), "order")]
[JsonDerivedType(typeof(OrderUnpaid), "order-unpaid")]
[JsonDerivedType(typeof(ParcelNews), "parcel")]
[JsonDerivedType(typeof(OrderArrived), "order-arrived")]
[JsonDerivedType(typeof(OrderCancellation), "order-cancellation")]
[JsonDerivedType(typeof(OrderRefund), "order-refund")]
[JsonDerivedType(typeof(CartLeft), "cart")]
[JsonDerivedType(typeof(CustomerWelcomed), "welcome")]
[JsonDerivedType(typeof(InquiryTaken), "inquiry")]
[JsonDerivedType(typeof(InquiryAnswer), "inquiry-answer")]
[JsonDerivedType(typeof(SubscriptionEnding), "subscription")]
[JsonDerivedType(typeof(Voucher), "voucher")]
[JsonDerivedType(typeof(ReviewAsked), "review-asked")]
[JsonDerivedType(typeof(ReviewAnswer), "review-answer")]
[JsonDerivedType(typeof(CustomerReturned), "return")]
public abstract record MessageData;

/// <summary>An order as its mails show it. Lines and total are unknown when the payment was heard of without the order.</summary>
public sealed record OrderSummary(OrderId Order, IReadOnlyList<OrderLine> Lines, Money? Total, DateOnly? PromisedOn, string? Number = null) : MessageData;

/// <summary>An order whose payment failed. <paramref name="PayUrl"/> is where it can be paid.</summary>
public sealed record OrderUnpaid(OrderId Order, Money? Amount, Uri? PayUrl, string? Number = null) : MessageData;

/// <summary>Where an order's parcel is: sent, on its way, late or delivered. <paramref name="ExpectedOn"/> is the day as known now.</summary>
/// <param name="OthersFollow">Other parcels of the order are still under way.</param>
public sealed record ParcelNews(
    OrderId Order, string? Carrier, string? TrackingNumber, Uri? TrackingUrl, DateOnly? ExpectedOn, string? Number = null,
    bool OthersFollow = false) : MessageData;

/// <summary>An order that its customer has had for some days.</summary>
public sealed record OrderArrived(OrderId Order, string? Number = null) : MessageData;

/// <summary>An order that was called off. <paramref name="WasPaid"/>: there is money to give back.</summary>
public sealed record OrderCancellation(OrderId Order, bool WasPaid, string? Number = null) : MessageData;

/// <summary>Money of an order that was given back, the whole or a part.</summary>
public sealed record OrderRefund(OrderId Order, Money? Amount, string? Number = null) : MessageData;

/// <summary>A cart that was left. <paramref name="ResumeUrl"/> leads back into it.</summary>
/// <param name="WhyUrl">Where its customer says in one click why it was left; only with what asks that.</param>
/// <param name="Incentive">What the shop offers with this step; null, the default, for nothing.</param>
public sealed record CartLeft(
    CartId Cart, IReadOnlyList<OrderLine> Lines, Money? Total, Uri? ResumeUrl, Uri? WhyUrl = null, Incentive? Incentive = null) : MessageData;

/// <summary>A code that makes coming back worth while: an amount, or a percentage.</summary>
public sealed record Incentive(string Code, Money? Amount, int? Percent);

/// <summary>Somebody new.</summary>
public sealed record CustomerWelcomed(Uri? ShopUrl) : MessageData;

/// <summary>An inquiry that came in; a person answers by <paramref name="AnswerBy"/>.</summary>
public sealed record InquiryTaken(InquiryId Inquiry, OrderId? Order, DateTimeOffset AnswerBy, string? Number = null) : MessageData;

/// <summary>A person's answer to an inquiry.</summary>
public sealed record InquiryAnswer(InquiryId Inquiry, OrderId? Order, Sealed Words, string? Number = null) : MessageData, IPersonalWords;

/// <summary>A subscription that its customer cancelled, at any step of that.</summary>
/// <param name="Refund">What was charged all the same, and is given back.</param>
public sealed record SubscriptionEnding(SubscriptionId Subscription, DateOnly? EndsOn, Money? Refund) : MessageData;

/// <summary>A code that is worth an amount or a percentage.</summary>
public sealed record Voucher(string Code, Money? Amount, int? Percent, DateOnly? ValidUntil, Uri? ShopUrl) : MessageData;

/// <summary>An order that its customer may review.</summary>
public sealed record ReviewAsked(OrderId Order, Uri? ReviewUrl, string? Number = null) : MessageData;

/// <summary>A person's answer to a review.</summary>
public sealed record ReviewAnswer(ReviewId Review, string? Product, Sealed Words) : MessageData, IPersonalWords;

/// <summary>Somebody who is back after a long time.</summary>
public sealed record CustomerReturned(Uri? ShopUrl) : MessageData;

/// <summary>Data with what a person wrote to this very customer; opened only when the mail is written.</summary>
public interface IPersonalWords
{
    /// <summary>A sealed <see cref="PersonalWords"/>.</summary>
    Sealed Words { get; }
}

/// <summary>What a person wrote to a customer; crosses services and disks only sealed.</summary>
public sealed record PersonalWords(string Text);

/// <summary>
/// What its subject was waiting for has happened (<c>cart/abc</c> was bought): whatever was asked for about it before and has not left yet is not sent, and as a
/// flow of messages it is over.
/// </summary>
/// <param name="Kinds">Only these; null for all.</param>
/// <param name="Reason">As it will stand with the suppressed messages: <c>ordered</c>, <c>cancelled</c>.</param>
public sealed record WithdrawMessages(
    CustomerId CustomerId, string Subject, string Reason, DateTimeOffset At, IReadOnlyList<MessageKind>? Kinds = null) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

/// <summary>Something is not right for a customer (<c>order/1001</c>): until it is put right, nobody offers anything nor asks for a review.</summary>
public sealed record PauseMarketing(CustomerId CustomerId, string Subject, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

/// <summary>It was put right. The newest word on a subject holds, whichever comes first.</summary>
public sealed record ResumeMarketing(CustomerId CustomerId, string Subject, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

/// <summary>What a customer is written for; permission goes by it.</summary>
public enum Purpose
{
    /// <summary>What was bought: owed, and not to be refused.</summary>
    Orders,

    /// <summary>Answers to what the customer asked: not to be refused.</summary>
    Answers,

    /// <summary>A welcome, and the question whether it was right.</summary>
    FollowUp,

    /// <summary>Marketing: what was left in a cart.</summary>
    Carts,

    /// <summary>Marketing: offers and rewards.</summary>
    Offers,

    /// <summary>Marketing: invitations to review.</summary>
    Reviews,
}

public static class MessageKindNames
{
    /// <summary>As keys, paths and templates call it: <c>thank-you</c>.</summary>
    public static string Name(this MessageKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());
}

/// <summary>What may be refused, and what has to be permitted first. Pure.</summary>
public static class Purposes
{
    public static IReadOnlyList<Purpose> Refusable { get; } = [.. Enum.GetValues<Purpose>().Where(CanBeRefused)];

    /// <summary>What was bought and what was asked is owed.</summary>
    public static bool CanBeRefused(Purpose purpose) => purpose is not (Purpose.Orders or Purpose.Answers);

    public static bool NeedsPermission(Purpose purpose) => purpose is Purpose.Carts or Purpose.Offers or Purpose.Reviews;

    /// <summary>What the customer is written for.</summary>
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

/// <summary>The ways to a customer.</summary>
public enum Channel
{
    Email,

    /// <summary>Through the shop's own provider, by a signed webhook; chats too.</summary>
    Sms,

    /// <summary>A person calls.</summary>
    Phone,
}

/// <summary>Where a permission or a refusal comes from.</summary>
public enum PermissionBasis
{
    /// <summary>The customer said so.</summary>
    Consent,

    /// <summary>A sale, with the notice that the law asks for; the evidence says which.</summary>
    SoftOptIn,

    /// <summary>By one click in a mail.</summary>
    OneClick,

    /// <summary>On the preferences page.</summary>
    Preferences,

    /// <summary>The customer marked a mail as spam.</summary>
    Complaint,
}

/// <summary>A customer permits or refuses; the newest word on a purpose and a channel holds, whichever comes first.</summary>
/// <param name="Purposes">Null for all that can be refused.</param>
/// <param name="Channel">Null for all.</param>
/// <param name="Evidence">Of what a shop tells: the form and version, such as <c>checkout-v3</c>. Nothing personal.</param>
/// <param name="Message">The mail that led to it.</param>
public sealed record RecordPermission(
    CustomerId CustomerId, bool Granted, IReadOnlyList<Purpose>? Purposes, Channel? Channel, PermissionBasis Basis, string? Evidence, Reported Reported,
    MessageKey? Message = null) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

/// <summary>What a customer permits has changed. Told by Messaging, one for each purpose and channel.</summary>
public sealed record PermissionChanged(
    CustomerId CustomerId, Purpose Purpose, Channel Channel, bool Granted, PermissionBasis Basis, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

/// <summary>What a provider says became of a message after it left. <paramref name="MessageId"/> is the mail's own, or our key where there is none.</summary>
/// <param name="IsPermanent">A bounce that no repeat would change.</param>
/// <param name="Code">The status by RFC 3463, such as <c>5.1.1</c>.</param>
public sealed record ReportMessage(string MessageId, MessageFate Fate, bool IsPermanent, string? Code, Reported Reported) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"message-id/{MessageId}";
}

public enum MessageFate
{
    Delivered,
    Bounced,

    /// <summary>The customer marked it as spam.</summary>
    Complained,
}

/// <summary>A customer's data must be erased everywhere, for good.</summary>
public sealed record CustomerErased(CustomerId CustomerId, Reported Reported) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

/// <summary>Messaging holds nothing readable of that customer any more.</summary>
/// <param name="At">Of what was known until then, which is when the erasure was received.</param>
public sealed record CustomerDataErased(CustomerId CustomerId, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => $"customer/{CustomerId.Value}";
}

/// <summary>All of a shop's messages are stopped, or go on.</summary>
public sealed record SendingSwitched(bool IsStopped, string? By, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => "sending";
}

/// <summary>What became of a message; of each message one of these is told, unless staff find a way later.</summary>
public interface IMessageOutcome : IGrouped
{
    MessageKey Key { get; }

    MessageKind Kind { get; }

    CustomerId? CustomerId { get; }

    DateTimeOffset At { get; }

    string IGrouped.GroupId => CustomerId is { } customer ? $"customer/{customer.Value}" : $"message/{Key.Value}";
}

/// <summary>The message's receiver took it.</summary>
public sealed record MessageSent(MessageKey Key, MessageKind Kind, CustomerId? CustomerId, DateTimeOffset At) : IMessageOutcome;

/// <summary>
/// The message was not to be sent. <paramref name="Reason"/>: <c>stale</c>, <c>refused</c>, <c>no-consent</c>, <c>capped</c>, <c>erased</c>, <c>bounced</c>,
/// <c>complained</c>, what it was withdrawn for…
/// </summary>
public sealed record MessageSuppressed(MessageKey Key, MessageKind Kind, CustomerId? CustomerId, string Reason, DateTimeOffset At) : IMessageOutcome;

/// <summary>The message could not be sent, and a person was asked.</summary>
/// <param name="Reason"><c>no-address</c>, <c>unknown-customer</c>, <c>undeliverable</c>, <c>call</c>; <c>bounced</c>, perhaps after it was sent.</param>
public sealed record MessageFailed(MessageKey Key, MessageKind Kind, CustomerId? CustomerId, string Reason, DateTimeOffset At) : IMessageOutcome;
