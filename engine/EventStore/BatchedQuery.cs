using Npgsql;

namespace Engagement.EventStore;

/// <inheritdoc cref="IBatchedQuery"/>
internal sealed class BatchedQuery(StoreOptions options, string tenantId, Channel channel) : IBatchedQuery
{
    private readonly List<Item> _items = [];

    public Task<T?> Load<T>(string id) where T : class
    {
        var mapping = options.Document(typeof(T));
        return Add(mapping.Load(tenantId, id), async (reader, ct) => await reader.ReadAsync(ct) ? (T)mapping.Read(reader) : null);
    }

    public Task<IReadOnlyList<T>> Query<T>(string sql, params object[] parameters) where T : class
    {
        var mapping = options.Document(typeof(T));
        return Add(mapping.Query(tenantId, sql, parameters), mapping.ReadAllAsync<T>);
    }

    public async Task Execute(CancellationToken token = default)
    {
        if (_items.Count == 0) return;
        Item[] items = [.. _items];
        _items.Clear();
        try
        {
            await channel.ReadAsync([.. items.Select(item => item.Command)], async (reader, ct) =>
            {
                foreach (var item in items)
                {
                    await item.ReadAsync(reader, ct);
                    await reader.NextResultAsync(ct);
                }

                return true;
            }, token);
        }
        catch (Exception e)
        {
            foreach (var item in items) item.Fail(e);
            throw;
        }

        foreach (var item in items) item.Complete();
    }

    private Task<T> Add<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read)
    {
        var item = new Item<T>(command, read);
        _items.Add(item);
        return item.Answer;
    }

    private abstract class Item(NpgsqlBatchCommand command)
    {
        public NpgsqlBatchCommand Command { get; } = command;

        public abstract Task ReadAsync(NpgsqlDataReader reader, CancellationToken ct);

        public abstract void Complete();

        public abstract void Fail(Exception e);
    }

    /// <summary>What was read is told after the whole batch, which may be read anew.</summary>
    private sealed class Item<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, CancellationToken, Task<T>> read) : Item(command)
    {
        private readonly TaskCompletionSource<T> _answer = new();
        private T _read = default!;

        public Task<T> Answer => _answer.Task;

        public override async Task ReadAsync(NpgsqlDataReader reader, CancellationToken ct) => _read = await read(reader, ct);

        public override void Complete() => _answer.SetResult(_read);

        public override void Fail(Exception e)
        {
            _answer.SetException(e);
            _ = _answer.Task.Exception;   // it is thrown by the batch: nobody has to await each
        }
    }
}
