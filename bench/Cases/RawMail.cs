using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Npgsql;

namespace Engagement.Bench.Cases;

/// <summary>
/// The rows of a mail through plain Npgsql, a commit for each step that the service commits, and the bytes of a mail that the service wrote,
/// announced in one go. What it reads it doesn't open, and it composes nothing.
/// </summary>
internal sealed class RawMail
{
    private const string Tenant = "raw";

    /// <summary>All parameters of a name have one value, whatever step they are of.</summary>
    private readonly List<NpgsqlParameter<string>> _streams = [];
    private readonly List<NpgsqlParameter<DateTime>> _nows = [];
    private readonly List<NpgsqlParameter<Guid>> _ids = [];
    private readonly NpgsqlParameter<string> _customer = Raw.Text();
    private readonly NpgsqlParameter<Guid> _owner = Raw.Uuid(), _asking = Raw.Uuid();
    private readonly RawSmtp _smtp;
    private NpgsqlBatch _ask = null!, _release = null!, _claim = null!, _read = null!, _hold = null!, _record = null!;

    private RawMail(RawSmtp smtp) => _smtp = smtp;

    /// <param name="written">What the service left behind of one message, to be written again.</param>
    public static async Task<RawMail> On(NpgsqlConnection connection, RawSmtp smtp, WrittenMessage written)
    {
        var mail = new RawMail(smtp);
        NpgsqlParameter Stream() => Added(mail._streams, Raw.Text());
        NpgsqlParameter Now() => Added(mail._nows, Raw.Time());
        NpgsqlParameter Id() => Added(mail._ids, Raw.Uuid());
        NpgsqlBatchCommand Queue(string table, QueuedRow row) => Raw.Command(
            $"""
            insert into bus.{table} (slot, tenant, group_id, message_id, message_type, body, sent_at, correlation_id, parent_id)
            values ($1, $2, $3, $4, $5, $6, $7, null, null)
            """,
            Raw.Short(1), Raw.Text(Tenant), Stream(), Id(), Raw.Text(row.Type), Bytes(row.Body), Now());
        NpgsqlBatchCommand Event(int version)
        {
            var row = written.Events[version - 1];
            return Raw.Command(
                """
                insert into messaging.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type)
                values (nextval('messaging.mt_events_sequence'), $1, $2, $3, $4, $5, $6, $7, $8)
                """,
                Id(), Stream(), Raw.Long(version), Json(row.Data), Raw.Text(row.Type), Now(), Raw.Text(Tenant), Raw.Text(row.DotnetType));
        }

        NpgsqlBatchCommand Snapshot(int version) => Raw.Command(
            """
            insert into messaging.mt_doc_message (tenant_id, id, data, mt_last_modified, mt_version, mt_dotnet_type) values ($1, $2, $3, $4, $5, $6)
            on conflict on constraint pkey_mt_doc_message_tenant_id_id do update set data = excluded.data, mt_last_modified = excluded.mt_last_modified,
                mt_version = excluded.mt_version, mt_dotnet_type = excluded.mt_dotnet_type
            """,
            Raw.Text(Tenant), Stream(), Json(written.Snapshot), Now(), Raw.Int(version), Raw.Text(typeof(Messaging.Message).FullName!));

        // The queue that asks is one that the service doesn't listen to.
        mail._ask = await Raw.Prepare(connection, Queue("support", written.Asked));
        mail._release = await Raw.Prepare(
            connection,
            Raw.Command("select version from messaging.mt_streams where tenant_id = $1 and id = $2", Raw.Text(Tenant), Stream()),
            Raw.Command(
                "insert into messaging.mt_streams (tenant_id, id, type, version, timestamp, created) values ($1, $2, 'message', 2, $3, $4)",
                Raw.Text(Tenant), Stream(), Now(), Now()),
            Event(1), Event(2), Snapshot(2),
            Raw.Command(
                "insert into messaging.deliveries (tenant, id, kind, payload, due_at, created_at) values ($1, $2, 'raw', $3, $4, $5) on conflict do nothing",
                Raw.Text(Tenant), Stream(), Json("{}"), Now(), Now()),
            Raw.Command("delete from bus.support where id = currval(pg_get_serial_sequence('bus.support', 'id'))"));
        mail._claim = await Raw.Prepare(connection, Raw.Command(
            """
            update messaging.deliveries set owner = $3, lease_until = $4, attempt = attempt + 1 where tenant = $1 and id = $2
            returning tenant, id, payload::text, traceparent, attempt, last_error, created_at
            """,
            Raw.Text(Tenant), Stream(), mail._owner, Now()));
        mail._read = await Raw.Prepare(
            connection,
            Raw.Command("select data from messaging.mt_doc_message where tenant_id = $1 and id = $2", Raw.Text(Tenant), Stream()),
            Raw.Command("select data from messaging.mt_doc_contact where tenant_id = $1 and id = $2", Raw.Text(BenchHost.Tenant), mail._customer),
            Raw.Command("select data from messaging.mt_doc_shopsettings where tenant_id = $1 and id = 'settings'", Raw.Text(Tenant)),
            Raw.Command("select data from messaging.mt_doc_shoptemplate where tenant_id = $1 and id = 'template/thank-you/it'", Raw.Text(Tenant)));
        mail._hold = await Raw.Prepare(connection, Raw.Command(
            "select 1 from messaging.deliveries where tenant = $1 and id = $2 and owner = $3 and attempt = 1 and lease_until >= $4",
            Raw.Text(Tenant), Stream(), mail._asking, Now()));
        mail._record = await Raw.Prepare(
            connection,
            Raw.Command(
                "update messaging.mt_streams set version = 3, timestamp = $3 where tenant_id = $1 and id = $2 and version = 2",
                Raw.Text(Tenant), Stream(), Now()),
            Event(3), Snapshot(3),
            Raw.Command("delete from messaging.deliveries where tenant = $1 and id = $2", Raw.Text(Tenant), Stream()),
            Queue("gateway", written.Told));
        return mail;
    }

