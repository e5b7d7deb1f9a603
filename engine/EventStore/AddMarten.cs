using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Engagement.EventStore;

/// <summary>Registers the event store.</summary>
public static class MartenServiceCollectionExtensions
{
    /// <summary>Registers <see cref="IDocumentStore"/>. Sessions are opened for a tenant; handlers get theirs as a parameter.</summary>
    public static MartenConfigurationExpression AddMarten(this IServiceCollection services, Action<StoreOptions> configure)
    {
        var options = new StoreOptions();
        configure(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(sp =>
        {
            foreach (var contribution in sp.GetServices<StoreContribution>()) contribution.Configure(options);
            return options;
        });
        services.AddSingleton(sp =>
            new DocumentStore(sp.GetRequiredService<StoreOptions>(), sp.GetService<NpgsqlDataSource>(), sp.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IDocumentStore>(sp => sp.GetRequiredService<DocumentStore>());
        return new MartenConfigurationExpression(services, options);
    }
}

/// <summary>What else can be said of a registered store.</summary>
public sealed class MartenConfigurationExpression
{
    internal MartenConfigurationExpression(IServiceCollection services, StoreOptions options) => (Services, Options) = (services, options);

    /// <summary>Where the store is registered.</summary>
    public IServiceCollection Services { get; }

    internal StoreOptions Options { get; }

    /// <summary>Kept for Marten's sake: the engine's sessions never track identity.</summary>
    public MartenConfigurationExpression UseLightweightSessions() => this;

    /// <summary>Connects through the registered <see cref="NpgsqlDataSource"/>.</summary>
    public MartenConfigurationExpression UseNpgsqlDataSource() => this;

    /// <summary>Runs the store's subscriptions in this process, unless <see cref="DaemonMode.Disabled"/>.</summary>
    public MartenConfigurationExpression AddAsyncDaemon(DaemonMode mode)
    {
        if (mode != DaemonMode.Disabled) Services.AddHostedService<SubscriptionDaemon>();
        return this;
    }

    /// <summary>
    /// Looks at start-up whether every table and index is there and makes those that miss. A role that may not make them gets a clear error
    /// that names <c>tools/Migrate</c>.
    /// </summary>
    public MartenConfigurationExpression ApplyAllDatabaseChangesOnStartup()
    {
        Services.AddSingleton<IHostedService, SchemaOnStartup>();
        return this;
    }
}

internal sealed class SchemaOnStartup(DocumentStore store) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Schema.EnsureAsync(
        store.DataSource, store.Options.DatabaseSchemaName, EventSchema.Parts(store.Options), () => EventSchema.Script(store.Options), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Makes what is missing, by one process at a time.</summary>
internal static class Schema
{
    private const long Lock = 0x656e676167656d65;   // "engageme"

    private const string Missing =
        """
        select count(*) from unnest($1::text[]) part, regexp_match(part, '^(\w+)(?:\.(\w+)(?: (\w+))?)?(\(\))?$') p
        where case
            when p[4] is not null then to_regproc($2 || '.' || p[1]) is null
            when p[2] is null then to_regclass($2 || '.' || p[1]) is null
            else not exists (
                select from pg_attribute where attrelid = to_regclass($2 || '.' || p[1]) and attname = p[2] and not attisdropped
                    and (p[3] is null or atttypid = to_regtype(p[3])))
            end
        """;

    /// <param name="dataSource">Where.</param>
    /// <param name="schema">In which schema.</param>
    /// <param name="parts">What has to be there: <c>relation</c>, <c>function()</c>, <c>table.column</c> or <c>table.column type</c>.</param>
    /// <param name="script">Makes whatever is missing; runs again without harm.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">Something is missing that this role may not make.</exception>
    public static async Task EnsureAsync(NpgsqlDataSource dataSource, string schema, IEnumerable<string> parts, Func<string> script, CancellationToken ct)
    {
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        await using var missing = new NpgsqlCommand(Missing, connection) { Parameters = { new() { Value = parts.ToArray() }, new() { Value = schema } } };
        try
        {
            if (await missing.ExecuteScalarAsync(ct) is not 0L) await ApplyAsync(connection, script(), ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new InvalidOperationException(
                $"The schema '{schema}' lacks tables or indexes that this service needs, and its role may not make them: run tools/Migrate first.", e);
        }
    }

    /// <summary>Runs a script that can run again, in one transaction, one process at a time.</summary>
    public static async Task ApplyAsync(NpgsqlConnection connection, string script, CancellationToken ct)
    {
        // The lock comes before the transaction: one that waited for it inside would not see what was made meanwhile.
        await Execute("select pg_advisory_lock($1)");
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await using (var command = new NpgsqlCommand(script, connection)) await command.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
        }
        finally
        {
            if (connection.FullState.HasFlag(System.Data.ConnectionState.Open)) await Execute("select pg_advisory_unlock($1)");
        }

        async Task Execute(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = Lock } } };
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }
}
