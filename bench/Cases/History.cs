using Engagement.Bench.Harness;
using Engagement.Bench.Shop;

namespace Engagement.Bench.Cases;

/// <summary>What lies in the store before a case begins.</summary>
internal static class History
{
    private const int PerStream = 10;

    /// <summary>Streams of ten events each, <paramref name="events"/> in all, and the snapshots of as many orders as there are streams.</summary>
    public static async Task Fill(BenchDatabase database, int events, CancellationToken ct)
    {
        await using (await BenchHost.OpenStore(database, snapshots: true))
        {
            // Started once: it made the tables.
        }

        await Sql.Execute(
            database,
            $"""
            set session_replication_role = replica;   -- the foreign key holds by construction
            insert into shop.mt_streams (tenant_id, id, type, version)
            select 'demo', 'old/' || s, 'order', {PerStream} from generate_series(1, {events / PerStream}) s;
            insert into shop.mt_events (seq_id, id, stream_id, version, data, type, tenant_id, mt_dotnet_type)
            select nextval('shop.mt_events_sequence'), gen_random_uuid(), 'old/' || s, v, jsonb_build_object('Place', 'Bologna', 'Note', 'Sorted and on its way to the next depot', 'OccurredAt', now()),
                'parcel_seen', 'demo', 'Engagement.Bench.Shop.ParcelSeen, Engagement.Bench'
            from generate_series(1, {events / PerStream}) s, generate_series(1, {PerStream}) v;
            insert into shop.mt_doc_order (tenant_id, id, data, mt_version, mt_dotnet_type)
            select 'demo', 'old/' || s, jsonb_build_object('Id', 'old/' || s, 'CustomerId', 'customer-4711', 'Currency', 'EUR', 'Lines', '[]'::jsonb, 'PlacedAt', now(),
                'Status', 'OnItsWay', 'Paid', 48.6, 'LastPlace', 'Bologna', 'Seen', {PerStream}), {PerStream}, 'Engagement.Bench.Shop.Order'
            from generate_series(1, {events / PerStream}) s;
            set session_replication_role = origin
            """,
            ct);
        await Sql.Execute(database, "vacuum analyze shop.mt_streams, shop.mt_events, shop.mt_doc_order", ct);   // of an empty table it would be wrong soon
    }

    /// <summary>Orders that were placed and paid and whose parcels were seen, <paramref name="length"/> events each; gives their keys.</summary>
    public static async Task<string[]> Orders(BenchDatabase database, BenchHost host, int count, int length, CancellationToken ct)
    {
        string[] keys = [.. Enumerable.Range(0, count).Select(i => $"order/{i}")];
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = BenchSettings.Workers, CancellationToken = ct }, async (key, token) =>
        {
            var now = TimeProvider.System.GetUtcNow();
            await using var session = host.Store.LightweightSession(BenchHost.Tenant);
            session.Events.StartStream<Order>(key, [Sample.Placed(now), Sample.Paid(now), .. Enumerable.Range(0, length - 2).Select(_ => Sample.Seen(now))]);
            await session.SaveChangesAsync(token);
        });
        await Sql.Execute(database, "vacuum analyze", ct);
        return keys;
    }
}
