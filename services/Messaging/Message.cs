using System.Text.Json.Serialization;
using Engagement.Contracts;

namespace Engagement.Messaging;

/// <summary>One message to one person; its stream key is <c>message/{key}</c>.</summary>
public sealed record Message(string Id, MessageKind Kind, string? Customer, Occasion Occasion, MessageData Data, DateTimeOffset RequestedAt)
{
    private const string KeyPrefix = "message/";

    [JsonIgnore]
    public CustomerId? CustomerId => Customer is null ? null : new CustomerId(Customer);

    public MessageState State { get; init; } = MessageState.WaitingForContact;

    /// <summary>Why it was suppressed or handed to staff.</summary>
    public string? Reason { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    /// <summary>The mail's own, or our key: what a provider calls it.</summary>
    public string? MessageId { get; init; }

    public Channel? Channel { get; init; }

    /// <summary>The hash of the address that it was sent to.</summary>
    public string? Address { get; init; }

    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>For good.</summary>
    public DateTimeOffset? BouncedAt { get; init; }

    public DateTimeOffset? SoftBouncedAt { get; init; }

    public DateTimeOffset? ComplainedAt { get; init; }

    public TemplateTest? Test { get; init; }

    public static string StreamKey(MessageKey key) => $"{KeyPrefix}{key.Value}";

    public static MessageKey KeyOf(string stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new(stream[KeyPrefix.Length..]);
    }

    public static Message Create(IEvent<MessageRequested> e) =>
        new(e.StreamKey!, e.Data.Kind, e.Data.Customer?.Value, e.Data.Occasion, e.Data.Data, e.Data.At) { Test = e.Data.Test };

    public Message Apply(MessageReleased e) => this with { State = MessageState.Released };

    public Message Apply(MessageSuppressed e) => this with { State = MessageState.Suppressed, Reason = e.Reason };

    public Message Apply(MessageHandedToStaff e) => this with { State = MessageState.HandedToStaff, Reason = e.Reason };

    public Message Apply(MessageCustomerFound e) => this with { State = MessageState.WaitingForContact, Reason = null, Customer = e.Customer.Value, Data = e.Data };

    public Message Apply(MessageClosedByStaff e) => this with { State = MessageState.ClosedByStaff };

    public Message Apply(MessageSent e) => this with
    {
        State = MessageState.Sent, SentAt = e.At, MessageId = e.MessageId, Channel = e.Channel, Address = e.Address,
    };

    public Message Apply(MessageDelivered e) => this with { State = Further(MessageState.Delivered), DeliveredAt = e.At };

    public Message Apply(MessageBounced e) => e.IsPermanent
        ? this with { State = Further(MessageState.Bounced), Reason = "bounced", BouncedAt = e.At }
        : this with { SoftBouncedAt = e.At };

    public Message Apply(MessageComplained e) => this with { State = Further(MessageState.Complained), ComplainedAt = e.At };

    /// <summary>What is told late never takes back what weighs more.</summary>
    private MessageState Further(MessageState told) => (State, told) switch
    {
        (MessageState.Sent, _) or (MessageState.Delivered, MessageState.Bounced or MessageState.Complained) or (MessageState.Bounced, MessageState.Complained) => told,
        _ => State,
    };
}

public enum MessageState
{
    WaitingForContact,
    Released,
    Suppressed,
    HandedToStaff,
    ClosedByStaff,
    Sent,
    Delivered,
    Bounced,
    Complained,
}
