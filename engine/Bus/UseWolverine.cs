using System.Reflection;
using System.Runtime.CompilerServices;
using Engagement.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Engagement.Bus;

/// <summary>Adds the bus to a host.</summary>
public static class WolverineHostExtensions
{
    /// <summary>Adds the bus: <see cref="IMessageBus"/> per scope, and the workers of the service's queues.</summary>
    /// <remarks>Handlers are compiled when the host starts; a malformed one ends the start with a message that names it.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IHostApplicationBuilder UseWolverine(this IHostApplicationBuilder builder, Action<WolverineOptions> configure)
    {
        var options = new WolverineOptions { ServiceName = builder.Environment.ApplicationName, ApplicationAssembly = Assembly.GetCallingAssembly() };
        configure(options);
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(new StoreContribution(store => SagaGraph.Keep(options.ApplicationAssembly!, store)));
        services.AddSingleton(sp =>
        {
            options.TransportSchema = sp.GetService<MartenIntegration>()?.TransportSchemaName ?? options.TransportSchema;
            return HandlerGraph.Find(options.ApplicationAssembly!.GetExportedTypes(), services);
        });
        services.AddSingleton(sp => new Router(options, sp.GetRequiredService<HandlerGraph>(), sp.GetRequiredService<TimeProvider>()));
        services.AddSingleton(sp => new BusRuntime(
            options, sp, sp.GetRequiredService<DocumentStore>(), sp.GetRequiredService<HandlerGraph>(), sp.GetRequiredService<Router>(),
            sp.GetRequiredService<ILoggerFactory>()));
        services.AddHostedService(sp => sp.GetRequiredService<BusRuntime>());
        services.AddScoped<IMessageBus>(sp => new MessageContext(sp.GetRequiredService<BusRuntime>()));
        Held.HoldLogs(services);
        return builder;
    }
}

/// <summary>Where the bus keeps its tables in the store's database.</summary>
public sealed class MartenIntegration
{
    /// <summary>Kept for Wolverine's sake: the engine has no tables of its own in the service's schema.</summary>
    public string? MessageStorageSchemaName { get; set; }

    /// <summary>The schema of the queues; default <c>bus</c>.</summary>
    public string TransportSchemaName { get; set; } = "bus";
}

/// <summary>Joins the bus and the event store.</summary>
public static class WolverineMartenExtensions
{
    /// <summary>Lets handlers' events, documents and messages be one commit.</summary>
    public static MartenConfigurationExpression IntegrateWithWolverine(
        this MartenConfigurationExpression expression, Action<MartenIntegration>? configure = null)
    {
        var integration = new MartenIntegration();
        configure?.Invoke(integration);
        expression.Services.AddSingleton(integration);
        return expression;
    }
}
