using System.Diagnostics;
using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Engagement.Contracts;
using Engagement.Gateway.Intake;
using Npgsql;
using NpgsqlTypes;

namespace Engagement.Bench.Cases;

internal sealed class IntakeCase : IBenchCase
{
    private const int Batch = 100;
    private const int Connections = 32;
    private const int PerSecond = 500;
    private const int Customers = 5_000;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    private long _number;

    public string Name => "intake";

    public string Description =>
        "batches of 100 events over HTTP to the Gateway until committed, 16 connections; raw: the same rows inserted; then single events, 500 a second";

    public async Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct)
    {
        await using var gateway = await GatewayHost.Open(database, ct);
        await using var connections = new RawConnections(database);
        var raw = await connections.ForEachWorker(RawRows.On, ct);
        using var shop = gateway.Client(BenchSettings.Workers);

        var batches = await Duel.Rounds(
            Name, "events/s",
            time => Events(_ => () => GatewayHost.Publish(shop, ref _number, Batch, Event, ct), time, ct),
            time => Events(worker => () => raw[worker].Insert(ct), time, ct),
            settings, ct);
        await Check(database, ct);

        using var customers = gateway.Client(Connections);
        await Singles(customers, TimeSpan.FromSeconds(2), ct);
        var took = await Singles(customers, Length, ct);
        Result At(int percent) => new($"{Name} single p{percent}", Figures.Percentile(took, percent / 100.0), "ms");
        return [batches, At(50), At(99)];
    }

    private static async Task<Round> Events(Func<int, Func<Task>> worker, TimeSpan time, CancellationToken ct)
    {
        var round = await Duel.Concurrently([.. Enumerable.Range(0, BenchSettings.Workers).Select(worker)], time, ct);
        return round with { Operations = round.Operations * Batch };
    }

    /// <summary>At a fixed beat, whatever the answers take; from when it was its time until the answer.</summary>
    private async Task<List<double>> Singles(HttpClient client, TimeSpan length, CancellationToken ct)
    {
        var took = new List<double>();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(lane => Task.Run(async () =>
        {
            for (var i = lane; ; i += Connections)
            {
                var due = TimeSpan.FromSeconds((double)i / PerSecond);
                if (due >= length) return;
                if (due - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } early) await Task.Delay(early, TimeProvider.System, ct);
                await GatewayHost.Publish(client, ref _number, 1, Event, ct);
                lock (took) took.Add((Stopwatch.GetElapsedTime(began) - due).TotalMilliseconds);
            }
        }, ct)));
        return took;
    }

    /// <summary>The life of orders: placed by a customer, paid, shipped, delivered.</summary>
    private static string Event(long number)
    {
        var (order, customer) = (number / 4, number / 4 % Customers);
        return (number % 4) switch
        {
            0 => $$"""
                "type":"order.placed","data":{"order":"{{order}}","total":59.90,"currency":"EUR",
                "lines":[{"title":"Caffè in grani, 1 kg","quantity":1,"price":29.90,"sku":"CF-1"},{"title":"Moka","quantity":2,"price":15.00}],
                "customer":{"id":"c-{{customer}}","name":"Giulia Rossi","email":"giulia.{{customer}}@posta.example","language":"it","zone":"Europe/Rome"} }
                """,
            1 => $$"""
                "type":"order.paid","data":{"order":"{{order}}","amount":"59.90","currency":"EUR"}
                """,
            2 => $$"""
                "type":"order.shipped","data":{"order":"{{order}}","carrier":"Poste","trackingNumber":"X{{order}}",
                "trackingUrl":"https://track.example/X{{order}}"}
                """,
            _ => $$"""
                "type":"order.delivered","data":{"order":"{{order}}"}
                """,
        };
    }

    private async Task Check(BenchDatabase database, CancellationToken ct)
    {
        var told = Interlocked.Read(ref _number);
        var taken = await Sql.Scalar<long>(database, "select count(*) from bus.orders where tenant = 'demo'", ct);
        if (taken != told) throw new InvalidOperationException($"{told} events were published, but {taken} facts were sent.");
    }

    /// <summary>What a batch leaves behind: 100 remembered events, 100 facts and 25 contacts, in one round trip and commit.</summary>
    private sealed class RawRows
    {
        private readonly NpgsqlParameter<DateTime> _now = Raw.Time();
        private readonly NpgsqlParameter<string[]> _ids = Raw.Array<string>(NpgsqlDbType.Varchar);
        private readonly NpgsqlParameter<byte[][]> _seen = Raw.Array<byte[]>(NpgsqlDbType.Jsonb);
        private readonly NpgsqlParameter<Guid[]> _versions = Raw.Array<Guid>(NpgsqlDbType.Uuid);
        private readonly Queue _facts = new(Batch), _contacts = new(Batch / 4);
        private NpgsqlBatch? _batch;

        public static async Task<RawRows> On(NpgsqlConnection connection)
        {
            var rows = new RawRows();
            rows._batch = await Raw.Prepare(
                connection,
                Raw.Command(
                    """
                    insert into gateway.mt_doc_seenevent (tenant_id, id, data, mt_last_modified, mt_version, mt_dotnet_type)
                    select $1, d.id, d.data, $2, d.version, $3 from unnest($4::varchar[], $5::jsonb[], $6::uuid[]) as d(id, data, version)
                    """,
                    Raw.Text("raw"), rows._now, Raw.Text(typeof(SeenEvent).FullName!), rows._ids, rows._seen, rows._versions),
                rows._facts.Insert("bus.orders"), rows._contacts.Insert("bus.messaging"));
            return rows;
        }

        public async Task Insert(CancellationToken ct)
        {
            var now = TimeProvider.System.GetUtcNow();
            SeenEvent[] seen = [.. Enumerable.Range(0, Batch).Select(_ => new SeenEvent(Convert.ToBase64String(Random()), Convert.ToBase64String(Random())))];
            _now.TypedValue = now.UtcDateTime;
            _ids.TypedValue = [.. seen.Select(e => e.Id)];
            _seen.TypedValue = [.. seen.Select(Raw.Write)];
            _versions.TypedValue = [.. seen.Select(_ => Guid.NewGuid())];
            var reported = new Reported(now, now);
            _facts.Set(now, i => new ShipOrder(new OrderId($"{i}"), "Poste", "X1", new Uri("https://track.example/X1"), reported));
            _contacts.Set(now, i => new ContactSeen(new CustomerId($"c-{i}"), new Sealed(new string('x', 250)), true, "it", "Europe/Rome", reported));
            await _batch!.ExecuteNonQueryAsync(ct);
        }

        private static byte[] Random()
        {
            var bytes = new byte[32];
            System.Random.Shared.NextBytes(bytes);
            return bytes;
        }
    }

    private sealed class Queue(int count)
    {
        private readonly NpgsqlParameter<short[]> _slots = Raw.Array<short>(NpgsqlDbType.Smallint);
        private readonly NpgsqlParameter<string[]> _tenants = Raw.Array<string>(NpgsqlDbType.Varchar), _groups = Raw.Array<string>(NpgsqlDbType.Varchar);
        private readonly NpgsqlParameter<string[]> _types = Raw.Array<string>(NpgsqlDbType.Varchar);
        private readonly NpgsqlParameter<Guid[]> _ids = Raw.Array<Guid>(NpgsqlDbType.Uuid);
        private readonly NpgsqlParameter<byte[][]> _bodies = Raw.Array<byte[]>(NpgsqlDbType.Bytea);
        private readonly NpgsqlParameter<DateTime> _sent = Raw.Time();

        public NpgsqlBatchCommand Insert(string table) => Raw.Command(
            $"""
            insert into {table} (slot, tenant, group_id, message_id, message_type, body, sent_at)
            select slot, tenant, group_id, id, type, body, $7 from unnest($1::smallint[], $2::varchar[], $3::varchar[], $4::uuid[], $5::varchar[], $6::bytea[])
                as m(slot, tenant, group_id, id, type, body)
            """,
            _slots, _tenants, _groups, _ids, _types, _bodies, _sent);

        public void Set<T>(DateTimeOffset now, Func<int, T> message)
        {
            _sent.TypedValue = now.UtcDateTime;
            _slots.TypedValue = [.. Enumerable.Range(0, count).Select(i => (short)(i % 32))];
            _tenants.TypedValue = [.. Enumerable.Repeat("raw", count)];
            _groups.TypedValue = [.. Enumerable.Range(0, count).Select(i => $"order/{i}")];
            _types.TypedValue = [.. Enumerable.Repeat(typeof(T).FullName!, count)];
            _ids.TypedValue = [.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid())];
            _bodies.TypedValue = [.. Enumerable.Range(0, count).Select(i => Raw.Write(message(i)))];
        }
    }
}
