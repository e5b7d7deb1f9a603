using Npgsql;

namespace Engagement.EventStore;

/// <inheritdoc cref="IDocumentSession"/>
internal sealed class DocumentSession(DocumentStore store, string tenantId, Channel channel) : IDocumentSession, IEventStoreOperations
{
    private const int MostBlindAttempts = 50;

    private readonly Dictionary<string, StreamAction> _streams = [];
    private readonly Dictionary<(DocumentMapping Mapping, string Id), (DocumentChange Change, object? Document, int Revision)> _documents = [];
    private readonly List<NpgsqlBatchCommand> _sql = [];
    private readonly List<Func<DateTimeOffset, NpgsqlBatchCommand?>> _revisioned = [];
    private bool _sqlMayReturnRows;
    private Dictionary<string, object>? _headers;

    private enum DocumentChange
    {
        Store,
        Insert,
        Delete,
        Revise,
        TryRevise,
    }

    public string TenantId { get; } = tenantId;

    public string? CausationId { get; set; }

    public string? CorrelationId { get; set; }

    public string? LastModifiedBy { get; set; }

    public IEventStoreOperations Events => this;

    IQueryEventStore IQuerySession.Events => this;

    /// <summary>What else goes into the same commit.</summary>
    internal IOutbox? Outbox { get; set; }

    private EventMappings Mappings => store.Options.Events.Mappings;

    public Task<T?> LoadAsync<T>(string id, CancellationToken token = default) where T : class
    {
        var mapping = Mapping<T>();
        return channel.ReadAsync(mapping.Load(TenantId, id),
            async (reader, ct) => await reader.ReadAsync(ct) ? (T)mapping.Read(reader) : null, token);
    }

    public Task<IReadOnlyList<T>> LoadManyAsync<T>(params string[] ids) where T : class => LoadManyAsync<T>(CancellationToken.None, ids);

