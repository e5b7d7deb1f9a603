using Npgsql;

namespace Engagement.EventStore;

/// <summary>
/// Documents with counted versions that a batch of handlers works on: read together beforehand, written together before the next read.
/// A document that several handlers change is written once and its version moves on by one. Kept as JSON, so that a handler gets
/// just what it would have read. Not thread-safe.
/// </summary>
internal sealed class RevisionedDocuments
{
    private readonly Dictionary<(DocumentMapping Mapping, string Tenant, string Id), Kept> _kept = [];

    public bool HasChanges { get; private set; }

    /// <summary>What is stored; no data and version 0 where there is none.</summary>
    public void Read(DocumentMapping mapping, string tenant, string id, byte[]? data, int version) =>
        _kept[(mapping, tenant, id)] = new Kept { Data = data, Stored = version };

    /// <summary>The document as of now, and the version that it has in the table.</summary>
    public bool TryGet(DocumentMapping mapping, string tenant, string id, out byte[]? data, out int version)
    {
        var isKnown = _kept.TryGetValue((mapping, tenant, id), out var kept);
        (data, version) = isKnown ? (kept!.Data, kept.Stored) : (null, 0);
        return isKnown;
    }

    /// <param name="data">Null deletes it.</param>
    /// <param name="version">What it was read with.</param>
    public void Change(DocumentMapping mapping, string tenant, string id, byte[]? data, int version, DateTimeOffset now)
    {
        if (!_kept.TryGetValue((mapping, tenant, id), out var kept)) _kept[(mapping, tenant, id)] = kept = new Kept { Stored = version };
        if (kept.Stored != version) throw new ConcurrencyException($"The {mapping.Alias} {id} was read at version {version}, and is at {kept.Stored}.");
        (kept.Data, kept.ChangedAt) = (data, now);
        HasChanges = true;
    }

    /// <summary>Writes what changed; each command refuses the whole transaction when somebody else was there meanwhile.</summary>
    public IEnumerable<NpgsqlBatchCommand> TakeChanges()
    {
        if (!HasChanges) yield break;
        HasChanges = false;
        var changed = _kept.Where(k => k.Value.ChangedAt is not null && (k.Value.Stored > 0 || k.Value.Data is not null))
            .OrderBy(k => k.Key.Id, StringComparer.Ordinal)   // locked in one order by everybody
            .GroupBy(k => (k.Key.Mapping, k.Key.Tenant, k.Value.Kind))
            .OrderBy(g => g.Key.Mapping.Name, StringComparer.Ordinal).ThenBy(g => g.Key.Tenant, StringComparer.Ordinal).ThenBy(g => g.Key.Kind);
        foreach (var group in changed.ToArray())
        {
            var (mapping, tenant, kind) = group.Key;
            Kept[] all = [.. group.Select(k => k.Value)];
            string[] ids = [.. group.Select(k => k.Key.Id)];
            var now = all.Max(k => k.ChangedAt)!.Value;
            switch (kind)
            {
                case ChangeKind.Insert:
                    yield return mapping.Save(true, tenant, now, ids, [.. all.Select(k => k.Data!)], [.. all.Select(_ => 1)]);
                    break;
                case ChangeKind.Update:
                    yield return mapping.Update(tenant, now, ids, [.. all.Select(k => k.Data!)], [.. all.Select(k => k.Stored)]);
                    break;
                default:
                    for (var i = 0; i < ids.Length; i++) yield return mapping.Delete(tenant, ids[i], all[i].Stored);
                    break;
            }

            foreach (var kept in all) (kept.Stored, kept.ChangedAt) = (kept.Data is null ? 0 : kept.Stored + 1, null);
        }

        foreach (var kept in _kept.Values) kept.ChangedAt = null;   // begun and ended within the batch
    }

    private enum ChangeKind
    {
        Delete,
        Insert,
        Update,
    }

    private sealed class Kept
    {
        public byte[]? Data { get; set; }

        /// <summary>The version in the table as of the commands that were taken; 0 where there is no row.</summary>
        public int Stored { get; set; }

        public DateTimeOffset? ChangedAt { get; set; }

        public ChangeKind Kind => Data is null ? ChangeKind.Delete : Stored == 0 ? ChangeKind.Insert : ChangeKind.Update;
    }
}
