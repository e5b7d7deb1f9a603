using System.Text.Json;
using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Engagement.ServiceDefaults;
using Npgsql;

namespace Engagement.Gateway.Webhooks;

/// <summary>A webhook that nobody owns yet, kept encrypted for 90 days; a duty for as long as it isn't done.</summary>
/// <param name="Id">Its topic and signature: the same when it comes again.</param>
/// <param name="Topic">Of earlier ones with <c>#</c> and a purpose, where a part of it was taken already.</param>
/// <param name="Customer">Whose key sealed the body, so that erasing that customer erases it too.</param>
/// <param name="DueAt">Until when a duty must be done.</param>
/// <param name="Awaits">Whose erasure ends it; null where a person does.</param>
public sealed record KeptWebhook(
    string Id, string Vendor, string Topic, CustomerId Customer, Sealed Body, DateTimeOffset ReceivedAt, DateTimeOffset? DueAt,
    IReadOnlyList<CustomerId>? Awaits = null);

/// <summary>What is kept of a shop, without the bodies; <c>POST …/replay</c> gives to their owners the webhooks that have one by now.</summary>
internal static class KeptWebhooksEndpoint
{
    private const int AtOnce = 100;

    public static async Task<IResult> List(HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        var kept = await session.QueryAsync<KeptWebhook>("order by d.data ->> 'ReceivedAt', d.id limit 1000", ct);
        return TypedResults.Ok(kept.Select(k => new { k.Id, k.Vendor, k.Topic, k.ReceivedAt, k.DueAt, k.Awaits }));
    }

    /// <summary>A duty was done, or what is kept is not wanted.</summary>
    public static async Task<IResult> Done(string id, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.LightweightSession(context.Tenant());
        session.Delete<KeptWebhook>(id);
        await session.SaveChangesAsync(ct);
        return TypedResults.NoContent();
    }

    /// <summary>In the order they came, each in a commit of its own; what can't be read, or whose customer was erased, stays until it is forgotten.</summary>
    public static async Task<IResult> Replay(HttpContext context, IDocumentStore store, EventIntake intake, WebhookSources sources, Vault vault,
        CancellationToken ct)
    {
        var shop = context.Tenant();
        var (replayed, unreadable) = (0, 0);
        foreach (var vendor in Vendor.All.OfType<ShopSystem>())
        {
            var connectedAt = (await sources.Find(vendor.Name, shop, ct))?.Source.ConnectedAt ?? DateTimeOffset.MaxValue;
            string[] owned = [.. vendor.Owned];
            for (var after = ""; ;)
            {
                await using var session = store.QuerySession(shop);
                var some = await session.QueryAsync<KeptWebhook>(
                    """
                    where d.data ->> 'Vendor' = ? and d.data ->> 'Topic' = any(?) and (d.data ->> 'ReceivedAt') || d.id collate "C" > ?
                    order by (d.data ->> 'ReceivedAt') || d.id collate "C" limit ?
                    """,
                    ct, vendor.Name, owned, after, AtOnce);
                foreach (var kept in some)
                {
                    if (await vault.OpenAsync<JsonDocument>(shop, kept.Customer, kept.Body, ct) is { } body
                        && Read(vendor, kept, body, intake.Context(shop), connectedAt) is { } found)
                    {
                        await intake.Take(shop, found.Found, done: kept.Id, ct: ct);
                        replayed++;
                    }
                    else
                    {
                        unreadable++;
                    }
                }

                if (some.Count < AtOnce) break;
                after = $"{Written(some[^1].ReceivedAt)}{some[^1].Id}";
            }
        }

        return TypedResults.Ok(new { replayed, unreadable });
    }

    private static string Written(DateTimeOffset time) => JsonSerializer.Serialize(time, StoredJson.Options).Trim('"');

    private static Findings? Read(ShopSystem vendor, KeptWebhook kept, JsonDocument body, ReadingContext context, DateTimeOffset connectedAt)
    {
        using (body)
        {
            var faults = new FaultList();
            var found = new Findings(vendor.Name, kept.Topic, context with { Now = kept.ReceivedAt }, connectedAt);
            if (Fields.Of(body.RootElement, Pointer.Event, faults) is { } fields) vendor.Topic(kept.Topic)!.Read!(fields, found);
            return faults.Count == 0 ? found : null;
        }
    }
}

/// <summary>Hour by hour: what was kept over 90 days ago is forgotten, and the duties that still wait are counted.</summary>
internal sealed class ForgetKeptWebhooks(NpgsqlDataSource database, TimeProvider clock, ILogger<ForgetKeptWebhooks> log)
    : EveryHour(database, clock, log, "Kept webhooks could not be looked through")
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(90);
    private static readonly TimeSpan Soon = TimeSpan.FromDays(7);

    private readonly HashSet<string> _waiting = [];

    protected override async Task Look(DateTimeOffset now, CancellationToken ct)
    {
        await Forget("delete from gateway.mt_doc_keptwebhook where data ->> 'DueAt' is null and mt_last_modified < $1", now - Kept, ct);

        await using var duties = Database.CreateCommand(
            """
            select tenant_id, count(*), min((data ->> 'DueAt')::timestamptz) from gateway.mt_doc_keptwebhook
            where data ->> 'DueAt' is not null group by tenant_id
            """);
        HashSet<string> done = [.. _waiting];
        await using var reader = await duties.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var (shop, count, due) = (reader.GetString(0), reader.GetInt64(1), await reader.GetFieldValueAsync<DateTimeOffset>(2, ct));
            GatewayMetrics.DutiesWait(shop, count);
            _waiting.Add(shop);
            done.Remove(shop);
            if (due < now + Soon)
            {
                Log.LogWarning(
                    "Shop {Shop}: {Count} requests of customers about their data wait; the first must be done by {Due:yyyy-MM-dd}.", shop, count, due);
            }
        }

        foreach (var shop in done) GatewayMetrics.DutiesWait(shop, 0);   // a gauge keeps what it was told last
        _waiting.ExceptWith(done);
    }
}
