using Engagement.Bench.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.Bench.Shop;

/// <summary>A service on the engine: the store alone, or with a bus and a queue of the service's name.</summary>
internal sealed class BenchHost : IAsyncDisposable
{
    public const string Tenant = "demo";

    /// <summary>The schema of the store's tables.</summary>
    public const string Schema = "shop";

    private readonly IHost _host;

    private BenchHost(IHost host) => _host = host;

    public IDocumentStore Store => _host.Services.GetRequiredService<IDocumentStore>();

    public Arrivals Arrivals => _host.Services.GetRequiredService<Arrivals>();

    /// <summary>The event store alone, as most of its users configure it.</summary>
    public static Task<BenchHost> OpenStore(BenchDatabase database, bool snapshots) => Start(Build(database, snapshots));

    /// <summary>A service that listens to the queue of its name.</summary>
    public static Task<BenchHost> OpenService(BenchDatabase database, string name, Action<WolverineOptions>? configure = null)
    {
        var builder = Build(database, snapshots: false);
        builder.UseWolverine(options =>
        {
            options.ServiceName = name;
            options.MessagePartitioning.ByMessage<AddToTally>(m => m.Key).ByMessage<CountSale>(m => m.CounterId);
            configure?.Invoke(options);
        });
        return Start(builder);
    }

    public async Task Invoke(object message)
    {
        await using var scope = _host.Services.CreateAsyncScope();
        await Bus(scope).InvokeAsync(message);
    }

    /// <summary>A bus that one worker may use for long.</summary>
    public IMessageBus OpenBus() => Bus(_host.Services.CreateAsyncScope());   // ends with the host

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable host) await host.DisposeAsync();
        else _host.Dispose();
    }

    private static IMessageBus Bus(AsyncServiceScope scope)
    {
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        bus.TenantId = Tenant;
        return bus;
    }

    private static HostApplicationBuilder Build(BenchDatabase database, bool snapshots)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "bench" });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Arrivals>();
        builder.Services.AddMarten(options =>
            {
                options.Connection(database.ConnectionString);
                options.DatabaseSchemaName = Schema;
                options.Events.AddEventType<OrderPlaced>();
                options.Events.AddEventType<OrderPaid>();
                options.Events.AddEventType<ParcelSeen>();
                options.Schema.For<Tally>();
                if (snapshots) options.Projections.Snapshot<Order>(SnapshotLifecycle.Inline);
            })
            .ApplyAllDatabaseChangesOnStartup()
            .IntegrateWithWolverine();
        return builder;
    }

    private static async Task<BenchHost> Start(HostApplicationBuilder builder)
    {
        var host = builder.Build();
        await host.StartAsync();
        return new BenchHost(host);
    }
}
