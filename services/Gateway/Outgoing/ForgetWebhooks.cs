using Npgsql;

namespace Engagement.Gateway.Outgoing;

/// <summary>Forgets, hour by hour, webhooks that nothing has happened to for 30 days.</summary>
internal sealed class ForgetWebhooks(NpgsqlDataSource database, TimeProvider clock, ILogger<ForgetWebhooks> log) : BackgroundService
{
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(Pause, clock, stoppingToken);
            try
            {
                await using var forget = database.CreateCommand("delete from gateway.mt_doc_webhookdelivery where mt_last_modified < $1");
                forget.Parameters.Add(new() { Value = (clock.GetUtcNow() - Remembered).UtcDateTime });
                await forget.ExecuteNonQueryAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "Webhooks could not be forgotten; it is tried again in an hour.");
            }
        }
    }
}
