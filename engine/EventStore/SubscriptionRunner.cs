using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.EventStore;

/// <summary>Runs the store's subscriptions, each in a loop of its own; of several processes one at a time works a page.</summary>
internal sealed class SubscriptionDaemon(DocumentStore store, ILogger<SubscriptionDaemon> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(store.Options.Projections.Subscriptions.Select(s => new SubscriptionRunner(store, s, log).RunAsync(stoppingToken)));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var subscription in store.Options.Projections.Subscriptions) await subscription.DisposeAsync();
    }
}

internal sealed class SubscriptionRunner : ISubscriptionController
{
    private const int PageSize = 500;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AtGap = TimeSpan.FromMilliseconds(20);
    private static readonly Meter Meter = new("Engagement.EventStore");
    private static readonly Histogram<double> Stall = Meter.CreateHistogram<double>(
        "engagement.subscription.stall", "s", "How long a subscription waited for a number that was drawn and not committed.");

    private readonly DocumentStore _store;
    private readonly ISubscription _subscription;
    private readonly ILogger _log;
    private readonly GaplessReader _reader = new();
    private readonly string _takePosition;
    private readonly string _savePosition;
    private readonly string _page;
    private long _stalledSince;

    public SubscriptionRunner(DocumentStore store, ISubscription subscription, ILogger log)
    {
        (_store, _subscription, _log) = (store, subscription, log);
        Name = $"{subscription.GetType().Name}:All";
        var schema = store.Options.DatabaseSchemaName;
        _takePosition =
            $"""
            select coalesce((select last_seq_id from {schema}.mt_event_progression where name = $1), 0)
            where pg_try_advisory_xact_lock(hashtextextended('{schema}.' || $1, 0))
            """;
        _savePosition =
            $"""
            insert into {schema}.mt_event_progression (name, last_seq_id, last_updated) values ($1, $2, $3)
            on conflict (name) do update set last_seq_id = excluded.last_seq_id, last_updated = excluded.last_updated
            """;
        _page = store.Sql.Page;
    }

    public string Name { get; }

    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var wait = Poll;
            var appended = _store.Appended;
            try
            {
                var read = await PageAsync(ct);
                wait = read == PageSize ? TimeSpan.Zero : _reader.IsWaiting ? AtGap : Poll;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The page is undone whole and comes again: a subscription must not pass over an event.
                _log.LogError(e, "The subscription {Name} could not work its page; it is tried again.", Name);
            }

            if (wait > TimeSpan.Zero) await Task.WhenAny(appended, Task.Delay(wait, TimeProvider.System, ct));
        }
    }

    /// <summary>Reads and works one page in one transaction; gives how many events were there.</summary>
    private async Task<int> PageAsync(CancellationToken ct)
    {
        await using var connection = await _store.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var channel = new SharedChannel(_store.DataSource, connection);
        var position = await channel.ReadAsync(PgCommand.Of(_takePosition, PgCommand.Text(Name)),
            async (reader, token) => await reader.ReadAsync(token) ? reader.GetInt64(0) : (long?)null, ct);
        if (position is not { } from) return 0;   // another process works it

        var (numbers, events, xmin, xmax) = await channel.ReadAsync(PgCommand.Of(_page, PgCommand.Long(from), PgCommand.Int(PageSize)), ReadPage, ct);
        var readable = _reader.Readable(from, numbers, xmin, xmax);
        MeasureStall();
        if (readable == 0) return 0;

        // Archived streams take part in nothing, but their numbers count.
        var page = events.Take(readable).OfType<IEvent>().ToArray();
        await using var session = _store.Session("*DEFAULT*", channel);
        var listener = page.Length == 0
            ? NullChangeListener.Instance
            : await _subscription.ProcessEventsAsync(new EventRange(from, numbers[readable - 1], page), this, session, ct);
        await session.SaveChangesAsync(ct);
        channel.Enqueue(PgCommand.Of(_savePosition, PgCommand.Text(Name), PgCommand.Long(numbers[readable - 1]), PgCommand.Time(_store.Clock.GetUtcNow())));
        await channel.FlushAsync(ct);
        await transaction.CommitAsync(ct);
        await listener.AfterCommitAsync(ct);
        return numbers.Count;
    }

    private async Task<(List<long> Numbers, List<IEvent?> Events, long Xmin, long Xmax)> ReadPage(NpgsqlDataReader reader, CancellationToken ct)
    {
        (List<long> Numbers, List<IEvent?> Events, long Xmin, long Xmax) page = ([], [], 0, 0);
        using var rows = _store.Rows(reader);
        var after = EventSql.FirstMetadata + _store.Sql.Metadata.Length;
        while (await reader.ReadAsync(ct))
        {
            page.Numbers.Add(rows.Sequence);
            page.Events.Add(rows.IsArchived ? null : rows.Event(rows.Data(), reader.GetString(after), reader.GetString(after + 1)));
            (page.Xmin, page.Xmax) = (reader.GetInt64(after + 2), reader.GetInt64(after + 3));
        }

        return page;
    }

    private void MeasureStall()
    {
        if (_reader.IsWaiting)
        {
            if (_stalledSince == 0) _stalledSince = Stopwatch.GetTimestamp();
        }
        else if (_stalledSince != 0)
        {
            Stall.Record(Stopwatch.GetElapsedTime(_stalledSince).TotalSeconds, new KeyValuePair<string, object?>("subscription", Name));
            _stalledSince = 0;
        }
    }
}
