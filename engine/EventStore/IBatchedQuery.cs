namespace Engagement.EventStore;

/// <summary>Reads that travel together. Each task ends with <see cref="Execute"/> and not before it. Not thread-safe.</summary>
public interface IBatchedQuery
{
    /// <inheritdoc cref="IQuerySession.LoadAsync{T}"/>
    Task<T?> Load<T>(string id) where T : class;

    /// <inheritdoc cref="IQuerySession.QueryAsync{T}(string, object[])"/>
    Task<IReadOnlyList<T>> Query<T>(string sql, params object[] parameters) where T : class;

    /// <summary>Asks for all that was collected, in one round trip; none where nothing was. What fails is thrown here and from each task alike.</summary>
    Task Execute(CancellationToken token = default);
}
