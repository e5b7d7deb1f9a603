using Npgsql;

namespace Engagement.Gateway.Intake;

/// <summary>Forgets events that were seen over 30 days ago; the owners' streams still absorb repeats.</summary>
internal sealed class ForgetSeenEvents(NpgsqlDataSource database, TimeProvider clock, ILogger<ForgetSeenEvents> log)
    : EveryHour(database, clock, log, "Seen events could not be forgotten")
{
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    protected override Task Look(DateTimeOffset now, CancellationToken ct) =>
        Forget("delete from gateway.mt_doc_seenevent where mt_last_modified < $1", now - Remembered, ct);
}
