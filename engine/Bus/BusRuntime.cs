using System.Collections.Concurrent;
using System.Diagnostics;
using Engagement.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Engagement.Bus;

/// <summary>The bus of one process: invokes handlers, sends, and runs a listener per queue. Thread-safe.</summary>
internal sealed class BusRuntime : IHostedService, IDisposable
{
    private readonly WolverineOptions _options;
    private readonly IServiceProvider _services;
    private readonly HandlerGraph _handlers;
    private readonly ILogger _log;
    private readonly Dictionary<string, QueueListener> _listeners = [];
    private readonly ConcurrentDictionary<Type, bool> _unhandled = new();
    private readonly Notifications _notifications;

    public BusRuntime(WolverineOptions options, IServiceProvider services, DocumentStore store, HandlerGraph handlers, Router router, ILoggerFactory logs)
    {
        (_options, _services, _handlers, Store, Router) = (options, services, handlers, store, router);
        _log = logs.CreateLogger("Engagement.Bus");
        _notifications = new Notifications(store.DataSource, options, _log);
        // A service without handlers has no queue: nothing could come out of it.
        if (handlers.Chains.Count > 0) options.ListenedQueues.Add(options.ServiceName);
        foreach (var queue in options.ListenedQueues) _listeners[queue] = new QueueListener(this, options, router.Queue(queue), _log);
    }

    public DocumentStore Store { get; }

    public Router Router { get; }

    /// <summary>What was given up in the queues that are worked here.</summary>
    public IEnumerable<DeadLetters> DeadLetters => _listeners.Keys.Select(queue => new DeadLetters(Store.DataSource, _options.TransportSchema, queue));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var queue in _listeners.Keys.Union(_options.Routes.Values.SelectMany(queues => queues)))
        {
            await Schema.EnsureAsync(Store.DataSource, _options.TransportSchema, QueueSql.Relations(queue),
                () => QueueSql.Script(_options.TransportSchema, queue), cancellationToken);
        }

        var unclean = await _notifications.StartAsync(_listeners, cancellationToken);
        foreach (var (queue, listener) in _listeners) listener.Start(careful: unclean.Contains(queue));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_listeners.Values.Select(l => l.StopAsync(cancellationToken)));
        await _notifications.StopAsync(cancellationToken);
    }

    public void Dispose()
    {
        foreach (var listener in _listeners.Values) listener.Dispose();
        _notifications.Dispose();
    }

    /// <summary>
    /// Handles a message for its caller, with the retries that the policies name for its failure; inside a <paramref name="shared"/>
    /// transaction without them, for that can't go on after a failure.
    /// </summary>
    public async Task<object?> Invoke(
        object message, string? tenant, string? correlationId, Type? response, Channel? shared, TimeSpan? timeout, CancellationToken ct)
    {
        var chain = _handlers.For(message.GetType()) ?? throw new IndeterminateRoutesException(message.GetType());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        if (timeout is { } time) limit.CancelAfter(time);
        var envelope = new Envelope
        {
            Message = message,
            MessageType = message.GetType().FullName,
            TenantId = tenant ?? throw new InvalidOperationException($"{message.GetType().Name} is invoked for no tenant: set IMessageBus.TenantId."),
            CorrelationId = correlationId ?? Activity.Current?.TraceId.ToString(),
            SentAt = Router.Clock.GetUtcNow(),
        };
        for (envelope.Attempts = 1; ; envelope.Attempts++)
        {
            try
            {
                return await InvokeOnce(chain, envelope, response, shared, limit.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested && limit.IsCancellationRequested)
            {
                throw new TimeoutException($"{chain.Name} took longer than {timeout}.");
            }
            catch (Exception e) when (shared is null && !limit.IsCancellationRequested
                && _options.Failures.NamedActionFor(e, envelope.Attempts) is { Inline: true, RetryAfter: { } wait })
            {
                await Task.Delay(wait, TimeProvider.System, limit.Token);
            }
        }
    }

    /// <summary>Runs one handler and saves what it did through <paramref name="channel"/>; gives what was sent.</summary>
    public async Task<(object? Response, IReadOnlyList<Envelope> Sent)> Handle(
        HandlerChain chain, Envelope envelope, Channel? channel, Type? response, CancellationToken ct)
    {
        await using var session = Store.Session(envelope.TenantId!, channel);
        var context = MessageContext.For(this, envelope, channel);
        session.Outbox = context;
        session.CorrelationId = envelope.CorrelationId ?? session.CorrelationId;
        session.CausationId = envelope.Id.ToString();
        await using var scope = chain.NeedsScope ? _services.CreateAsyncScope() : (AsyncServiceScope?)null;
        var returned = await chain.Call(envelope.Message!, new HandlerSurroundings(scope?.ServiceProvider ?? _services, session, context, envelope, ct));
        object? answer = null;
        if (response is null) context.Cascade(returned);
        else context.Cascade(HandlerResult.Split(returned, response, out answer));
        await session.SaveChangesAsync(ct);
        return (answer, context.Sent);
    }

    /// <summary>Sends outside of any handler: committed when this returns.</summary>
    public async Task Send(IReadOnlyList<Envelope> envelopes, CancellationToken ct)
    {
        await new OwnChannel(Store.DataSource).WriteAsync([.. Router.Store(envelopes)], mayReturnRows: false, ct);
        Sent(envelopes);
    }

    /// <summary>Wakes whoever works the queues of messages that are committed.</summary>
    public void Sent(IReadOnlyList<Envelope> envelopes)
    {
        foreach (var envelope in envelopes)
        {
            if (_listeners.TryGetValue(envelope.Destination!, out var here)) here.Hint(envelope);
            else _notifications.Notify(envelope.Destination!);
        }
    }

    /// <summary>Sends dead letters again and wakes whoever works their queue.</summary>
    /// <returns>How many.</returns>
    public async Task<long> Replay(DeadLetters letters, DeadLetterQuery query, CancellationToken ct)
    {
        var count = await letters.ReplayAsync(query, ct);
        if (count == 0) return 0;
        _log.LogInformation("{Count} dead letters of {Queue} are sent again.", count, letters.Queue);
        _listeners[letters.Queue].Wake();
        return count;
    }

    public void WarnUnhandled(Type messageType)
    {
        if (_unhandled.TryAdd(messageType, true)) _log.LogWarning("{MessageType} was sent, but nobody handles it.", messageType.Name);
    }

    private async Task<object?> InvokeOnce(HandlerChain chain, Envelope envelope, Type? response, Channel? shared, CancellationToken ct)
    {
        if (Held.IsHolding)
        {
            var (inner, cascaded) = await Handle(chain, envelope, shared, response, ct);
            if (shared is null) Sent(cascaded);
            else Held.Run(() => Sent(cascaded));   // the transaction around it has yet to commit
            return inner;
        }

        var held = new HeldActions();
        Held.Begin(held);
        try
        {
            var (answer, sent) = await Handle(chain, envelope, null, response, ct);
            _options.Fault?.Invoke(FaultPoint.Invoked, null);
            Sent(sent);
            held.Release(_log);
            return answer;
        }
        finally
        {
            held.Drop();
        }
    }
}