    public Task<IReadOnlyList<T>> LoadManyAsync<T>(CancellationToken token, params string[] ids) where T : class =>
        ReadAll<T>(Mapping<T>().LoadMany(TenantId, ids), token);

    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, params object[] parameters) where T : class =>
        QueryAsync<T>(sql, CancellationToken.None, parameters);

    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, CancellationToken token, params object[] parameters) where T : class =>
        ReadAll<T>(Mapping<T>().Query(TenantId, sql, parameters), token);

    public IBatchedQuery CreateBatchQuery() => new BatchedQuery(store.Options, TenantId, channel);

    public void Store<T>(params T[] entities) where T : class => Change(DocumentChange.Store, entities);

    public void Insert<T>(params T[] entities) where T : class => Change(DocumentChange.Insert, entities);

    public void UpdateRevision<T>(T entity, long revision) where T : class => Revise(DocumentChange.Revise, entity, revision);

    public void TryUpdateRevision<T>(T entity, long revision) where T : class => Revise(DocumentChange.TryRevise, entity, revision);

    public void Delete<T>(string id) where T : class => _documents[(Mapping<T>(), id)] = (DocumentChange.Delete, null, 0);

    public void Delete<T>(T entity) where T : class => Delete<T>(Mapping<T>().Id(entity));

    public void QueueSqlCommand(string sql, params object[] parameterValues)
    {
        _sql.Add(UserSql.Command(sql, parameterValues));
        _sqlMayReturnRows |= UserSql.MayReturnRows(sql);
    }

    public void SetHeader(string key, object value) => (_headers ??= [])[key] = value;

    public object? GetHeader(string key) => _headers?.GetValueOrDefault(key);

    public StreamAction StartStream<T>(string streamKey, params object[] events) where T : class => Start(streamKey, typeof(T), events);

    public StreamAction StartStream(string streamKey, params object[] events) => Start(streamKey, null, events);

    public StreamAction Append(string stream, params object[] events)
    {
        var action = Action(stream);
        action.Add(events);
        return action;
    }

    public StreamAction Append(string stream, long expectedVersion, params object[] events)
    {
        var action = Append(stream, events);
        action.StartingVersion = expectedVersion - action.Events.Count;
        return action;
    }

    public void ArchiveStream(string streamKey) => Action(streamKey).Archives = true;

    public async Task<IEventStream<T>> FetchForWriting<T>(string key, CancellationToken cancellation = default) where T : class
    {
        var (version, aggregate) = await Read<T>(key, cancellation);
        // Fetched before: what was appended then stays, and the version that was read first is the one that counts.
        if (!_streams.TryGetValue(key, out var action)) _streams[key] = action = new StreamAction(Mappings, key, typeof(T), version);
        if (action.Events.Count == 0) action.Reread();
        if (action.StartingVersion is null || action.StartingVersion == version) action.Read(version, typeof(T), aggregate);
        action.AggregateType ??= typeof(T);
        action.IsBlind = false;
        return new EventStream<T>(action, version, aggregate);
    }

    public async Task<IEventStream<T>> FetchForWriting<T>(string key, long expectedVersion, CancellationToken cancellation = default) where T : class
    {
        var stream = await FetchForWriting<T>(key, cancellation);
        return stream.StartingVersion == expectedVersion
            ? stream
            : throw new EventStreamUnexpectedMaxEventIdException($"Stream {key} is at version {stream.StartingVersion}, not {expectedVersion}.");
    }

    public async ValueTask<T?> FetchLatest<T>(string key, CancellationToken cancellation = default) where T : class =>
        store.Options.Projections.IsSnapshot(typeof(T)) ? await LoadAsync<T>(key, cancellation) : await AggregateStreamAsync<T>(key, token: cancellation);

    public async Task<T?> AggregateStreamAsync<T>(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, T? state = null, long fromVersion = 0, CancellationToken token = default)
        where T : class
    {
        var fold = AggregateFold.For<T>();
        return await channel.ReadAsync(Fetch(streamKey, fromVersion, version, timestamp), async (reader, ct) =>
        {
            using var rows = store.Rows(reader);
            var aggregate = state;
            while (await reader.ReadAsync(ct))
            {
                if (!rows.IsArchived) aggregate = fold.Apply(aggregate, rows, TenantId, streamKey);
            }

            return aggregate;
        }, token);
    }

    public Task<IReadOnlyList<IEvent>> FetchStreamAsync(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, long fromVersion = 0, CancellationToken token = default) =>
        channel.ReadAsync(Fetch(streamKey, fromVersion, version, timestamp), async (reader, ct) =>
        {
            using var rows = store.Rows(reader);
            var events = new List<IEvent>();
            while (await reader.ReadAsync(ct))
            {
                if (!rows.IsArchived) events.Add(rows.Event(rows.Data(), TenantId, streamKey));
            }

            return (IReadOnlyList<IEvent>)events;
        }, token);

    public Task<StreamState?> FetchStreamStateAsync(string streamKey, CancellationToken token = default) =>
        channel.ReadAsync(store.Sql.State(TenantId, streamKey), async (reader, ct) => await reader.ReadAsync(ct)
            ? new StreamState
            {
                Key = streamKey,
                Version = reader.GetInt64(0),
                LastTimestamp = reader.GetFieldValue<DateTimeOffset>(1),
                Created = reader.GetFieldValue<DateTimeOffset>(2),
                IsArchived = reader.GetBoolean(3),
                AggregateType = reader.IsDBNull(4) ? null : store.Options.Projections.Snapshots.FirstOrDefault(t => StreamType(t) == reader.GetString(4)),
            }
            : null, token);

    /// <summary>A document with a counted version, and that version; null and 0 where there is none.</summary>
    internal Task<(object? Document, int Version)> LoadRevisioned(Type type, string id, CancellationToken token)
    {
        var mapping = store.Options.Document(type);
        if (Together is { } together && together.TryGet(mapping, TenantId, id, out var data, out var version))
            return Task.FromResult(data is null ? (null, 0) : ((object?)mapping.Read(data), version));
        return channel.ReadAsync(mapping.LoadRevisioned(TenantId, id), async (reader, ct) => await reader.ReadAsync(ct)
            ? (mapping.Read(reader, 0), reader.GetInt32(1))
            : ((object?)null, 0), token);
    }

    /// <summary>Reads documents for all sessions of a shared transaction at once, and keeps their changes together from here on.</summary>
    internal static async Task ReadTogether(
        DocumentStore store, SharedChannel channel, IEnumerable<(Type Type, string Tenant, string Id)> wanted, CancellationToken ct)
    {
        var documents = channel.Documents = new RevisionedDocuments();
        foreach (var group in wanted.Distinct().GroupBy(w => (w.Type, w.Tenant)))
        {
            var mapping = store.Options.Document(group.Key.Type);
            string[] ids = [.. group.Select(w => w.Id)];
            foreach (var id in ids) documents.Read(mapping, group.Key.Tenant, id, null, 0);
            await channel.ReadByIndexAsync(mapping.LoadMany(group.Key.Tenant, ids), async (reader, token) =>
            {
                while (await reader.ReadAsync(token))
                    documents.Read(mapping, group.Key.Tenant, reader.GetString(2), reader.GetFieldValue<byte[]>(0), reader.GetInt32(1));
                return true;
            }, ct);
        }
    }

    /// <summary>Stores a new document, which then has version 1.</summary>
    internal void InsertRevisioned(object document, string id)
    {
        var mapping = store.Options.Document(document.GetType());
        _revisioned.Add(now =>
        {
            var data = mapping.Write(document);
            return ChangeTogether(mapping, id, data, 0, now) ? null : mapping.Save(true, TenantId, now, [id], [data], [1]);
        });
    }

    /// <param name="document">Replaces the one that was loaded.</param>
    /// <param name="id">Its id.</param>
    /// <param name="version">What it was loaded with; it then has the next.</param>
    internal void UpdateRevisioned(object document, string id, int version)
    {
        var mapping = store.Options.Document(document.GetType());
        _revisioned.Add(now =>
        {
            var data = mapping.Write(document);
            return ChangeTogether(mapping, id, data, version, now) ? null : mapping.Update(TenantId, now, id, data, version);
        });
    }

    internal void DeleteRevisioned(Type type, string id, int version)
    {
        var mapping = store.Options.Document(type);
        _revisioned.Add(now => ChangeTogether(mapping, id, null, version, now) ? null : mapping.Delete(TenantId, id, version));
    }

    public async Task SaveChangesAsync(CancellationToken token = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            foreach (var stream in _streams.Values) await ReadWhatIsMissing(stream, token);
            var commands = Commands();
            if (commands.Count == 0) break;
            try
            {
                await channel.WriteAsync(commands, _sqlMayReturnRows, token);
                break;
            }
            catch (PostgresException e) when (StorageErrors.Translate(e, _streams.Values.Any(s => s.IsStart)) is { } translated)
            {
                // Appends that expect no version go after whoever was first.
                var written = _streams.Values.Where(s => s.Events.Count > 0).ToArray();
                var isBlind = !channel.IsShared && translated is EventStreamUnexpectedMaxEventIdException && written.All(s => s.IsBlind);
                if (!isBlind || attempt == MostBlindAttempts) throw translated;
                foreach (var stream in written) stream.Reread();
            }
        }

        if (_streams.Count > 0) store.SayAppended();
        Outbox?.Saved();
        foreach (var (change, document, revision) in _documents.Values)
        {
            if (change == DocumentChange.Revise && document is IRevisioned revisioned) revisioned.Version = revision;
        }

        Forget();
    }

    public void Dispose() => Forget();

    public ValueTask DisposeAsync()
    {
        Forget();
        return ValueTask.CompletedTask;
    }

    private void Forget()
    {
        foreach (var stream in _streams.Values) stream.Saved();
        _streams.Clear();
        _documents.Clear();
        _sql.Clear();
        _revisioned.Clear();
        _sqlMayReturnRows = false;
    }

    private RevisionedDocuments? Together => (channel as SharedChannel)?.Documents;

    private bool ChangeTogether(DocumentMapping mapping, string id, byte[]? data, int version, DateTimeOffset now)
    {
        Together?.Change(mapping, TenantId, id, data, version, now);
        return Together is not null;
    }

    private DocumentMapping Mapping<T>() where T : class => store.Options.Document(typeof(T));

    private Task<IReadOnlyList<T>> ReadAll<T>(NpgsqlBatchCommand command, CancellationToken token) where T : class =>
        channel.ReadAsync(command, Mapping<T>().ReadAllAsync<T>, token);

    private void Change<T>(DocumentChange change, T[] entities) where T : class
    {
        var mapping = Mapping<T>();
        foreach (var entity in entities) _documents[(mapping, mapping.Id(entity))] = (change, entity, 0);
    }

    private void Revise<T>(DocumentChange change, T entity, long revision) where T : class
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(revision);
        var mapping = Mapping<T>();
        if (!mapping.IsRevisioned)
            throw new InvalidOperationException($"{typeof(T).FullName} counts no revisions: call Schema.For<{typeof(T).Name}>().UseNumericRevisions(true).");
        _documents[(mapping, mapping.Id(entity))] = (change, entity, checked((int)revision));
    }

    private StreamAction Start(string key, Type? aggregate, object[] events)
    {
        if (events.Length == 0) throw new ArgumentException($"Stream {key} can't start without an event.", nameof(events));
        if (_streams.ContainsKey(key)) throw new ExistingStreamIdCollisionException($"Stream {key} is already in this session.");
        var action = new StreamAction(Mappings, key, aggregate, 0) { IsStart = true };
        action.Add(events);
        return _streams[key] = action;
    }

    private StreamAction Action(string key) =>
        _streams.TryGetValue(key, out var known) ? known : _streams[key] = new StreamAction(Mappings, key, null, null);

    private NpgsqlBatchCommand Fetch(string key, long from, long to, DateTimeOffset? until) =>
        store.Sql.Fetch(TenantId, key, from, to == 0 ? long.MaxValue : to, until);

    private async Task<(long Version, T? Aggregate)> Read<T>(string key, CancellationToken token) where T : class
    {
        if (store.Options.Projections.IsSnapshot(typeof(T)))
        {
            var (version, snapshot, isCurrent) = await ReadSnapshot(key, Mapping<T>(), locked: false, token);
            if (isCurrent) return (version, (T?)snapshot);
        }

        var fold = AggregateFold.For<T>();
        return await channel.ReadAsync(Fetch(key, 0, 0, null), async (reader, ct) =>
        {
            using var rows = store.Rows(reader);
            (long Version, T? Aggregate) read = (0, null);
            while (await reader.ReadAsync(ct)) read = (rows.Version, rows.IsArchived ? null : fold.Apply(read.Aggregate, rows, TenantId, key));
            return read;
        }, token);
    }

    /// <summary>A snapshot that lags behind its stream, or misses, is not current: the events decide.</summary>
    private Task<(long Version, object? Snapshot, bool IsCurrent)> ReadSnapshot(string key, DocumentMapping mapping, bool locked, CancellationToken token) =>
        channel.ReadAsync(mapping.StateAndSnapshot(TenantId, key, locked), async (reader, ct) =>
        {
            if (!await reader.ReadAsync(ct)) return (0L, (object?)null, true);
            var version = reader.GetInt64(0);
            return reader.IsDBNull(1) || reader.GetInt32(2) != version
                ? (version, null, false)
                : (version, mapping.Read(reader, 1), true);
        }, token);

    /// <summary>Appends without a read need the stream's version all the same, and the aggregates that snapshots are kept of.</summary>
    private async Task ReadWhatIsMissing(StreamAction stream, CancellationToken token)
    {
        if (stream.Events.Count == 0) return;
        stream.IsBlind |= stream.StartingVersion is null;
        foreach (var type in SnapshotsOf(stream))
        {
            if (stream.Knows(type, out _)) continue;
            var isLocked = stream.IsBlind && channel.IsShared;
            var (version, snapshot, isCurrent) = await ReadSnapshot(stream.Key, store.Options.Document(type), isLocked, token);
            if (stream.StartingVersion is { } expected && expected != version)
                throw new EventStreamUnexpectedMaxEventIdException($"Stream {stream.Key} is at version {version}, not {expected}.");
            if (!isCurrent)
            {
                foreach (var e in await FetchStreamAsync(stream.Key, version, token: token)) snapshot = AggregateFold.For(type).Apply(snapshot, e);
            }

            stream.Read(version, type, snapshot);
        }

        stream.StartingVersion ??= await channel.ReadAsync(store.Sql.State(TenantId, stream.Key, locked: channel.IsShared),
            async (reader, ct) => await reader.ReadAsync(ct) ? reader.GetInt64(0) : 0, token);
    }

    /// <summary>The snapshots that the pending events change.</summary>
    private List<Type> SnapshotsOf(StreamAction stream)
    {
        var changed = new List<Type>(1);
        foreach (var type in store.Options.Projections.Snapshots)
        {
            var fold = AggregateFold.For(type);
            if (type == stream.AggregateType || stream.Pending.Any(e => fold.Handles(e.Data.GetType()))) changed.Add(type);
        }

        return changed;
    }

    private List<NpgsqlBatchCommand> Commands()
    {
        var commands = new List<NpgsqlBatchCommand>(8);
        var now = store.Clock.GetUtcNow();
        var snapshots = new List<(DocumentMapping Mapping, string Id, byte[] Data, int Version)>();

        // Streams are locked in the order of their keys, so that two saves can't wait for each other.
        foreach (var stream in _streams.Values.Where(s => s.Events.Count > 0 || s.Archives).OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            if (stream.Events.Count > 0) Append(stream, now, commands, snapshots);
            if (stream.Archives) commands.AddRange(store.Sql.Archive(TenantId, stream.Key));
        }

        foreach (var snapshot in snapshots)
            commands.Add(snapshot.Mapping.Save(false, TenantId, now, [snapshot.Id], [snapshot.Data], [snapshot.Version]));
        foreach (var group in _documents.GroupBy(d => (d.Key.Mapping, d.Value.Change)).OrderBy(g => g.Key.Mapping.Name, StringComparer.Ordinal))
        {
            var (mapping, change) = group.Key;
            var changed = group.OrderBy(d => d.Key.Id, StringComparer.Ordinal).ToArray();
            string[] ids = [.. changed.Select(d => d.Key.Id)];
            byte[] Data(int i) => mapping.Write(changed[i].Value.Document!);
            if (change == DocumentChange.Delete) commands.Add(mapping.Delete(TenantId, ids));
            else if (change is DocumentChange.Store or DocumentChange.Insert)
                commands.Add(mapping.Save(change == DocumentChange.Insert, TenantId, now, ids, [.. ids.Select((_, i) => Data(i))], null));
            else
            {
                var isTry = change == DocumentChange.TryRevise;
                commands.AddRange(ids.Select((id, i) => mapping.Revise(isTry, TenantId, now, id, Data(i), changed[i].Value.Revision)));
            }
        }

        foreach (var write in _revisioned)
        {
            if (write(now) is { } command) commands.Add(command);
        }

        commands.AddRange(_sql);
        if (Outbox is { } outbox) commands.AddRange(outbox.Commands());
        return commands;
    }

    private void Append(StreamAction stream, DateTimeOffset now, List<NpgsqlBatchCommand> commands, List<(DocumentMapping, string, byte[], int)> snapshots)
    {
        var from = stream.StartingVersion!.Value;
        var version = from;
        var data = new byte[stream.Pending.Count][];
        for (var i = 0; i < stream.Pending.Count; i++)
        {
            var e = stream.Pending[i];
            e.Id = Guid.CreateVersion7(now);
            e.Version = ++version;
            e.StreamKey = stream.Key;
            e.TenantId = TenantId;
            e.Timestamp = now;
            if (store.Sql.Metadata.Length > 0) Mark(e);
            data[i] = e.Mapping.Write(e.Data);
        }

        var changed = SnapshotsOf(stream);
        commands.Add(from == 0
            ? store.Sql.Start(TenantId, stream.Key, StreamType(stream.AggregateType ?? changed.FirstOrDefault()), version, now)
            : store.Sql.Move(TenantId, stream.Key, from, version, now));
        commands.Add(store.Sql.Append(TenantId, stream.Key, stream.Pending, data, now));
        foreach (var type in changed)
        {
            stream.Knows(type, out var aggregate);
            var fold = AggregateFold.For(type);
            foreach (var e in stream.Pending) aggregate = fold.Apply(aggregate, e);
            if (aggregate is null) continue;
            var mapping = store.Options.Document(type);
            snapshots.Add((mapping, stream.Key, mapping.Write(aggregate), checked((int)version)));
        }
    }

    /// <summary>Gives an event the session's metadata, where it has none of its own.</summary>
    private void Mark(IStoredEvent e)
    {
        e.CorrelationId ??= CorrelationId;
        e.CausationId ??= CausationId;
        e.UserName ??= LastModifiedBy;
        if (_headers is null) return;
        foreach (var (key, value) in _headers) e.SetHeader(key, value);
    }

    private static string? StreamType(Type? aggregate) => aggregate?.Name.ToLowerInvariant();
}

/// <summary>Commands of somebody else that belong to a session's save.</summary>
internal interface IOutbox
{
    IEnumerable<NpgsqlBatchCommand> Commands();

    /// <summary>They were written with the rest.</summary>
    void Saved();
}
