using Engagement.EventStore;
using Npgsql;

namespace Engagement.Bus;

/// <inheritdoc cref="IMessageContext"/>
internal sealed class MessageContext(BusRuntime bus) : IMessageContext, IOutbox
{
    private readonly List<Envelope> _outgoing = [];
    private bool _insideHandler;
    private Channel? _shared;

    public string? TenantId { get; set; }

    public string? CorrelationId { get; set; }

    public Envelope? Envelope { get; private set; }

    /// <summary>What was sent with saves so far.</summary>
    public List<Envelope> Sent { get; } = [];

    /// <summary>The bus of one handler: it collects, and the session's save sends. What it invokes takes part in a shared transaction.</summary>
    public static MessageContext For(BusRuntime bus, Envelope envelope, Channel? channel) => new(bus)
    {
        _shared = channel is { IsShared: true } ? channel : null,
        TenantId = envelope.TenantId,
        CorrelationId = envelope.CorrelationId,
        Envelope = envelope,
        _insideHandler = true,
    };

    public Task InvokeAsync(object message, CancellationToken cancellation = default, TimeSpan? timeout = default) =>
        bus.Invoke(message, TenantId, CorrelationId, null, _shared, timeout, cancellation);

    public async Task<T> InvokeAsync<T>(object message, CancellationToken cancellation = default, TimeSpan? timeout = default) =>
        (T)(await bus.Invoke(message, TenantId, CorrelationId, typeof(T), _shared, timeout, cancellation))!;

    public ValueTask SendAsync<T>(T message, DeliveryOptions? options = null) =>
        Post(message!, options, () => throw new IndeterminateRoutesException(message!.GetType()));

    public ValueTask PublishAsync<T>(T message, DeliveryOptions? options = null) => Post(message!, options, () => bus.WarnUnhandled(message!.GetType()));

    public IEnumerable<NpgsqlBatchCommand> Commands() => _shared is BatchChannel batch && batch.TrySendLater(_outgoing) ? [] : bus.Router.Store(_outgoing);

    public void Saved()
    {
        Sent.AddRange(_outgoing);
        _outgoing.Clear();
    }

    /// <summary>Collects what a handler returned.</summary>
    public void Cascade(object? returned)
    {
        foreach (var message in HandlerResult.Messages(returned))
        {
            var envelopes = bus.Router.Address(message, null, TenantId, CorrelationId);
            if (envelopes.Count == 0) bus.WarnUnhandled(message.GetType());
            _outgoing.AddRange(envelopes);
        }
    }

    private async ValueTask Post(object message, DeliveryOptions? options, Action nobody)
    {
        var envelopes = bus.Router.Address(message, options, TenantId, CorrelationId);
        if (envelopes.Count == 0) nobody();
        else if (_insideHandler) _outgoing.AddRange(envelopes);
        else await bus.Send(envelopes, CancellationToken.None);
    }
}
