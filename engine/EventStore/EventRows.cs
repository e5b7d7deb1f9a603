using System.Buffers;
using System.Text;
using Npgsql;

namespace Engagement.EventStore;

/// <summary>
/// The events of one answer, row by row, in the columns of <see cref="EventSql"/>. The name of an event's type is not decoded but compared, its JSON
/// is read where it lies, and the rest only where it is asked for. Not thread-safe.
/// </summary>
internal sealed class EventRows(EventMappings mappings, EventSql sql, NpgsqlDataReader reader) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private StoredShape? _shape;

    public long Version => reader.GetInt64(EventSql.Version);

    public bool IsArchived => reader.GetBoolean(EventSql.IsArchived);

    public long Sequence => reader.GetInt64(EventSql.Sequence);

    /// <summary>What happened, in its current shape.</summary>
    public object Data()
    {
        var alias = Bytes(EventSql.Type);
        if (_shape is null || !alias.SequenceEqual(_shape.Alias)) _shape = mappings.Find(alias) ?? New(Encoding.UTF8.GetString(alias));
        return _shape.Read(Bytes(EventSql.Data)[1..]);   // on the wire, jsonb is its version and then text
    }

    /// <summary>The row's event around what <see cref="Data"/> has just read.</summary>
    public IStoredEvent Event(object data, string tenant, string key)
    {
        var e = _shape!.Current.Wrap(data);
        e.Version = Version;
        e.IsArchived = IsArchived;
        e.Sequence = Sequence;
        e.Id = reader.GetGuid(EventSql.Id);
        e.Timestamp = reader.GetFieldValue<DateTimeOffset>(EventSql.Timestamp);
        for (var i = 0; i < sql.Metadata.Length; i++)
        {
            if (!reader.IsDBNull(EventSql.FirstMetadata + i)) sql.Metadata[i].Read(e, reader, EventSql.FirstMetadata + i);
        }

        e.TenantId = tenant;
        e.StreamKey = key;
        return e;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private StoredShape New(string alias) => mappings.Stored(alias, reader.IsDBNull(EventSql.DotNetType) ? null : reader.GetString(EventSql.DotNetType));

    /// <summary>A value as it lies in the answer; good until the next call.</summary>
    private ReadOnlySpan<byte> Bytes(int column)
    {
        var length = (int)reader.GetBytes(column, 0, null, 0, 0);
        if (length > _buffer.Length)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(length);
        }

        reader.GetBytes(column, 0, _buffer, 0, length);
        return _buffer.AsSpan(0, length);
    }
}
