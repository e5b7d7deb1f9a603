namespace Engagement.Bus;

/// <summary>Sends messages and invokes handlers. Not thread-safe: one per request or message.</summary>
public interface IMessageBus
{
    /// <summary>The tenant of everything sent or invoked from here.</summary>
    string? TenantId { get; set; }

    /// <summary>Handles the message here and now, in its own transaction; its failure is the caller's.</summary>
    /// <exception cref="TimeoutException"><paramref name="timeout"/> passed.</exception>
    Task InvokeAsync(object message, CancellationToken cancellation = default, TimeSpan? timeout = default);

    /// <summary>As <see cref="InvokeAsync"/>, and answers with the handler's first returned value; the rest cascades.</summary>
    Task<T> InvokeAsync<T>(object message, CancellationToken cancellation = default, TimeSpan? timeout = default);

    /// <summary>Sends a message that somebody must handle.</summary>
    /// <exception cref="IndeterminateRoutesException">Nobody does.</exception>
    ValueTask SendAsync<T>(T message, DeliveryOptions? options = null);

    /// <summary>Sends a message to whoever handles it, maybe nobody.</summary>
    ValueTask PublishAsync<T>(T message, DeliveryOptions? options = null);
}

/// <summary>The bus inside a handler: what it sends leaves with the handler's commit.</summary>
public interface IMessageContext : IMessageBus
{
    string? CorrelationId { get; set; }

    /// <summary>The message being handled; null outside a queue.</summary>
    Envelope? Envelope { get; }
}

public static class MessageBusExtensions
{
    /// <summary>Sends the message at a time of the domain's clock.</summary>
    public static ValueTask ScheduleAsync<T>(this IMessageBus bus, T message, DateTimeOffset time, DeliveryOptions? options = null)
    {
        options ??= new DeliveryOptions();
        options.ScheduledTime = time;
        return bus.PublishAsync(message, options);
    }

    /// <summary>Sends the message after a time on the domain's clock.</summary>
    public static ValueTask ScheduleAsync<T>(this IMessageBus bus, T message, TimeSpan delay, DeliveryOptions? options = null)
    {
        options ??= new DeliveryOptions();
        options.ScheduleDelay = delay;
        return bus.PublishAsync(message, options);
    }
}

/// <summary>A message was sent that nobody handles.</summary>
public sealed class IndeterminateRoutesException(Type messageType) : Exception($"Nobody handles {messageType.FullName}: no queue is named for it and this service has no handler.");

/// <summary>A handler does not fit the conventions; the message names the method and what to change.</summary>
public sealed class InvalidHandlerException(string message) : Exception(message);
