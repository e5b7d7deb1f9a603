using Npgsql;

namespace Engagement.Gateway.Outgoing;

/// <summary>Forgets webhooks that nothing has happened to for 30 days.</summary>
internal sealed class ForgetWebhooks(NpgsqlDataSource database, TimeProvider clock, ILogger<ForgetWebhooks> log)
    : EveryHour(database, clock, log, "Webhooks could not be forgotten")
{
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    protected override Task Look(DateTimeOffset now, CancellationToken ct) =>
        Forget("delete from gateway.mt_doc_webhookdelivery where mt_last_modified < $1", now - Remembered, ct);
}
