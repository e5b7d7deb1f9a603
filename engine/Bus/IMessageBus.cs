namespace Engagement.Bus;

/// <summary>Sends messages and invokes handlers. Not thread-safe: one per request or message.</summary>
public interface IMessageBus
{
    /// <summary>The tenant of everything sent or invoked from here; in a handler that of its message. Options of a message come first.</summary>
    string? TenantId { get; set; }

    /// <summary>
    /// Handles the message here and now, in its own transaction, or in that of the queued message whose handler calls; its failure is the caller's,
    /// after the retries that a rule names.
    /// </summary>
    /// <exception cref="IndeterminateRoutesException">This service has no handler for it.</exception>
    /// <exception cref="InvalidOperationException">No tenant is set.</exception>
    /// <exception cref="TimeoutException"><paramref name="timeout"/> passed.</exception>
    Task InvokeAsync(object message, CancellationToken cancellation = default, TimeSpan? timeout = default);

    /// <summary>As <see cref="InvokeAsync"/>, and answers with the handler's first returned value; the rest cascades.</summary>
    Task<T> InvokeAsync<T>(object message, CancellationToken cancellation = default, TimeSpan? timeout = default);

    /// <summary>
    /// Sends a message that somebody must handle: committed when this returns or, in a handler, with the handler's commit. When it throws anything but
    /// what is named here, the message may have been sent.
    /// </summary>
    /// <exception cref="InvalidOperationException">No tenant is set.</exception>
    /// <exception cref="IndeterminateRoutesException">Nobody does.</exception>
    ValueTask SendAsync<T>(T message, DeliveryOptions? options = null);

    /// <summary>As <see cref="SendAsync{T}"/>, to whoever handles it, maybe nobody: that is logged once for each type.</summary>
    ValueTask PublishAsync<T>(T message, DeliveryOptions? options = null);
}

/// <summary>The bus inside a handler: what it sends leaves with the handler's commit.</summary>
public interface IMessageContext : IMessageBus
{
    /// <summary>Of everything sent from here; that of the message at hand unless set, and null outside a handler.</summary>
    string? CorrelationId { get; set; }

    /// <summary>The message being handled; null outside a queue.</summary>
    Envelope? Envelope { get; }
}

/// <summary>Sends messages that wait. The domain's clock counts, not the machine's.</summary>
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
public sealed class IndeterminateRoutesException(Type messageType)
    : Exception($"Nobody handles {messageType.FullName}: no queue is named for it and this service has no handler.");

/// <summary>A handler does not fit the conventions; the message names the method and what to change.</summary>
public sealed class InvalidHandlerException(string message) : Exception(message);
