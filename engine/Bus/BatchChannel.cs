using Engagement.EventStore;
using Npgsql;

namespace Engagement.Bus;

/// <summary>The transaction of a batch, which may keep what its handlers send until all have run. Not thread-safe.</summary>
internal sealed class BatchChannel(NpgsqlDataSource dataSource, NpgsqlConnection connection) : SharedChannel(dataSource, connection)
{
    private List<Envelope>? _outgoing;

    /// <summary>From here on messages wait for <see cref="TakeOutgoing"/>.</summary>
    public void CollectOutgoing() => _outgoing = [];

    /// <summary>Whether these messages are sent with the others of the batch, after those that came before.</summary>
    public bool TrySendLater(IReadOnlyList<Envelope> envelopes)
    {
        _outgoing?.AddRange(envelopes);
        return _outgoing is not null;
    }

    public IReadOnlyList<Envelope> TakeOutgoing()
    {
        var outgoing = _outgoing ?? [];
        _outgoing = null;
        return outgoing;
    }

    public override void Discard()
    {
        base.Discard();
        _outgoing = null;
    }
}
