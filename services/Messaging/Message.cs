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

    public TemplateTest? Test { get; init; }

    /// <summary>It has not left, and still may.</summary>
    [JsonIgnore]
    public bool IsOpen => State is not (MessageState.Suppressed or MessageState.ClosedByStaff or MessageState.Sent);

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

    public Message Apply(MessageSent e) => this with { State = MessageState.Sent, SentAt = e.At };
}

public enum MessageState
{
    WaitingForContact,
    Released,
    Suppressed,
    HandedToStaff,
    ClosedByStaff,
    Sent,
}
