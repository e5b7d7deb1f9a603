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
}

/// <summary>What a message answers: its subject (<c>order/1001</c>) and when it happened.</summary>
/// <param name="EvenIfStale">Development only: send it however old it is.</param>
public sealed record Occasion(string Subject, DateTimeOffset OccurredAt, bool EvenIfStale = false);

/// <summary>What a message says, besides the customer's name and language. No personal data.</summary>
[JsonPolymorphic]
[JsonDerivedType(typeof(OrderSummary), "order")]
public abstract record MessageData;

/// <summary>An order as its mails show it. Lines and total are unknown when the payment was heard of without the order.</summary>
public sealed record OrderSummary(OrderId Order, IReadOnlyList<OrderLine> Lines, Money? Total, DateOnly? PromisedOn, string? Number = null) : MessageData;

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

/// <summary>The message was not to be sent. <paramref name="Reason"/>: <c>stale</c>, <c>erased</c>.</summary>
public sealed record MessageSuppressed(MessageKey Key, MessageKind Kind, CustomerId? CustomerId, string Reason, DateTimeOffset At) : IMessageOutcome;

/// <summary>The message could not be sent, and a person was asked.</summary>
/// <param name="Reason"><c>no-address</c>, <c>unknown-customer</c>, <c>undeliverable</c>.</param>
public sealed record MessageFailed(MessageKey Key, MessageKind Kind, CustomerId? CustomerId, string Reason, DateTimeOffset At) : IMessageOutcome;
