using System.Text.Json.Serialization;
using Engagement.Contracts;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Templating;

namespace Engagement.Messaging;

/// <summary>One message to one person; its stream key is <c>message/{key}</c>.</summary>
public sealed record Message(string Id, MessageKind Kind, string? Customer, Occasion Occasion, MessageData Data, DateTimeOffset RequestedAt)
{
    private const string KeyPrefix = "message/";

    [JsonIgnore]
    public CustomerId? CustomerId => Customer is null ? null : new CustomerId(Customer);

    [JsonIgnore]
    public MessageKey Key => KeyOf(Id);

    [JsonIgnore]
    public Purpose Purpose => Purposes.Of(Kind);

    [JsonIgnore]
    public MessageNature Nature => MessageKinds.NatureOf(Kind);

    /// <summary>What it answers, for the index.</summary>
    public string Subject => Occasion.Subject;

    /// <summary>Its place in lists, which are sorted by when messages were asked for: text that sorts as the times do.</summary>
    public string Cursor => $"{RequestedAt.UtcDateTime:O} {Key}";

    public MessageState State { get; init; } = MessageState.WaitingForContact;

    /// <summary>Why it was suppressed, handed to staff, held or deferred.</summary>
    public string? Reason { get; init; }

    public DateTimeOffset? DeferredUntil { get; init; }

    /// <summary>Why it must not leave any more, though it may be on its way.</summary>
    public string? Withdrawn { get; init; }

    public DateTimeOffset? SentAt { get; init; }

    /// <summary>The mail's own, else our key: by it its provider calls it.</summary>
    public string? MessageId { get; init; }

    /// <summary>The way it goes; null for mail.</summary>
    public Channel? Channel { get; init; }

    /// <summary>The address that it was sent to, as the id of a guest with that address; of a phone, as such an id too.</summary>
    public string? Address { get; init; }

    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>For good.</summary>
    public DateTimeOffset? BouncedAt { get; init; }

    public DateTimeOffset? SoftBouncedAt { get; init; }

    public DateTimeOffset? ComplainedAt { get; init; }

    public TemplateTest? Test { get; init; }

    internal static readonly IReadOnlyList<MessageState> OpenStates =
        [MessageState.WaitingForContact, MessageState.Deferred, MessageState.Held, MessageState.Released, MessageState.HandedToStaff];

    /// <summary>It has not left, and still may.</summary>
    [JsonIgnore]
    public bool IsOpen => OpenStates.Contains(State);

    public static string StreamKey(MessageKey key) => $"{KeyPrefix}{key.Value}";

    public static MessageKey KeyOf(string stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new(stream[KeyPrefix.Length..]);
    }

    public static Message Create(IEvent<MessageRequested> e) =>
        new(e.StreamKey!, e.Data.Kind, e.Data.Customer?.Value, e.Data.Occasion, e.Data.Data, e.Data.At) { Test = e.Data.Test };

    public Message Apply(MessageReleased e) => this with { State = MessageState.Released, Channel = e.Channel, Reason = null, DeferredUntil = null };

    public Message Apply(MessageDeferred e) => this with { State = MessageState.Deferred, Reason = e.Reason, DeferredUntil = e.Until };

    public Message Apply(MessageHeld e) => this with { State = MessageState.Held, Reason = Gate.Switch, DeferredUntil = null };

    public Message Apply(MessageWithdrawn e) => this with { Withdrawn = e.Reason };

    public Message Apply(MessageSuppressed e) => this with { State = MessageState.Suppressed, Reason = e.Reason, DeferredUntil = null };

    public Message Apply(MessageHandedToStaff e) => this with { State = MessageState.HandedToStaff, Reason = e.Reason };

    public Message Apply(MessageCustomerFound e) => this with { State = MessageState.WaitingForContact, Reason = null, Customer = e.Customer.Value, Data = e.Data };

    public Message Apply(MessageClosedByStaff e) => this with { State = MessageState.ClosedByStaff };

    public Message Apply(MessageComposed e) => this with { Address = e.Address?.Value };

    public Message Apply(MessageSent e) => this with { State = MessageState.Sent, SentAt = e.At, MessageId = e.MessageId, Reason = null, DeferredUntil = null };

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

    /// <summary>Until a better hour.</summary>
    Deferred,

    /// <summary>Until the shop lets its messages go on.</summary>
    Held,

    Released,
    Suppressed,
    HandedToStaff,
    ClosedByStaff,
    Sent,
    Delivered,
    Bounced,
    Complained,
}
