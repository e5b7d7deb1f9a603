using System.Diagnostics;
using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Engagement.Carts;
using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Npgsql;
using NpgsqlTypes;

namespace Engagement.Bench.Cases;

internal sealed class CartsCase : IBenchCase
{
    private const int Batch = 100;
    private const int PerCart = 4;
    private const int Customers = 5_000;
    private const int PerSecondOfRound = 5_000;

    private long _number;

    public string Name => "carts";

    public string Description =>
        "cart events in batches of 100 over HTTP to the Gateway until Carts has handled the last, four to a cart; raw: the rows of event, queue, stream and snapshot";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var gateway = await GatewayHost.Open(database, ct);
        await using var carts = await ServiceHost<Cart>.Start(database, CartsService.Model, ct);
        await Sql.Execute(database, "create table bus.raw_carts (like bus.carts including all)", ct);
        await using var connections = new RawConnections(database);
        var raw = await connections.ForEachWorker(RawCarts.On, ct);
        using var shop = gateway.Client(BenchSettings.Workers);

        var result = await Duel.Rounds(
            Name, "events/s",
            time => Handled(database, shop, (int)(time.TotalSeconds * PerSecondOfRound / Batch), ct),
            async time =>
            {
                var round = await Duel.Concurrently([.. raw.Select(worker => (Func<Task>)(() => worker.Handle(ct)))], time, ct);
                return round with { Operations = round.Operations * Batch };
            },
            settings, ct);
        var stored = await Sql.Scalar<long>(database, $"select count(*) from carts.mt_events where tenant_id = '{BenchHost.Tenant}' and type <> 'newer_cart_seen'", ct);
        return stored == _number ? [result] : throw new InvalidOperationException($"{_number} events were published, but {stored} are stored.");
    }

    /// <summary>From the first request until nothing is left to handle.</summary>
    private async Task<Round> Handled(BenchDatabase database, HttpClient shop, int batches, CancellationToken ct)
    {
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var began = Stopwatch.GetTimestamp();
        var left = batches;
        await Task.WhenAll(Enumerable.Range(0, BenchSettings.Workers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0) await GatewayHost.Publish(shop, ref _number, Batch, Event, ct);
        }, ct)));
        while (await Sql.Scalar<bool>(database, "select exists (select from bus.carts) or exists (select from bus.carts_retries)", ct))
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, ct);
        return new Round(batches * Batch, Stopwatch.GetElapsedTime(began), GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    /// <summary>Two things put in, the first by somebody known; one taken out; the checkout begun.</summary>
    private static string Event(long number) => (number % PerCart) switch
    {
        0 => $$"""
            "type":"cart.item_added","data":{"cart":"{{number / PerCart}}","currency":"EUR","item":{"title":"Moka","quantity":2,"price":15.00,"sku":"MK-3"},
            "url":"https://shop.example/cart/{{number / PerCart}}",
            "customer":{"id":"c-{{number / PerCart % Customers}}","email":"giulia.{{number / PerCart % Customers}}@posta.example","language":"it"} }
            """,
        1 => $$"""
            "type":"cart.item_added","data":{"cart":"{{number / PerCart}}","currency":"EUR","item":{"title":"Caffè in grani, 1 kg","quantity":1,"price":29.90,"sku":"CF-1"} }
            """,
        2 => $$"""
            "type":"cart.item_removed","data":{"cart":"{{number / PerCart}}","item":"MK-3","quantity":1}
            """,
        _ => $$"""
            "type":"checkout.started","data":{"cart":"{{number / PerCart}}"}
            """,
    };

    /// <summary>A hundred events: remembered and queued in one commit; then, fifty to a commit, taken, and each cart read and written.</summary>
    private sealed class RawCarts
    {
        private const string Tenant = "raw";
        private const int PerCommit = 50;

        private static readonly CartVisit Visit = new(new CustomerId("c-1"), "it", new Uri("https://shop.example/cart/1"), ["email"]);
        private static readonly Contracts.OrderLine Line = new("Moka", 2, new Money(15m, "EUR"), "MK-3");

        private static short s_slots;

        private readonly NpgsqlParameter<DateTime> _seenNow = Raw.Time(), _sent = Raw.Time(), _now = Raw.Time(), _eventNow = Raw.Time(), _snapshotNow = Raw.Time();
        private readonly NpgsqlParameter<string[]> _ids = Raw.Array<string>(NpgsqlDbType.Varchar);
        private readonly NpgsqlParameter<byte[][]> _seen = Raw.Array<byte[]>(NpgsqlDbType.Jsonb), _bodies = Raw.Array<byte[]>(NpgsqlDbType.Bytea);
        private readonly NpgsqlParameter<Guid[]> _versions = Raw.Array<Guid>(NpgsqlDbType.Uuid), _messages = Raw.Array<Guid>(NpgsqlDbType.Uuid);
        private readonly NpgsqlParameter<string> _readKey = Raw.Text(), _key = Raw.Text(), _eventKey = Raw.Text(), _snapshotKey = Raw.Text();
        private readonly NpgsqlParameter<long> _to = Raw.Long(), _version = Raw.Long();
        private readonly NpgsqlParameter<Guid> _id = Raw.Uuid();
        private readonly NpgsqlParameter<byte[]> _event = Raw.Jsonb(), _snapshot = Raw.Jsonb();
        private readonly NpgsqlParameter<int> _snapshotVersion = Raw.Int();
        private readonly string _prefix = $"{Guid.NewGuid():N}";
        private readonly NpgsqlConnection _connection;
        private NpgsqlBatch? _insert, _take, _read, _write;
        private int _next;

        private RawCarts(NpgsqlConnection connection) => _connection = connection;

        public static async Task<RawCarts> On(NpgsqlConnection connection)
        {
            var raw = new RawCarts(connection);
            var slot = s_slots++;
            raw._insert = await Raw.Prepare(
                connection,
                Raw.Command(
                    """
                    insert into gateway.mt_doc_seenevent (tenant_id, id, data, mt_last_modified, mt_version, mt_dotnet_type)
                    select $1, d.id, d.data, $2, d.version, $3 from unnest($4::varchar[], $5::jsonb[], $6::uuid[]) as d(id, data, version)
                    """,
                    Raw.Text(Tenant), raw._seenNow, Raw.Text(typeof(SeenEvent).FullName!), raw._ids, raw._seen, raw._versions),
                Raw.Command(
                    """
                    insert into bus.raw_carts (slot, tenant, group_id, message_id, message_type, body, sent_at)
                    select $1, $2, 'cart/1', m.id, $3, m.body, $4 from unnest($5::uuid[], $6::bytea[]) as m(id, body)
                    """,
                    Raw.Short(slot), Raw.Text(Tenant), Raw.Text(typeof(AddToCart).FullName!), raw._sent, raw._messages, raw._bodies));
            raw._take = await Raw.Prepare(connection, Raw.Command(
                $"""
                delete from bus.raw_carts where id in (select id from bus.raw_carts where slot = $1 and tenant = $2 order by id + 0 limit {PerCommit}) returning body
                """,
                Raw.Short(slot), Raw.Text(Tenant)));
            raw._read = await Raw.Prepare(connection, Raw.Command(
                """
                select s.version, d.data, d.mt_version from carts.mt_streams s left join carts.mt_doc_cart d on d.tenant_id = s.tenant_id and d.id = s.id
                where s.tenant_id = $1 and s.id = $2
                """,
                Raw.Text(Tenant), raw._readKey));
            raw._write = await Raw.Prepare(
                connection,
                Raw.Command(
                    """
                    insert into carts.mt_streams (tenant_id, id, type, version, timestamp, created) values ($1, $2, 'cart', $3, $4, $4)
                    on conflict (tenant_id, id) do update set version = excluded.version, timestamp = excluded.timestamp
                    """,
                    Raw.Text(Tenant), raw._key, raw._to, raw._now),
                Raw.Command(
                    """
                    insert into carts.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type)
                    values (nextval('carts.mt_events_sequence'), $1, $2, $3, $4, $5, $6, $7, $8)
                    """,
                    raw._id, raw._eventKey, raw._version, raw._event, Raw.Text("item_added"), raw._eventNow, Raw.Text(Tenant), Raw.Text(typeof(ItemAdded).FullName!)),
                Raw.Command(
                    """
                    insert into carts.mt_doc_cart (tenant_id, id, data, mt_last_modified, mt_version, mt_dotnet_type) values ($1, $2, $3, $4, $5, $6)
                    on conflict on constraint pkey_mt_doc_cart_tenant_id_id do update set data = excluded.data, mt_last_modified = excluded.mt_last_modified,
                        mt_version = excluded.mt_version, mt_dotnet_type = excluded.mt_dotnet_type
                    """,
                    Raw.Text(Tenant), raw._snapshotKey, raw._snapshot, raw._snapshotNow, raw._snapshotVersion, Raw.Text(typeof(Cart).FullName!)));
            return raw;
        }

        public async Task Handle(CancellationToken ct)
        {
            var now = TimeProvider.System.GetUtcNow();
            _seenNow.TypedValue = _sent.TypedValue = now.UtcDateTime;
            SeenEvent[] seen = [.. Enumerable.Range(0, Batch).Select(i => new SeenEvent(SeenEvent.IdOf(_prefix, $"{_next + i}"), SeenEvent.IdOf("hash", $"{i}")))];
            _ids.TypedValue = [.. seen.Select(e => e.Id)];
            _seen.TypedValue = [.. seen.Select(Raw.Write)];
            _versions.TypedValue = [.. seen.Select(_ => Guid.NewGuid())];
            _messages.TypedValue = [.. seen.Select(_ => Guid.NewGuid())];
            var told = new Reported(now, now);
            _bodies.TypedValue = [.. Enumerable.Range(_next, Batch).Select(i => Raw.Write(new AddToCart(new CartId($"{_prefix}-{i / PerCart}"), Line, Visit, told)))];
            await _insert!.ExecuteNonQueryAsync(ct);
            _next += Batch;
            for (var i = 0; i < Batch / PerCommit; i++) await Take(ct);
        }

        private async Task Take(CancellationToken ct)
        {
            await using var transaction = await _connection.BeginTransactionAsync(ct);
            List<AddToCart> taken = new(PerCommit);
            await using (var reader = await _take!.ExecuteReaderAsync(ct))
            {
                while (await reader.ReadAsync(ct)) taken.Add(Raw.Read<AddToCart>(reader.GetFieldValue<byte[]>(0)));
            }

            foreach (var message in taken) await Write(message, ct);
            await transaction.CommitAsync(ct);
        }

        private async Task Write(AddToCart message, CancellationToken ct)
        {
            var key = Cart.StreamKey(message.Cart);
            _readKey.TypedValue = key;
            var (version, cart) = (0L, new Cart(key));
            await using (var reader = await _read!.ExecuteReaderAsync(ct))
            {
                if (await reader.ReadAsync(ct)) (version, cart) = (reader.GetInt64(0), Raw.Read<Cart>(reader.GetFieldValue<byte[]>(1)));
            }

            var now = TimeProvider.System.GetUtcNow();
            var added = new ItemAdded(message.Line, message.Visit, new Reported(now, now));
            _key.TypedValue = _eventKey.TypedValue = _snapshotKey.TypedValue = key;
            _now.TypedValue = _eventNow.TypedValue = _snapshotNow.TypedValue = now.UtcDateTime;
            _to.TypedValue = _version.TypedValue = version + 1;
            _snapshotVersion.TypedValue = (int)version + 1;
            _id.TypedValue = Guid.CreateVersion7(now);
            _event.TypedValue = Raw.Write(added);
            _snapshot.TypedValue = Raw.Write(cart.Apply(added));
            await _write!.ExecuteNonQueryAsync(ct);
        }
    }
}
