namespace Engagement.Bus;

/// <summary>A message with what the bus knows of it.</summary>
public sealed class Envelope
{
    public Guid Id { get; init; } = Guid.NewGuid();

    public object? Message { get; set; }

    /// <summary>The stable name of the message's type, by default its full name.</summary>
    public string? MessageType { get; set; }

    public string? TenantId { get; set; }

    /// <summary>Messages of one group are handled in the order they were sent.</summary>
    public string? GroupId { get; set; }

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

/// <summary>How one message is to be delivered.</summary>
public sealed class DeliveryOptions
{
    public string? TenantId { get; set; }

    public string? GroupId { get; set; }

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

/// <summary>A message that says itself how long it waits.</summary>
public abstract record TimeoutMessage(TimeSpan DelayTime);

/// <summary>A cascading message with its delivery options.</summary>
public sealed class DeliveryMessage<T>(T message, DeliveryOptions options) : IDeliveryMessage
{
    public T Message { get; } = message;

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
    public OutgoingMessages()
    {
    }

    public OutgoingMessages(IEnumerable<object> collection) : base(collection)
    {
    }

    public void Delay<T>(T message, TimeSpan delay) => Add(message.DelayedFor(delay));

    public void Schedule<T>(T message, DateTimeOffset time) => Add(message.ScheduledAt(time));
}

public static class ConfiguredMessageExtensions
{
    /// <summary>Sends the message when this much time of the domain's clock has passed.</summary>
    public static DeliveryMessage<T> DelayedFor<T>(this T message, TimeSpan delay) => new(message, new DeliveryOptions { ScheduleDelay = delay });

    /// <summary>Sends the message at this time of the domain's clock.</summary>
    public static DeliveryMessage<T> ScheduledAt<T>(this T message, DateTimeOffset time) => new(message, new DeliveryOptions { ScheduledTime = time });

    public static DeliveryMessage<T> WithTenantId<T>(this T message, string tenantId) => new(message, new DeliveryOptions { TenantId = tenantId });

    public static DeliveryMessage<T> WithGroupId<T>(this T message, string groupId) => new(message, new DeliveryOptions { GroupId = groupId });
}
