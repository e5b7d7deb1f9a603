using Engagement.EventStore;

namespace Engagement.Bus;

/// <inheritdoc cref="IMessageContext"/>
internal sealed class MessageContext(BusRuntime bus) : IMessageContext
{
    private readonly List<Envelope> _outgoing = [];
    private bool _insideHandler;

    public string? TenantId { get; set; }

    public string? CorrelationId { get; set; }

    public Envelope? Envelope { get; private set; }

    /// <summary>What is to be sent with the next save.</summary>
    public Envelope[] TakeOutgoing()
    {
        Envelope[] outgoing = [.. _outgoing];
        _outgoing.Clear();
        return outgoing;
    }

    /// <summary>The bus of one handler: it collects, and the session's save sends.</summary>
    public static MessageContext For(BusRuntime bus, Envelope envelope) => new(bus)
    {
        TenantId = envelope.TenantId,
        CorrelationId = envelope.CorrelationId,
        Envelope = envelope,
        _insideHandler = true,
    };

    public Task InvokeAsync(object message, CancellationToken cancellation = default, TimeSpan? timeout = default) =>
        bus.Invoke(message, TenantId, CorrelationId, null, timeout, cancellation);

    public async Task<T> InvokeAsync<T>(object message, CancellationToken cancellation = default, TimeSpan? timeout = default) =>
        (T)(await bus.Invoke(message, TenantId, CorrelationId, typeof(T), timeout, cancellation))!;

    public ValueTask SendAsync<T>(T message, DeliveryOptions? options = null) =>
        Post(message!, options, () => throw new IndeterminateRoutesException(message!.GetType()));

    public ValueTask PublishAsync<T>(T message, DeliveryOptions? options = null) => Post(message!, options, () => bus.WarnUnhandled(message!.GetType()));

    /// <summary>Collects what a handler returned.</summary>
    public void Cascade(object? returned)
    {
        foreach (var message in HandlerResult.Messages(returned))
        {
            if (bus.Router.Address(message, null, TenantId, CorrelationId) is { } envelope) _outgoing.Add(envelope);
            else bus.WarnUnhandled(message.GetType());
        }
    }

    private async ValueTask Post(object message, DeliveryOptions? options, Action nobody)
    {
        if (bus.Router.Address(message, options, TenantId, CorrelationId) is not { } envelope) nobody();
        else if (_insideHandler) _outgoing.Add(envelope);
        else await bus.Send([envelope], CancellationToken.None);
    }
}
