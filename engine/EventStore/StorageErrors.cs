using Npgsql;

namespace Engagement.EventStore;

/// <summary>Turns PostgreSQL's refusals into the store's own errors.</summary>
internal static class StorageErrors
{
    /// <summary>
    /// Whether a table has changed under a prepared statement. Every connection has such statements of its own: all are closed then, so that one refusal
    /// is enough.
    /// </summary>
    public static bool IsOutdatedPlan(PostgresException e) => e.Routine == "RevalidateCachedQuery";

    /// <summary>Null where the error is none of the store's own.</summary>
    /// <param name="e">What PostgreSQL said.</param>
    /// <param name="starts">Whether the save was to start a stream by name, rather than to append to one that was read as empty.</param>
    public static Exception? Translate(PostgresException e, bool starts) => e switch
    {
        { SqlState: "MT001" } => new InvalidStreamOperationException(e.MessageText, e),
        { SqlState: "MT409", TableName: not null } => new ConcurrencyException(e.MessageText, e),
        { SqlState: "MT409" } => new EventStreamUnexpectedMaxEventIdException(e.MessageText, e),
        { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pkey_mt_streams_tenant_id_id" } when starts =>
            new ExistingStreamIdCollisionException("A stream that was to start exists.", e),
        { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pkey_mt_streams_tenant_id_id" or "pk_mt_events_stream_and_version" } or
        { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: "fkey_mt_events_stream_id_tenant_id" } =>
            new EventStreamUnexpectedMaxEventIdException("The stream was not at the expected version.", e),
        { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: { } name } when name.StartsWith("pkey_mt_doc_", StringComparison.Ordinal) =>
            new DocumentAlreadyExistsException($"A document of {e.TableName} exists under this id.", e),
        _ => null,
    };
}
