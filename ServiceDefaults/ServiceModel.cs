using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>What a service keeps and handles: the one description that it starts from and that <c>tools/Migrate</c> makes tables from.</summary>
/// <param name="Name">The service's name, which is also its schema, its role and its queue.</param>
/// <param name="Streams">Its snapshots and documents.</param>
/// <param name="Routes">What it sends to other services.</param>
public sealed record ServiceModel(string Name, Action<StoreOptions> Streams, Action<WolverineOptions> Routes)
{
    /// <summary>Whether it delivers to the outside and so has a table of deliveries.</summary>
    public bool HasDeliveries { get; init; }

    /// <summary>Where its handlers and sagas are.</summary>
    public Assembly Assembly => Routes.Method.Module.Assembly;

    /// <summary>Applies the model to a store, with what all services have in common.</summary>
    public void Configure(StoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.DatabaseSchemaName = Name;
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.TenancyStyle = TenancyStyle.Conjoined;
        options.Policies.AllDocumentsAreMultiTenanted();
        options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.Default, StoredJson.Configure);
        Streams(options);
    }

    /// <summary>Applies the model to a bus, with what all services have in common.</summary>
    public void Configure(WolverineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Stack.Use(options);
        options.ServiceName = Name;
        options.ApplicationAssembly = Assembly;
        options.UseSystemTextJsonForSerialization(StoredJson.Configure);
        options.Policies.AutoApplyTransactions();
        options.Policies.UseDurableLocalQueues();
        options.Policies.UseDurableInboxOnAllListeners();
        options.Policies.UseDurableOutboxOnAllSendingEndpoints();
        options.OnException<ConcurrencyException>().RetryWithCooldown(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1));
        options.OnException<DocumentAlreadyExistsException>().RetryTimes(3);
        options.OnException<Exception>().ScheduleRetry(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)).Then.MoveToErrorQueue();
        options.ListenToPostgresqlQueue(Name);
        Routes(options);
    }
}

/// <summary>Adds a service's streams and bus.</summary>
public static class EventSourcing
{
    /// <summary>The connection string of the services' database.</summary>
    public const string ConnectionName = "engagement";

    /// <summary>A process that froze, or whose machine is gone, keeps its place in the queues no longer than this, however the server is set.</summary>
    private const string NoticesTheDead =
        "-c idle_in_transaction_session_timeout=60s -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3";

    /// <summary>Event store and bus on <c>ConnectionStrings:engagement</c>, as the model says. Call it after <c>AddDomainClock</c>: the clock starts first.</summary>
    /// <exception cref="InvalidOperationException">The connection string is missing.</exception>
    public static TBuilder AddEventSourcing<TBuilder>(this TBuilder builder, ServiceModel model) where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(model);
        builder.Services.AddSingleton(services => Database(services.GetRequiredService<IConfiguration>(), model.Name));
        builder.Services.AddMarten(model.Configure)
            .UseLightweightSessions()
            .UseNpgsqlDataSource()
            .ApplyAllDatabaseChangesOnStartup()
            .IntegrateWithWolverine(integration =>
            {
                integration.MessageStorageSchemaName = model.Name;
                integration.TransportSchemaName = "bus";
            });
        builder.UseWolverine(model.Configure);
        return builder;
    }

    private static NpgsqlDataSource Database(IConfiguration configuration, string service)
    {
        var connection = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString(ConnectionName)
            ?? throw new InvalidOperationException($"The connection string '{ConnectionName}' is missing."))
        {
            ApplicationName = service,
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,   // nothing is left on a connection that a reset would clear
        };
        connection.Options = $"{connection.Options} {NoticesTheDead}".TrimStart();
        return NpgsqlDataSource.Create(connection);
    }
}
