using Engagement.ServiceDefaults;
using Npgsql;

namespace Engagement.Gateway.Intake;

/// <summary>Forgets, hour by hour, events that were seen over 30 days ago; the owners' streams still absorb repeats.</summary>
internal sealed class ForgetSeenEvents(NpgsqlDataSource database, TimeProvider clock, ILogger<ForgetSeenEvents> log) : BackgroundService
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
                await using var forget = database.CreateCommand("delete from gateway.mt_doc_seenevent where mt_last_modified < $1");
                forget.Parameters.Add(new() { Value = (clock.GetUtcNow() - Remembered).UtcDateTime });
                await forget.ExecuteNonQueryAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                log.LogWarning(e, "Seen events could not be forgotten; it is tried again in an hour.");
            }
        }
    }
}
