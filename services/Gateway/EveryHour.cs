using Npgsql;

namespace Engagement.Gateway;

/// <summary>What is looked after hour by hour, on the domain's clock; what fails is logged and tried again in an hour.</summary>
/// <param name="failure">What the log says then.</param>
internal abstract class EveryHour(NpgsqlDataSource database, TimeProvider clock, ILogger log, string failure) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    protected NpgsqlDataSource Database { get; } = database;

    protected ILogger Log { get; } = log;

    protected abstract Task Look(DateTimeOffset now, CancellationToken ct);

    /// <param name="delete">What to delete; <c>$1</c> is the time before which it was changed last.</param>
    protected async Task Forget(string delete, DateTimeOffset before, CancellationToken ct)
    {
        await using var forget = Database.CreateCommand(delete);
        forget.Parameters.Add(new() { Value = before.UtcDateTime });
        await forget.ExecuteNonQueryAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(Pause, clock, stoppingToken);
            try
            {
                await Look(clock.GetUtcNow(), stoppingToken);
            }
            catch (NpgsqlException e)
            {
                Log.LogWarning(e, "{Failure}; it is tried again in an hour.", failure);
            }
        }
    }
}
