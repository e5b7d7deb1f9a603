using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Npgsql;

namespace Engagement.Bench.Cases;

internal sealed class LoadCase : IBenchCase
{
    private const int Streams = 400;

    /// <summary>How many events a stream has.</summary>
    public const int Length = 50;

    public string Name => "load";

    public string Description =>
        "loads and folds a stream of 50 events, 16 concurrent; raw: a select of the same rows, their JSON read into the same types and folded";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var host = await BenchHost.OpenStore(database, snapshots: false);
        var keys = await History.Orders(database, host, Streams, Length, ct);
        await using var connections = new RawConnections(database);
        var readers = await connections.ForEachWorker(RawReader.On, ct);

        return
        [
            await Duel.Operations(
                Name, "streams/s",
                _ => () => Load(host, keys[Random.Shared.Next(keys.Length)], ct),
                worker => async () => Check(await readers[worker].Load(keys[Random.Shared.Next(keys.Length)], ct)),
                settings, ct),
        ];
    }

    public static async Task Load(BenchHost host, string key, CancellationToken ct)
    {
        await using var session = host.Store.QuerySession(BenchHost.Tenant);
        Check(await session.Events.AggregateStreamAsync<Order>(key, token: ct));
    }

    public static void Check(Order? order)
    {
        if (order?.Seen != Length - 2) throw new InvalidOperationException($"{order?.Id} was not folded from all of its events.");
    }

    public sealed class RawReader
    {
        private readonly NpgsqlParameter<string> _key = Raw.Text();
        private NpgsqlBatch? _batch;

        public static async Task<RawReader> On(NpgsqlConnection connection)
        {
            var reader = new RawReader();
            reader._batch = await Raw.Prepare(connection, Raw.Command(
                """
                select version, is_archived, type, mt_dotnet_type, data, seq_id, id, timestamp from shop.mt_events
                where tenant_id = $1 and stream_id = $2 and version >= $3 and version <= $4 order by version
                """,
                Raw.Text(BenchHost.Tenant), reader._key, Raw.Long(), Raw.Long(long.MaxValue)));
            return reader;
        }

        public async Task<Order?> Load(string key, CancellationToken ct)
        {
            _key.TypedValue = key;
            Order? order = null;
            await using var reader = await _batch!.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                var data = reader.GetFieldValue<byte[]>(4);
                order = reader.GetString(2) switch
                {
                    "order_placed" => Order.Begin(key, Raw.Read<OrderPlaced>(data)),
                    "order_paid" => order!.Apply(Raw.Read<OrderPaid>(data)),
                    "parcel_seen" => order!.Apply(Raw.Read<ParcelSeen>(data)),
                    var other => throw new InvalidOperationException($"{other} is no event of an order."),
                };
            }

            return order;
        }
    }
}
