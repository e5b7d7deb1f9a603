using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Npgsql;
using NpgsqlTypes;

namespace Engagement.Bench.Cases;

internal sealed class AppendCase : IBenchCase
{
    /// <summary>How many events a stream is started with.</summary>
    public const int Length = 3;

    public string Name => "append";

    public string Description => "starts a stream with three events, 16 concurrent; raw: the same rows inserted in one round trip and commit";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var host = await BenchHost.OpenStore(database, snapshots: false);
        await using var connections = new RawConnections(database);
        var writers = await connections.ForEachWorker(RawWriter.On, ct);
        long number = 0;
        string NextKey() => $"order/{Interlocked.Increment(ref number)}";

        return
        [
            await Duel.Operations(
                Name, "streams/s",
                _ => () => Start(host, NextKey(), ct),
                worker => () => writers[worker].Start(NextKey(), Events(), ct),
                settings, ct),
        ];
    }

    public static async Task Start(BenchHost host, string key, CancellationToken ct)
    {
        await using var session = host.Store.LightweightSession(BenchHost.Tenant);
        session.Events.StartStream<Order>(key, Events());
        await session.SaveChangesAsync(ct);
    }

    /// <summary>As many as <see cref="Length"/>.</summary>
    public static object[] Events()
    {
        var now = TimeProvider.System.GetUtcNow();
        return [Sample.Placed(now), Sample.Paid(now), Sample.Seen(now)];
    }

    public sealed class RawWriter
    {
        private static readonly (string Alias, string DotNetType)[] Types =
        [
            ("order_placed", DotNetType<OrderPlaced>()), ("order_paid", DotNetType<OrderPaid>()), ("parcel_seen", DotNetType<ParcelSeen>()),
        ];

        private readonly NpgsqlParameter<string> _key = Raw.Text(), _eventsKey = Raw.Text();
        private readonly NpgsqlParameter<DateTime> _now = Raw.Time(), _eventsNow = Raw.Time();
        private readonly NpgsqlParameter<Guid[]> _ids = Raw.Array<Guid>(NpgsqlDbType.Uuid);
        private readonly NpgsqlParameter<long[]> _versions = Raw.Array<long>(NpgsqlDbType.Bigint);
        private readonly NpgsqlParameter<byte[][]> _data = Raw.Array<byte[]>(NpgsqlDbType.Jsonb);
        private readonly NpgsqlParameter<string[]> _aliases = Raw.Array<string>(NpgsqlDbType.Varchar), _dotNetTypes = Raw.Array<string>(NpgsqlDbType.Varchar);
        private NpgsqlBatch? _batch;

        public static async Task<RawWriter> On(NpgsqlConnection connection)
        {
            var writer = new RawWriter();
            writer._batch = await Raw.Prepare(
                connection,
                Raw.Command(
                    "insert into shop.mt_streams (tenant_id, id, type, version, timestamp, created) values ($1, $2, $3, $4, $5, $5)",
                    Raw.Text(BenchHost.Tenant), writer._key, Raw.Text("order"), Raw.Long(Types.Length), writer._now),
                Raw.Command(
                    """
                    insert into shop.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type)
                    select nextval('shop.mt_events_sequence'), e.id, $1, e.version, e.data, e.type, $2, $3, e.dotnet_type
                    from unnest($4::uuid[], $5::bigint[], $6::jsonb[], $7::varchar[], $8::varchar[]) as e(id, version, data, type, dotnet_type)
                    """,
                    writer._eventsKey, writer._eventsNow, Raw.Text(BenchHost.Tenant), writer._ids, writer._versions, writer._data, writer._aliases,
                    writer._dotNetTypes));
            writer._versions.TypedValue = [1, 2, 3];
            writer._aliases.TypedValue = [.. Types.Select(t => t.Alias)];
            writer._dotNetTypes.TypedValue = [.. Types.Select(t => t.DotNetType)];
            return writer;
        }

        public Task<int> Start(string key, object[] events, CancellationToken ct)
        {
            var now = TimeProvider.System.GetUtcNow();
            _key.TypedValue = _eventsKey.TypedValue = key;
            _now.TypedValue = _eventsNow.TypedValue = now.UtcDateTime;
            _ids.TypedValue = [Guid.CreateVersion7(now), Guid.CreateVersion7(now), Guid.CreateVersion7(now)];
            _data.TypedValue = [Raw.Write((OrderPlaced)events[0]), Raw.Write((OrderPaid)events[1]), Raw.Write((ParcelSeen)events[2])];
            return _batch!.ExecuteNonQueryAsync(ct);
        }

        private static string DotNetType<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
    }
}
