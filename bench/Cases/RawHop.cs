using System.Diagnostics;
using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Npgsql;

namespace Engagement.Bench.Cases;

/// <summary>One connection records an event and tells; another listens, takes the message and writes what it leads to.</summary>
internal sealed class RawHop : IAsyncDisposable
{
    private readonly NpgsqlParameter<string> _streamKey = Raw.Text(), _eventKey = Raw.Text();
    private readonly NpgsqlParameter<DateTime> _streamNow = Raw.Time(), _eventNow = Raw.Time(), _sentAt = Raw.Time(), _doneAt = Raw.Time();
    private readonly NpgsqlParameter<Guid> _eventId = Raw.Uuid(), _messageId = Raw.Uuid(), _version = Raw.Uuid();
    private readonly NpgsqlParameter<byte[]> _event = Raw.Jsonb(), _message = Raw.Bytes(), _tally = Raw.Jsonb();
    private readonly NpgsqlParameter<string> _tallyKey = Raw.Text();
    private readonly CancellationTokenSource _stop = new();
    private NpgsqlBatch? _record, _take, _save;
    private Task _listening = Task.CompletedTask;
    private TaskCompletionSource<long> _handled = new();

    public static async Task<RawHop> Open(RawConnections connections, CancellationToken ct)
    {
        var hop = new RawHop();
        hop._record = await Raw.Prepare(
            await connections.Open(ct),
            Raw.Command(
                "insert into shop.mt_streams (tenant_id, id, type, version, timestamp, created) values ($1, $2, $3, $4, $5, $5)",
                Raw.Text(BenchHost.Tenant), hop._streamKey, Raw.Text("order"), Raw.Long(1), hop._streamNow),
            Raw.Command(
                """
                insert into shop.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type)
                values (nextval('shop.mt_events_sequence'), $1, $2, $3, $4, $5, $6, $7, $8)
                """,
                hop._eventId, hop._eventKey, Raw.Long(1), hop._event, Raw.Text("order_placed"), hop._eventNow, Raw.Text(BenchHost.Tenant),
                Raw.Text($"{typeof(OrderPlaced).FullName}, {typeof(OrderPlaced).Assembly.GetName().Name}")),
            Raw.Command(
                "insert into bus.raw (slot, tenant, message_id, message_type, body, sent_at) values (0, $1, $2, $3, $4, $5)",
                Raw.Text(BenchHost.Tenant), hop._messageId, Raw.Text(typeof(OrderTaken).FullName!), hop._message, hop._sentAt),
            Raw.Command("select pg_notify('raw_hop', '')"));

        var receiver = await connections.Open(ct);
        hop._take = await Raw.Prepare(
            receiver,
            new NpgsqlBatchCommand("begin"),
            Raw.Command("delete from bus.raw where id in (select id from bus.raw where slot = 0 and tenant = $1 order by id limit 50) returning body", Raw.Text(BenchHost.Tenant)));
        hop._save = await Raw.Prepare(
            receiver,
            Raw.Command(
                """
                insert into shop.mt_doc_tally (tenant_id, id, data, mt_last_modified, mt_version, mt_dotnet_type) values ($1, $2, $3, $4, $5, $6)
                on conflict on constraint pkey_mt_doc_tally_tenant_id_id do update set data = excluded.data, mt_last_modified = excluded.mt_last_modified,
                    mt_version = excluded.mt_version, mt_dotnet_type = excluded.mt_dotnet_type
                """,
                Raw.Text(BenchHost.Tenant), hop._tallyKey, hop._tally, hop._doneAt, hop._version, Raw.Text(typeof(Tally).FullName!)),
            new NpgsqlBatchCommand("commit"));

        var listener = await connections.Open(ct);
        await using (var listen = new NpgsqlCommand("listen raw_hop", listener)) await listen.ExecuteNonQueryAsync(ct);
        hop._listening = Task.Run(() => hop.Listen(listener), ct);
        return hop;
    }

    public async Task<TimeSpan> Hop(string key, CancellationToken ct)
    {
        _handled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = Stopwatch.GetTimestamp();
        var now = TimeProvider.System.GetUtcNow();
        _streamKey.TypedValue = _eventKey.TypedValue = key;
        _streamNow.TypedValue = _eventNow.TypedValue = _sentAt.TypedValue = now.UtcDateTime;
        _eventId.TypedValue = Guid.CreateVersion7(now);
        _messageId.TypedValue = Guid.NewGuid();
        _event.TypedValue = Raw.Write(Sample.Placed(now));
        _message.TypedValue = Raw.Write(new OrderTaken(key));
        await _record!.ExecuteNonQueryAsync(ct);
        return Stopwatch.GetElapsedTime(began, await _handled.Task.WaitAsync(TimeSpan.FromSeconds(10), ct));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        _stop.Dispose();
    }

    private async Task Listen(NpgsqlConnection listener)
    {
        try
        {
            while (true)
            {
                await listener.WaitAsync(_stop.Token);
                await Handle();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Measured.
        }
        catch (NpgsqlException e)
        {
            _handled.TrySetException(e);
        }
    }

    private async Task Handle()
    {
        OrderTaken? taken = null;
        await using (var reader = await _take!.ExecuteReaderAsync())
        {
            if (await reader.ReadAsync()) taken = Raw.Read<OrderTaken>(reader.GetFieldValue<byte[]>(0));
        }

        _tallyKey.TypedValue = taken!.Order;
        _tally.TypedValue = Raw.Write(new Tally(taken.Order, 1, "Taken"));
        _doneAt.TypedValue = TimeProvider.System.GetUtcNow().UtcDateTime;
        _version.TypedValue = Guid.NewGuid();
        await _save!.ExecuteNonQueryAsync();
        _handled.TrySetResult(Stopwatch.GetTimestamp());
    }
}
