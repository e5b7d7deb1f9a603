using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Npgsql;

namespace Engagement.Bench.Cases;

internal sealed class WriteCase : IBenchCase
{
    private const int PerWorker = 50;

    public string Name => "write";

    public string Description => "FetchForWriting and one event, with an inline snapshot, 16 concurrent; raw: the select, then event, stream row and snapshot in one commit";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var host = await BenchHost.OpenStore(database, snapshots: true);
        var keys = await History.Orders(database, host, BenchSettings.Workers * PerWorker, 3, ct);
        await using var connections = new RawConnections(database);
        var writers = await connections.ForEachWorker(RawWriter.On, ct);

        // Each worker has streams of its own: a lost race is not what is measured.
        Func<string> KeysOf(int worker)
        {
            var next = 0;
            return () => keys[(worker * PerWorker) + (next++ % PerWorker)];
        }

        return
        [
            await Duel.Operations(
                Name, "writes/s",
                worker =>
                {
                    var key = KeysOf(worker);
                    return async () =>
                    {
                        await using var session = host.Store.LightweightSession(BenchHost.Tenant);
                        var stream = await session.Events.FetchForWriting<Order>(key(), ct);
                        stream.AppendOne(Sample.Seen(TimeProvider.System.GetUtcNow()));
                        await session.SaveChangesAsync(ct);
                    };
                },
                worker =>
                {
                    var key = KeysOf(worker);
                    return () => writers[worker].Write(key(), ct);
                },
                settings, ct),
        ];
    }

    private sealed class RawWriter
    {
        private readonly NpgsqlParameter<string> _readKey = Raw.Text(), _key = Raw.Text(), _eventKey = Raw.Text(), _snapshotKey = Raw.Text();
        private readonly NpgsqlParameter<DateTime> _now = Raw.Time(), _eventNow = Raw.Time(), _snapshotNow = Raw.Time();
        private readonly NpgsqlParameter<long> _from = Raw.Long(), _to = Raw.Long(), _version = Raw.Long();
        private readonly NpgsqlParameter<Guid> _id = Raw.Uuid();
        private readonly NpgsqlParameter<byte[]> _event = Raw.Jsonb(), _snapshot = Raw.Jsonb();
        private readonly NpgsqlParameter<int> _snapshotVersion = Raw.Int();
        private NpgsqlBatch? _read, _write;

        public static async Task<RawWriter> On(NpgsqlConnection connection)
        {
            var writer = new RawWriter();
            writer._read = await Raw.Prepare(connection, Raw.Command(
                """
                select s.version, d.data, d.mt_version from shop.mt_streams s left join shop.mt_doc_order d on d.tenant_id = s.tenant_id and d.id = s.id
                where s.tenant_id = $1 and s.id = $2
                """,
                Raw.Text(BenchHost.Tenant), writer._readKey));
            writer._write = await Raw.Prepare(
                connection,
                Raw.Command(
                    "update shop.mt_streams set version = $4, timestamp = $5 where tenant_id = $1 and id = $2 and version = $3",
                    Raw.Text(BenchHost.Tenant), writer._key, writer._from, writer._to, writer._now),
                Raw.Command(
                    """
                    insert into shop.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type)
                    values (nextval('shop.mt_events_sequence'), $1, $2, $3, $4, $5, $6, $7, $8)
                    """,
                    writer._id, writer._eventKey, writer._version, writer._event, Raw.Text("parcel_seen"), writer._eventNow, Raw.Text(BenchHost.Tenant),
                    Raw.Text($"{typeof(ParcelSeen).FullName}, {typeof(ParcelSeen).Assembly.GetName().Name}")),
                Raw.Command(
                    """
                    insert into shop.mt_doc_order (tenant_id, id, data, mt_last_modified, mt_version, mt_dotnet_type) values ($1, $2, $3, $4, $5, $6)
                    on conflict on constraint pkey_mt_doc_order_tenant_id_id do update set data = excluded.data, mt_last_modified = excluded.mt_last_modified,
                        mt_version = excluded.mt_version, mt_dotnet_type = excluded.mt_dotnet_type
                    """,
                    Raw.Text(BenchHost.Tenant), writer._snapshotKey, writer._snapshot, writer._snapshotNow, writer._snapshotVersion, Raw.Text(typeof(Order).FullName!)));
            return writer;
        }

        public async Task Write(string key, CancellationToken ct)
        {
            _readKey.TypedValue = key;
            long version;
            Order order;
            await using (var reader = await _read!.ExecuteReaderAsync(ct))
            {
                await reader.ReadAsync(ct);
                version = reader.GetInt64(0);
                if (reader.GetInt32(2) != version) throw new InvalidOperationException($"The snapshot of {key} lags behind.");
                order = Raw.Read<Order>(reader.GetFieldValue<byte[]>(1));
            }

            var now = TimeProvider.System.GetUtcNow();
            var seen = Sample.Seen(now);
            _key.TypedValue = _eventKey.TypedValue = _snapshotKey.TypedValue = key;
            _now.TypedValue = _eventNow.TypedValue = _snapshotNow.TypedValue = now.UtcDateTime;
            _from.TypedValue = version;
            _to.TypedValue = _version.TypedValue = version + 1;
            _snapshotVersion.TypedValue = (int)version + 1;
            _id.TypedValue = Guid.CreateVersion7(now);
            _event.TypedValue = Raw.Write(seen);
            _snapshot.TypedValue = Raw.Write(order.Apply(seen));
            await _write!.ExecuteNonQueryAsync(ct);
        }
    }
}