    public async Task Send(long number, CancellationToken ct)
    {
        var (stream, now) = (string.Create(CultureInfo.InvariantCulture, $"message/thank-you/order-{number}"), TimeProvider.System.GetUtcNow());
        foreach (var parameter in _streams) parameter.TypedValue = stream;
        foreach (var parameter in _nows) parameter.TypedValue = now.UtcDateTime;
        foreach (var parameter in _ids) parameter.TypedValue = Guid.CreateVersion7(now);
        _customer.TypedValue = MessagingHost.Customer(number);
        _owner.TypedValue = _asking.TypedValue = Guid.NewGuid();
        foreach (var step in new[] { _ask, _release, _claim, _read }) await step.ExecuteNonQueryAsync(ct);
        await _smtp.Send(() => _hold.ExecuteNonQueryAsync(ct), ct);
        if (await _record.ExecuteNonQueryAsync(ct) < 5) throw new InvalidOperationException($"{stream} was not recorded.");
    }

    private static NpgsqlParameter<T> Added<T>(List<NpgsqlParameter<T>> list, NpgsqlParameter<T> parameter)
    {
        list.Add(parameter);
        return parameter;
    }

    private static NpgsqlParameter<byte[]> Bytes(byte[] value)
    {
        var parameter = Raw.Bytes();
        parameter.TypedValue = value;
        return parameter;
    }

    private static NpgsqlParameter<byte[]> Json(string value)
    {
        var parameter = Raw.Jsonb();
        parameter.TypedValue = System.Text.Encoding.UTF8.GetBytes(value);
        return parameter;
    }
}

internal sealed record QueuedRow(string Type, byte[] Body);

internal sealed record EventRow(string Data, string Type, string DotnetType);

/// <summary>What the service left of a message that was sent: its events, its snapshot, what it was asked and what it told.</summary>
internal sealed record WrittenMessage(IReadOnlyList<EventRow> Events, string Snapshot, QueuedRow Asked, QueuedRow Told)
{
    public static async Task<WrittenMessage> Read(BenchDatabase database, string stream, QueuedRow asked, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(ct);
        var events = new List<EventRow>();
        await using (var select = new NpgsqlCommand("select data::text, type, mt_dotnet_type from messaging.mt_events where stream_id = $1 order by version", connection) { Parameters = { new() { Value = stream } } })
        await using (var reader = await select.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct)) events.Add(new EventRow(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        }

        var snapshot = await Sql.Scalar<string>(database, $"select data::text from messaging.mt_doc_message where id = '{stream}'", ct);
        var type = await Sql.Scalar<string>(database, "select message_type from bus.gateway order by id limit 1", ct);
        return new(events, snapshot, asked, new(type, await Sql.Scalar<byte[]>(database, "select body from bus.gateway order by id limit 1", ct)));
    }
}

/// <summary>Connections to an SMTP server, for one mail at a time each; every mail has the same bytes.</summary>
internal sealed class RawSmtp : IDisposable
{
    private static readonly byte[] Announcement = "MAIL FROM:<ciao@demo.example>\r\nRCPT TO:<giulia.0@posta.example>\r\nDATA\r\n"u8.ToArray();
    private static readonly byte[] Dot = ".\r\n"u8.ToArray();

    private readonly ConcurrentBag<Socket> _free = [];
    private readonly SemaphoreSlim _slots;
    private readonly ReadOnlyMemory<byte> _content;

    private RawSmtp(ReadOnlyMemory<byte> content, int connections) => (_content, _slots) = (content, new SemaphoreSlim(connections));

    /// <param name="sent">A mail as a sink took it, with its final dot.</param>
    public static async Task<RawSmtp> Open(int port, byte[] sent, int connections, CancellationToken ct)
    {
        var smtp = new RawSmtp(sent.AsMemory(0, sent.Length - Dot.Length), connections);
        for (var i = 0; i < connections; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port, ct);
            await Answers(socket, new byte[512], 1, ct);
            await socket.SendAsync("EHLO bench\r\n"u8.ToArray(), ct);
            await Answers(socket, new byte[512], 3, ct);
            smtp._free.Add(socket);
        }

        return smtp;
    }

    public async Task Send(Func<Task> beforeTheDot, CancellationToken ct)
    {
        await _slots.WaitAsync(ct);
        if (!_free.TryTake(out var socket)) throw new InvalidOperationException("There are as many connections as slots.");
        var answers = new byte[512];
        await socket.SendAsync(Announcement, ct);
        await Answers(socket, answers, 3, ct);
        await socket.SendAsync(_content, ct);
        await beforeTheDot();
        await socket.SendAsync(Dot, ct);
        await Answers(socket, answers, 1, ct);
        _free.Add(socket);
        _slots.Release();
    }

    public void Dispose()
    {
        foreach (var socket in _free) socket.Dispose();
        _slots.Dispose();
    }

    private static async Task Answers(Socket socket, byte[] buffer, int lines, CancellationToken ct)
    {
        while (lines > 0)
        {
            var read = await socket.ReceiveAsync(buffer, ct);
            if (read == 0) throw new InvalidOperationException("The sink hung up.");
            lines -= buffer.AsSpan(0, read).Count((byte)'\n');
        }
    }
}
