using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Engagement.EventStore;
using Npgsql;

namespace Engagement.Bus;

/// <summary>Where messages go, and how they look on the way. Thread-safe.</summary>
internal sealed class Router(WolverineOptions options, HandlerGraph handlers, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, QueueSql> _queues = new();
    private readonly string[] _own = [options.ServiceName];
    private readonly Dictionary<string, HandlerChain> _chains = handlers.Chains.ToDictionary(c => NameOf(c.MessageType));

    public TimeProvider Clock => clock;

    public QueueSql Queue(string name) => _queues.GetOrAdd(name, n => new QueueSql(options.TransportSchema, n));

    /// <summary>Makes the envelopes of a message ready to be stored: one for each queue that its type goes to, none where nobody handles it.</summary>
    /// <exception cref="InvalidOperationException">No tenant is known.</exception>
    public IReadOnlyList<Envelope> Address(object message, DeliveryOptions? delivery, string? tenant, string? correlationId)
    {
        if (message is IDeliveryMessage wrapped) return Address(wrapped.Message!, wrapped.Options.Over(delivery), tenant, correlationId);
        var type = message.GetType();
        if (QueuesOf(type) is not { Count: > 0 } queues) return [];
        tenant = delivery?.TenantId ?? tenant
            ?? throw new InvalidOperationException($"{type.Name} is sent for no tenant: set IMessageBus.TenantId or DeliveryOptions.TenantId.");
        var now = clock.GetUtcNow();
        var delay = delivery?.ScheduleDelay ?? (message as TimeoutMessage)?.DelayTime;
        var due = delivery?.ScheduledTime ?? (delay is null ? null : now + delay);
        var group = delivery?.GroupId ?? options.MessagePartitioning.GroupOf(message) ?? handlers.For(type)?.Group?.Invoke(message);
        var data = JsonSerializer.SerializeToUtf8Bytes(message, type, options.Json);
        var envelopes = new List<Envelope>(queues.Count);
        foreach (var queue in queues)
        {
            var envelope = new Envelope
            {
                Message = message,
                MessageType = NameOf(type),
                TenantId = tenant,
                GroupId = group,
                CorrelationId = delivery?.CorrelationId ?? correlationId,
                ParentId = Activity.Current?.Id,
                SentAt = now,
                ScheduledTime = due > now ? due : null,
                Destination = queue,
                Data = data,
            };
            envelope.Slot = Slots.Of(tenant, group, envelope.Id);
            envelopes.Add(envelope);
        }

        return envelopes;
    }

    /// <summary>Reads a stored message.</summary>
    /// <exception cref="UnknownMessageException">This service has no handler for its type.</exception>
    /// <exception cref="UnreadableMessageException">The body does not fit the type.</exception>
    public HandlerChain Open(Envelope envelope)
    {
        var chain = _chains.GetValueOrDefault(envelope.MessageType!)
            ?? throw new UnknownMessageException(
                $"The queue {envelope.Destination} has a message of type {envelope.MessageType}, which no handler here takes.");
        try
        {
            envelope.Message = JsonSerializer.Deserialize(envelope.Data, chain.MessageType, options.Json);
        }
        catch (JsonException e)
        {
            throw new UnreadableMessageException($"A message of type {envelope.MessageType} can't be read: {e.Message}", e);
        }

        return envelope.Message is null ? throw new UnreadableMessageException($"A message of type {envelope.MessageType} is null.", null) : chain;
    }

    /// <summary>One insert per queue and kind of wait.</summary>
    public IEnumerable<NpgsqlBatchCommand> Store(IReadOnlyList<Envelope> envelopes)
    {
        foreach (var queue in envelopes.GroupBy(e => (e.Destination, Waits: e.ScheduledTime is not null)))
            yield return queue.Key.Waits ? Queue(queue.Key.Destination!).Schedule([.. queue]) : Queue(queue.Key.Destination!).Send([.. queue]);
    }

    private IReadOnlyCollection<string> QueuesOf(Type messageType) =>
        options.Routes.TryGetValue(messageType, out var queues) ? queues : handlers.For(messageType) is null ? [] : _own;

    private static string NameOf(Type messageType) => messageType.FullName!;
}

/// <summary>A message has no handler here; a newer version of this service may have one.</summary>
public sealed class UnknownMessageException(string message) : Exception(message);

/// <summary>A stored message does not fit its type; it goes to the dead letters at once.</summary>
public sealed class UnreadableMessageException(string message, Exception? innerException) : Exception(message, innerException);
