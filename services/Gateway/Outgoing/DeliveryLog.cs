using System.Text.Json.Serialization;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Engagement.Gateway.Outgoing;

/// <summary>A webhook and what became of it.</summary>
/// <param name="Body">As it is sent.</param>
/// <param name="NextAttemptAt">Real time; null where none will be made.</param>
public sealed record DeliveryShown(
    string Id, string Type, DateTimeOffset At, WebhookState State, int Attempts, int? LastStatus, string? LastError, double? LastMilliseconds,
    DateTimeOffset? LastAttemptAt, DateTimeOffset? NextAttemptAt, string Body);

/// <summary>Sends again what happened within a time.</summary>
/// <param name="State">Only those, such as <c>GivenUp</c>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ReplayDeliveries(DateTimeOffset? From, DateTimeOffset? To, WebhookState? State);

/// <param name="Next">Where there were more: what <c>from</c> goes on with.</param>
public sealed record Replayed(int Count, DateTimeOffset? Next);

/// <summary><c>/v1/webhook-endpoints/{id}/deliveries</c>: what was sent, and sending it again, under its own id.</summary>
internal static class DeliveryLog
{
    private const int MostListed = 200;
    private const int MostReplayed = 1000;

    /// <summary>The latest first; <c>before</c> goes on where a list ended.</summary>
    public static async Task<Results<Ok<IEnumerable<DeliveryShown>>, NoSuch>> List(
        string id, HttpContext context, IDocumentStore store, NpgsqlDataSource database, WebhookState? state, DateTimeOffset? before, int? limit,
        CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        if (await session.EndpointAsync(id, ct) is null) return new NoSuch("endpoint");
        var found = await session.QueryAsync<WebhookDelivery>(
            """
            where d.data ->> 'Endpoint' = ? and (?::text = '' or d.data ->> 'State' = ?) and (?::text = '' or d.data ->> 'At' < ?)
            order by d.data ->> 'At' desc, d.id limit ?
            """,
            ct, id, $"{state}", $"{state}", Text(before), Text(before), Math.Clamp(limit ?? 50, 1, MostListed));
        var next = await NextAttempts(database, context.Tenant(), [.. found.Select(delivery => delivery.Id)], ct);
        return TypedResults.Ok(found.Select(delivery => new DeliveryShown(
            delivery.Id, delivery.Type, delivery.At, delivery.State, delivery.Attempts, delivery.LastStatus, delivery.LastError, delivery.LastMilliseconds,
            delivery.LastAttemptAt, next.TryGetValue(delivery.Id, out var due) ? due : null, delivery.Body)));
    }

    public static async Task<Results<Accepted, NoSuch>> ReplayOne(
        string id, string delivery, HttpContext context, IDocumentStore store, WebhookOutbox outbox, CancellationToken ct)
    {
        await using var session = store.LightweightSession(context.Tenant());
        var endpoint = await session.EndpointAsync(id, ct);
        if (endpoint is null) return new NoSuch("endpoint");
        if (await session.LoadAsync<WebhookDelivery>(delivery, ct) is not { } found || found.Endpoint != id) return new NoSuch("delivery");
        await Send(session, outbox, endpoint, [found], ct);
        return TypedResults.Accepted((string?)null);
    }

    public static async Task<Results<Accepted<Replayed>, NoSuch>> ReplayRange(
        string id, ReplayDeliveries body, HttpContext context, IDocumentStore store, WebhookOutbox outbox, CancellationToken ct)
    {
        if (body.From is not { } from) throw new Invalid(new FieldError("/from", "required", "The time from which on."));
        if (body.To <= from) throw new Invalid(new FieldError("/to", "invalid", "Later than from."));
        await using var session = store.LightweightSession(context.Tenant());
        if (await session.EndpointAsync(id, ct) is not { } endpoint) return new NoSuch("endpoint");
        var found = await session.QueryAsync<WebhookDelivery>(
            """
            where d.data ->> 'Endpoint' = ? and d.data ->> 'At' >= ? and (?::text = '' or d.data ->> 'At' < ?) and (?::text = '' or d.data ->> 'State' = ?)
            order by d.data ->> 'At', d.id limit ?
            """,
            ct, id, Text(from), Text(body.To), Text(body.To), $"{body.State}", $"{body.State}", MostReplayed + 1);
        await Send(session, outbox, endpoint, [.. found.Take(MostReplayed)], ct);
        return TypedResults.Accepted((string?)null, new Replayed(Math.Min(found.Count, MostReplayed), found.Count > MostReplayed ? found[^1].At : null));
    }

    private static async Task Send(
        IDocumentSession session, WebhookOutbox outbox, WebhookEndpoint endpoint, IReadOnlyList<WebhookDelivery> deliveries, CancellationToken ct)
    {
        if (!endpoint.IsOpen) throw new Rejected("endpoint-disabled", "The endpoint is disabled: enable it first.");
        foreach (var delivery in deliveries)
        {
            session.QueueSqlCommand(
                "update gateway.mt_doc_webhookdelivery set data = data || '{\"State\": \"Pending\"}' where tenant_id = ? and id = ?",
                session.TenantId, delivery.Id);
            outbox.Send(session, delivery);
            outbox.Hurry(session, delivery);
        }

        await session.SaveChangesAsync(ct);
        outbox.Wake();
    }

    private static async Task<Dictionary<string, DateTimeOffset>> NextAttempts(NpgsqlDataSource database, string tenant, string[] ids, CancellationToken ct)
    {
        await using var select = database.CreateCommand("select id, due_at from gateway.deliveries where tenant = $1 and id = any ($2)");
        select.Parameters.Add(new() { Value = tenant });
        select.Parameters.Add(new() { Value = ids });
        await using var reader = await select.ExecuteReaderAsync(ct);
        Dictionary<string, DateTimeOffset> due = [];
        while (await reader.ReadAsync(ct)) due[reader.GetString(0)] = await reader.GetFieldValueAsync<DateTimeOffset>(1, ct);
        return due;
    }

    /// <summary>As it is stored, so that text compares as times do.</summary>
    private static string Text(DateTimeOffset? at) =>
        at is null ? "" : System.Text.Json.JsonSerializer.Serialize(at.Value.ToUniversalTime(), StoredJson.Options).Trim('"');
}
