namespace Engagement.Bus;

/// <summary>A message with what the bus knows of it. A handler may read it; not thread-safe.</summary>
public sealed class Envelope
{
    /// <summary>Of this message alone: the same at every attempt and after a replay.</summary>
    public Guid Id { get; init; } = Guid.NewGuid();

    /// <summary>Null until it is read from <see cref="Data"/>.</summary>
    public object? Message { get; set; }

    /// <summary>The stable name of the message's type, by default its full name.</summary>
    public string? MessageType { get; set; }

    /// <summary>Whose message it is; its handler's session sees this tenant's data only.</summary>
    public string? TenantId { get; set; }

    /// <summary>Messages of one group are handled in the order they were sent.</summary>
    public string? GroupId { get; set; }

    /// <summary>Handed on to everything that its handler sends.</summary>
    public string? CorrelationId { get; set; }

    /// <summary>W3C traceparent of the sender's span.</summary>
    public string? ParentId { get; set; }

    /// <summary>How often handling has begun, this time included.</summary>
    public int Attempts { get; set; }

    /// <summary>When it was sent, on the domain's clock.</summary>
    public DateTimeOffset SentAt { get; set; }

    /// <summary>Not to be handled before this time of the domain's clock.</summary>
    public DateTimeOffset? ScheduledTime { get; set; }

    /// <summary>The queue it goes to or came from.</summary>
    public string? Destination { get; set; }

    /// <summary>The stored form of <see cref="Message"/>: JSON in UTF-8.</summary>
    public byte[]? Data { get; set; }

    internal long QueueId { get; init; }

    internal short Slot { get; set; }

    /// <summary>How often the process ended while it was handled.</summary>
    internal int Crashes { get; set; }
}

/// <summary>How one message is to be delivered; what is null follows the bus, or the rules for the message's type. Not thread-safe.</summary>
public sealed class DeliveryOptions
{
    /// <summary>Default is that of the bus.</summary>
    public string? TenantId { get; set; }

    /// <summary>Default is what <see cref="MessagePartitioningRules"/> say, or the saga that the message is for.</summary>
    public string? GroupId { get; set; }

    /// <summary>Default is that of the bus.</summary>
    public string? CorrelationId { get; set; }

    /// <summary>Handle it at this time of the domain's clock.</summary>
    public DateTimeOffset? ScheduledTime { get; set; }

    /// <summary>Handle it after this time on the domain's clock.</summary>
    public TimeSpan? ScheduleDelay { get; set; }

    /// <summary>These options, and those of <paramref name="other"/> where these say nothing.</summary>
    internal DeliveryOptions Over(DeliveryOptions? other) => other is null ? this : new DeliveryOptions
    {
        TenantId = TenantId ?? other.TenantId,
        GroupId = GroupId ?? other.GroupId,
        CorrelationId = CorrelationId ?? other.CorrelationId,
        ScheduledTime = ScheduledTime ?? (ScheduleDelay is null ? other.ScheduledTime : null),
        ScheduleDelay = ScheduleDelay ?? (ScheduledTime is null ? other.ScheduleDelay : null),
    };
}

/// <summary>A message that says itself how long it waits, on the domain's clock; for a saga that is over it does nothing.</summary>
public abstract record TimeoutMessage(TimeSpan DelayTime);

/// <summary>A cascading message with its delivery options.</summary>
public sealed class DeliveryMessage<T>(T message, DeliveryOptions options) : IDeliveryMessage
{
    /// <summary>What is sent.</summary>
    public T Message { get; } = message;

    /// <summary>They come before those of the bus.</summary>
    public DeliveryOptions Options { get; } = options;

    object? IDeliveryMessage.Message => Message;
}

internal interface IDeliveryMessage
{
    object? Message { get; }

    DeliveryOptions Options { get; }
}

/// <summary>Messages that a handler returns; they are sent in its transaction.</summary>
public sealed class OutgoingMessages : List<object>
{
    /// <summary>None yet.</summary>
    public OutgoingMessages()
    {
    }

    /// <summary>These, in this order; each may be a message or a <see cref="DeliveryMessage{T}"/>.</summary>
    public OutgoingMessages(IEnumerable<object> collection) : base(collection)
    {
    }

    /// <summary>Adds a message that waits for so much of the domain's time.</summary>
    public void Delay<T>(T message, TimeSpan delay) => Add(message.DelayedFor(delay));

    /// <summary>Adds a message that waits for this time of the domain's clock; one that has passed is sent at once.</summary>
    public void Schedule<T>(T message, DateTimeOffset time) => Add(message.ScheduledAt(time));
}

/// <summary>Says of a cascading message how it is delivered.</summary>
public static class ConfiguredMessageExtensions
{
    /// <summary>Sends the message when this much time of the domain's clock has passed.</summary>
    public static DeliveryMessage<T> DelayedFor<T>(this T message, TimeSpan delay) => new(message, new DeliveryOptions { ScheduleDelay = delay });

    /// <summary>Sends the message at this time of the domain's clock.</summary>
    public static DeliveryMessage<T> ScheduledAt<T>(this T message, DateTimeOffset time) => new(message, new DeliveryOptions { ScheduledTime = time });

    /// <summary>Sends the message for another tenant.</summary>
    public static DeliveryMessage<T> WithTenantId<T>(this T message, string tenantId) => new(message, new DeliveryOptions { TenantId = tenantId });

    /// <summary>Sends the message in order with the others of this group.</summary>
    public static DeliveryMessage<T> WithGroupId<T>(this T message, string groupId) => new(message, new DeliveryOptions { GroupId = groupId });
}
