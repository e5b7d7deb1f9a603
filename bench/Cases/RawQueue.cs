using System.Diagnostics;
using Engagement.Bench.Harness;
using Engagement.Bench.Shop;
using Npgsql;
using NpgsqlTypes;

namespace Engagement.Bench.Cases;

/// <summary>What messages of a kind do to their documents.</summary>
/// <param name="Table">Where the documents are, in the store's schema.</param>
/// <param name="Revision">The version of a document that counts them; null where each write draws a new uuid.</param>
internal sealed record RawWork<TMessage, TDocument>(
    string Table, Func<TMessage> Next, Func<TMessage, string> KeyOf, Func<TDocument, string> IdOf, Func<TDocument?, TMessage, TDocument> Handle, Func<TDocument, int>? Revision);

/// <summary>
/// The same row work as the engine's queue by plain Npgsql: sixteen senders insert and commit one row each, four workers with
/// lanes of their own take up to fifty at once, read their documents and write them back with one statement each.
/// </summary>
internal sealed class RawQueue<TMessage, TDocument>
    where TDocument : class
{
    private const int Lanes = 32;
    private const int BatchSize = 50;
    private const int WorkerCount = 4;

    private readonly Func<Task>[] _senders;
    private readonly Worker[] _workers;

    private RawQueue(Func<Task>[] senders, Worker[] workers) => (_senders, _workers) = (senders, workers);

    public long Sent { get; private set; }

    public static async Task<RawQueue<TMessage, TDocument>> Open(RawConnections connections, string table, RawWork<TMessage, TDocument> work, CancellationToken ct)
    {
        var workers = new Worker[WorkerCount];
        for (var i = 0; i < workers.Length; i++) workers[i] = await Worker.On(await connections.Open(ct), table, work, i);
        var senders = await connections.ForEachWorker(async connection =>
        {
            var sender = await Sender.On(connection, table, work);
            return (Func<Task>)(async () => workers[await sender.Send(work.Next(), ct) % WorkerCount].Wake());
        }, ct);
        return new RawQueue<TMessage, TDocument>(senders, workers);
    }

    public async Task<Round> Round(TimeSpan time, CancellationToken ct)
    {
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var began = Stopwatch.GetTimestamp();
        using var allSent = new CancellationTokenSource();
        var working = Task.WhenAll(_workers.Select(worker => Task.Run(() => worker.Work(allSent.Token, ct), ct)));
        var sent = await Duel.Concurrently(_senders, time, ct);
        Sent += sent.Operations;
        await allSent.CancelAsync();
        var handled = (await working).Sum();
        if (handled != sent.Operations) throw new InvalidOperationException($"{sent.Operations} messages were sent, {handled} handled.");
        return new Round(sent.Operations, Stopwatch.GetElapsedTime(began), GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    private sealed class Sender(RawWork<TMessage, TDocument> work)
    {
        private readonly NpgsqlParameter<short> _lane = Raw.Short();
        private readonly NpgsqlParameter<string> _group = Raw.Text();
        private readonly NpgsqlParameter<Guid> _id = Raw.Uuid();
        private readonly NpgsqlParameter<byte[]> _body = Raw.Bytes();
        private readonly NpgsqlParameter<DateTime> _sentAt = Raw.Time();
        private NpgsqlBatch? _insert;

        public static async Task<Sender> On(NpgsqlConnection connection, string table, RawWork<TMessage, TDocument> work)
        {
            var sender = new Sender(work);
            sender._insert = await Raw.Prepare(connection, Raw.Command(
                $"""
                insert into {table} (slot, tenant, group_id, message_id, message_type, body, sent_at, correlation_id, parent_id)
                values ($1, $2, $3, $4, $5, $6, $7, null, null)
                """,
                sender._lane, Raw.Text(BenchHost.Tenant), sender._group, sender._id, Raw.Text(typeof(TMessage).FullName!), sender._body, sender._sentAt));
            return sender;
        }

        /// <summary>Gives the lane, once it is committed.</summary>
        public async Task<int> Send(TMessage message, CancellationToken ct)
        {
            var key = work.KeyOf(message);
            var lane = (int)((uint)key.GetHashCode(StringComparison.Ordinal) % Lanes);
            _lane.TypedValue = (short)lane;
            _group.TypedValue = key;
            _id.TypedValue = Guid.NewGuid();
            _body.TypedValue = Raw.Write(message);
            _sentAt.TypedValue = TimeProvider.System.GetUtcNow().UtcDateTime;
            await _insert!.ExecuteNonQueryAsync(ct);
            return lane;
        }
    }

    private sealed class Worker(RawWork<TMessage, TDocument> work) : IDisposable
    {
        private readonly SemaphoreSlim _wake = new(0, 1);
        private readonly NpgsqlParameter<short[]> _lanes = Raw.Array<short>(NpgsqlDbType.Smallint);
        private readonly NpgsqlParameter<string[]> _read = Raw.Array<string>(NpgsqlDbType.Varchar), _ids = Raw.Array<string>(NpgsqlDbType.Varchar);
        private readonly NpgsqlParameter<byte[][]> _data = Raw.Array<byte[]>(NpgsqlDbType.Jsonb);
        private readonly NpgsqlParameter<Guid[]> _versions = Raw.Array<Guid>(NpgsqlDbType.Uuid);
        private readonly NpgsqlParameter<int[]> _revisions = Raw.Array<int>(NpgsqlDbType.Integer);
        private readonly NpgsqlParameter<DateTime> _now = Raw.Time();
        private NpgsqlBatch? _claim, _select, _save, _rollback;
        private short[] _own = [];
        private int _turn;

        public static async Task<Worker> On(NpgsqlConnection connection, string table, RawWork<TMessage, TDocument> work, int number)
        {
            var worker = new Worker(work) { _own = [.. Enumerable.Range(0, Lanes).Where(lane => lane % WorkerCount == number).Select(lane => (short)lane)] };
            // As the engine does: prepared while the queue is all but empty, the claim would else read the whole table for good.
            await using (var byIndex = new NpgsqlCommand("set enable_seqscan = off", connection)) await byIndex.ExecuteNonQueryAsync();
            worker._claim = await Raw.Prepare(
                connection,
                new NpgsqlBatchCommand("begin"),
                Raw.Command(
                    $"""
                    delete from {table} q using (
                        select p.id from unnest($1) as l(lane) cross join lateral
                            (select o.id from {table} o where o.slot = l.lane and o.tenant = $2 order by o.id + 0 limit $3) p limit $3) picked
                    where q.id = picked.id returning q.id, q.body
                    """,
                    worker._lanes, Raw.Text(BenchHost.Tenant), Raw.Int(BatchSize)));
            worker._rollback = connection.CreateBatch();
            worker._rollback.BatchCommands.Add(new NpgsqlBatchCommand("rollback"));
            worker._select = await Raw.Prepare(connection, Raw.Command(
                $"""
                select d.data from unnest($2) as wanted(id)
                cross join lateral (select d.data from shop.{work.Table} d where d.tenant_id = $1 and d.id = wanted.id limit 1) d
                """, Raw.Text(BenchHost.Tenant), worker._read));
            worker._save = await Raw.Prepare(
                connection,
                Raw.Command(
                    $"""
                    insert into shop.{work.Table} (tenant_id, id, data, mt_last_modified, mt_version, mt_dotnet_type)
                    select $1, d.id, d.data, $2, d.version, $3 from unnest($4::varchar[], $5::jsonb[], $6::{(work.Revision is null ? "uuid" : "integer")}[]) as d(id, data, version)
                    on conflict on constraint pkey_{work.Table}_tenant_id_id do update set data = excluded.data, mt_last_modified = excluded.mt_last_modified,
                        mt_version = excluded.mt_version, mt_dotnet_type = excluded.mt_dotnet_type
                    {(work.Revision is null ? "" : $"where {work.Table}.mt_version < excluded.mt_version")}
                    """,
                    Raw.Text(BenchHost.Tenant), worker._now, Raw.Text(typeof(TDocument).FullName!), worker._ids, worker._data,
                    work.Revision is null ? worker._versions : worker._revisions),
                new NpgsqlBatchCommand("commit"));
            return worker;
        }

        public void Wake()
        {
            lock (_wake)
            {
                if (_wake.CurrentCount == 0) _wake.Release();
            }
        }

        /// <summary>Until nothing more comes and all is handled; gives how many it handled.</summary>
        public async Task<long> Work(CancellationToken allSent, CancellationToken ct)
        {
            for (long handled = 0; ;)
            {
                var last = allSent.IsCancellationRequested;   // asked before the look, so that nothing is missed
                var taken = await HandleBatch(ct);
                handled += taken;
                if (taken > 0) continue;
                if (last) return handled;
                await _wake.WaitAsync(allSent).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }

        public void Dispose() => _wake.Dispose();

        private async Task<int> HandleBatch(CancellationToken ct)
        {
            _turn = (_turn + 1) % _own.Length;   // each lane comes first in turn
            _lanes.TypedValue = [.. _own[_turn..], .. _own[.._turn]];
            var messages = new List<(long Id, TMessage Message)>(BatchSize);
            await using (var reader = await _claim!.ExecuteReaderAsync(ct))
            {
                while (await reader.ReadAsync(ct)) messages.Add((reader.GetInt64(0), Raw.Read<TMessage>(reader.GetFieldValue<byte[]>(1))));
            }

            if (messages.Count == 0)
            {
                await _rollback!.ExecuteNonQueryAsync(ct);
                return 0;
            }

            var documents = new SortedDictionary<string, TDocument>(StringComparer.Ordinal);
            _read.TypedValue = [.. messages.Select(m => work.KeyOf(m.Message)).Distinct()];
            await using (var reader = await _select!.ExecuteReaderAsync(ct))
            {
                while (await reader.ReadAsync(ct))
                {
                    var document = Raw.Read<TDocument>(reader.GetFieldValue<byte[]>(0));
                    documents[work.IdOf(document)] = document;
                }
            }

            foreach (var (_, message) in messages.OrderBy(m => m.Id))
            {
                var key = work.KeyOf(message);
                documents[key] = work.Handle(documents.GetValueOrDefault(key), message);
            }

            _now.TypedValue = TimeProvider.System.GetUtcNow().UtcDateTime;
            _ids.TypedValue = [.. documents.Keys];
            _data.TypedValue = [.. documents.Values.Select(Raw.Write)];
            if (work.Revision is { } revision) _revisions.TypedValue = [.. documents.Values.Select(revision)];
            else _versions.TypedValue = [.. documents.Keys.Select(_ => Guid.NewGuid())];
            var written = await _save!.ExecuteNonQueryAsync(ct);
            if (written != documents.Count) throw new InvalidOperationException($"{documents.Count} documents were to be written, {written} were.");
            return messages.Count;
        }
    }
}
