using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Npgsql;

namespace Engagement.Bench.Cases;

internal sealed class LatestCase : IBenchCase
{
    private const int Streams = 2_000;

    public string Name => "latest";

    public string Description => "FetchLatest from an inline snapshot, 16 concurrent; raw: a select by primary key and its JSON read into the same type";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var host = await BenchHost.OpenStore(database, snapshots: true);
        var keys = await History.Orders(database, host, Streams, 3, ct);
        await using var connections = new RawConnections(database);
        var readers = await connections.ForEachWorker(RawReader.On, ct);

        return
        [
            await Duel.Operations(
                Name, "reads/s",
                _ => async () =>
                {
                    await using var session = host.Store.QuerySession(BenchHost.Tenant);
                    Check(await session.Events.FetchLatest<Order>(keys[Random.Shared.Next(keys.Length)], ct));
                },
                worker => async () => Check(await readers[worker].Load(keys[Random.Shared.Next(keys.Length)], ct)),
                settings, ct),
        ];
    }

    private static void Check(Order? order)
    {
        if (order?.Seen != 1) throw new InvalidOperationException($"{order?.Id} is not the latest.");
    }

    private sealed class RawReader
    {
        private readonly NpgsqlParameter<string> _key = Raw.Text();
        private NpgsqlBatch? _batch;

        public static async Task<RawReader> On(NpgsqlConnection connection)
        {
            var reader = new RawReader();
            reader._batch = await Raw.Prepare(
                connection, Raw.Command("select data from shop.mt_doc_order where tenant_id = $1 and id = $2", Raw.Text(BenchHost.Tenant), reader._key));
            return reader;
        }

        public async Task<Order?> Load(string key, CancellationToken ct)
        {
            _key.TypedValue = key;
            await using var reader = await _batch!.ExecuteReaderAsync(ct);
            return await reader.ReadAsync(ct) ? Raw.Read<Order>(reader.GetFieldValue<byte[]>(0)) : null;
        }
    }
}
