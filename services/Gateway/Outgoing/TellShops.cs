using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Outgoing;

/// <summary>One event for one endpoint, kept for 30 days: what it says and what became of it.</summary>
/// <param name="Id">The webhook's id: the same for one event and endpoint, at every attempt and replay.</param>
/// <param name="At">When the event happened.</param>
/// <param name="Body">As it is sent, byte for byte.</param>
public sealed record WebhookDelivery(string Id, string Endpoint, string Type, DateTimeOffset At, string Body)
{
    public WebhookState State { get; init; } = WebhookState.Pending;

    /// <summary>Over all replays.</summary>
    public int Attempts { get; init; }

    public int? LastStatus { get; init; }

    public string? LastError { get; init; }

    public double? LastMilliseconds { get; init; }

    /// <summary>Real time.</summary>
    public DateTimeOffset? LastAttemptAt { get; init; }
}

public enum WebhookState
{
    Pending,
    Delivered,
    GivenUp,
}

/// <summary>A delivery's payload.</summary>
public sealed record WebhookToSend(string Delivery, string Endpoint);

/// <summary>Tells a shop's endpoints what happened, in the transaction that heard of it.</summary>
public static class TellShopsHandler
{
    public static Task Handle(MessageSent message, IDocumentSession session, WebhookOutbox outbox, CancellationToken ct) =>
        outbox.Tell(session, OutgoingEvent.Of(message), ct);

    public static Task Handle(MessageSuppressed message, IDocumentSession session, WebhookOutbox outbox, CancellationToken ct) =>
        outbox.Tell(session, OutgoingEvent.Of(message), ct);

    public static Task Handle(MessageFailed message, IDocumentSession session, WebhookOutbox outbox, CancellationToken ct) =>
        outbox.Tell(session, OutgoingEvent.Of(message), ct);

    public static Task Handle(OrderLate message, IDocumentSession session, WebhookOutbox outbox, CancellationToken ct) =>
        outbox.Tell(session, OutgoingEvent.Of(message), ct);

    public static Task Handle(CartAbandoned message, IDocumentSession session, WebhookOutbox outbox, CancellationToken ct) =>
        outbox.Tell(session, OutgoingEvent.Of(message), ct);

    public static Task Handle(PermissionChanged message, IDocumentSession session, WebhookOutbox outbox, CancellationToken ct) =>
        outbox.Tell(session, OutgoingEvent.Of(message), ct);

    public static Task Handle(SendingSwitched message, IDocumentSession session, WebhookOutbox outbox, CancellationToken ct) =>
        outbox.Tell(session, OutgoingEvent.Of(message), ct);

    public static Task Handle(CartRecovered message, IDocumentSession session, WebhookOutbox outbox, CancellationToken ct) =>
        outbox.Tell(session, OutgoingEvent.Of(message), ct);
}

/// <summary>Puts webhooks on their way. Thread-safe.</summary>
public sealed class WebhookOutbox(RealTime real, DeliveryWaker waker)
{
    internal async Task Tell(IDocumentSession session, OutgoingEvent e, CancellationToken ct)
    {
        var endpoints = (await session.EndpointsAsync(ct)).Where(endpoint => endpoint.Wants(e.Type)).ToArray();
        if (endpoints.Length == 0) return;
        var body = e.Body(session.TenantId);
        var deliveries = endpoints.Select(endpoint => new WebhookDelivery(IdOf(endpoint, e), endpoint.PublicId, e.Type, e.At, body)).ToArray();
        var known = (await session.LoadManyAsync<WebhookDelivery>(ct, [.. deliveries.Select(delivery => delivery.Id)]))
            .Select(delivery => delivery.Id).ToHashSet();
        foreach (var delivery in deliveries.Where(delivery => !known.Contains(delivery.Id)))
        {
            session.Store(delivery);
            Send(session, delivery);
        }
    }

    /// <summary>Where it is under way already, nothing is added.</summary>
    public void Send(IDocumentSession session, WebhookDelivery delivery)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(delivery);
        var insert = Deliveries.Insert(
            GatewayService.Model.Name, session.TenantId, delivery.Id, WebhookChannel.KindOfDelivery, new WebhookToSend(delivery.Id, delivery.Endpoint),
            real.Now);
        session.QueueSqlCommand(insert.Sql, insert.Args);
        AfterCommit.Run(waker.Wake);
    }

    /// <summary>Where it waits for its next attempt, that is made at once: somebody asks for it, perhaps since the receiver works again.</summary>
    public void Hurry(IDocumentSession session, WebhookDelivery delivery)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(delivery);
        session.QueueSqlCommand(
            "update gateway.deliveries set due_at = ? where tenant = ? and id = ? and lease_until is null and due_at > ?",
            real.Now, session.TenantId, delivery.Id, real.Now);
    }

    /// <summary>After a commit outside of a handler.</summary>
    public void Wake() => waker.Wake();

    private static string IdOf(WebhookEndpoint endpoint, OutgoingEvent e) =>
        $"msg_{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{endpoint.Id}\n{e.Id}")).AsSpan(0, 18))}";
}

internal static class WebhookReading
{
    /// <summary>A shop's endpoints, also those that are disabled, the oldest first.</summary>
    public static Task<IReadOnlyList<WebhookEndpoint>> EndpointsAsync(this IQuerySession session, CancellationToken ct) =>
        session.QueryAsync<WebhookEndpoint>("where d.data ->> 'DeletedAt' is null order by d.data ->> 'CreatedAt', d.id", ct);

    public static async Task<WebhookEndpoint?> EndpointAsync(this IQuerySession session, string id, CancellationToken ct) =>
        await session.Events.FetchLatest<WebhookEndpoint>(WebhookEndpoint.Key(id), ct) is { DeletedAt: null } endpoint ? endpoint : null;
}
