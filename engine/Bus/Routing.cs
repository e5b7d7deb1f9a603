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
    private readonly Dictionary<string, Type> _types = handlers.Chains.ToDictionary(c => NameOf(c.MessageType), c => c.MessageType);

    public TimeProvider Clock => clock;

    public QueueSql Queue(string name) => _queues.GetOrAdd(name, n => new QueueSql(options.TransportSchema, n));

    /// <summary>The queue of a message type; null where nobody handles it.</summary>
    public string? DestinationOf(Type messageType) =>
        options.Routes.TryGetValue(messageType, out var queue) ? queue : handlers.For(messageType) is null ? null : options.ServiceName;

    /// <summary>Makes an envelope ready to be stored.</summary>
    /// <exception cref="InvalidOperationException">No tenant is known.</exception>
    public Envelope? Address(object message, DeliveryOptions? delivery, string? tenant, string? correlationId)
    {
        if (message is IDeliveryMessage wrapped) return Address(wrapped.Message!, wrapped.Options, tenant, correlationId);
        var type = message.GetType();
        if (DestinationOf(type) is not { } destination) return null;
        tenant = delivery?.TenantId ?? tenant ?? throw new InvalidOperationException($"{type.Name} is sent for no tenant: set IMessageBus.TenantId or DeliveryOptions.TenantId.");
        var now = clock.GetUtcNow();
        var delay = delivery?.ScheduleDelay ?? (message as TimeoutMessage)?.DelayTime;
        var due = delivery?.ScheduledTime ?? (delay is null ? null : now + delay);
        var envelope = new Envelope
        {
            Message = message,
            MessageType = NameOf(type),
            TenantId = tenant,
            GroupId = delivery?.GroupId ?? options.MessagePartitioning.GroupOf(message) ?? handlers.For(type)?.Group?.Invoke(message),
            CorrelationId = delivery?.CorrelationId ?? correlationId,
            ParentId = Activity.Current?.Id,
            SentAt = now,
            ScheduledTime = due > now ? due : null,
            Destination = destination,
            Data = JsonSerializer.SerializeToUtf8Bytes(message, type, options.Json),
        };
        envelope.Slot = Slots.Of(tenant, envelope.GroupId, envelope.Id);
        return envelope;
    }

    /// <summary>Reads a stored message.</summary>
    /// <exception cref="UnknownMessageException">This service has no handler for its type.</exception>
    /// <exception cref="JsonException">The body does not fit the type.</exception>
    public HandlerChain Open(Envelope envelope)
    {
        var type = _types.GetValueOrDefault(envelope.MessageType!)
            ?? throw new UnknownMessageException($"The queue {envelope.Destination} has a message of type {envelope.MessageType}, which no handler here takes.");
        envelope.Message = JsonSerializer.Deserialize(envelope.Data, type, options.Json)
            ?? throw new JsonException($"A message of type {envelope.MessageType} is null.");
        return handlers.For(type)!;
    }

    /// <summary>One insert per queue and kind of wait.</summary>
    public IEnumerable<NpgsqlBatchCommand> Store(IReadOnlyList<Envelope> envelopes)
    {
        foreach (var queue in envelopes.GroupBy(e => (e.Destination, Waits: e.ScheduledTime is not null)))
            yield return queue.Key.Waits ? Queue(queue.Key.Destination!).Schedule([.. queue]) : Queue(queue.Key.Destination!).Send([.. queue]);
    }

    private static string NameOf(Type messageType) => messageType.FullName!;
}

internal sealed class UnknownMessageException(string message) : Exception(message);
