using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>Registers delivery workers.</summary>
public static class DeliveriesRegistration
{
    /// <summary>
    /// Works off the deliveries of the channel's kind in <paramref name="schema"/>, on the registered <see cref="NpgsqlDataSource"/>:
    /// <c>builder.AddDeliveries&lt;SmtpChannel&gt;("messaging")</c>. The channel is a singleton.
    /// </summary>
    /// <param name="configure">Changes the defaults of <see cref="DeliveryWorkerOptions"/>.</param>
    public static IHostApplicationBuilder AddDeliveries<TChannel>(
        this IHostApplicationBuilder builder, string schema, Action<DeliveryWorkerOptions>? configure = null) where TChannel : class, IDeliveryChannel
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new DeliveryWorkerOptions();
        configure?.Invoke(options);
        builder.Services.AddRealTime();
        builder.Services.TryAddSingleton<DeliveryWaker>();
        builder.Services.TryAddSingleton<TChannel>();
        builder.Services.AddSingleton(services => new DeliveryWorker<TChannel>(
            services.GetRequiredService<TChannel>(), services.GetRequiredService<NpgsqlDataSource>(), schema, options,
            services.GetRequiredService<DeliveryWaker>(), services.GetRequiredService<RealTime>(),
            services.GetRequiredService<ILogger<DeliveryWorker<TChannel>>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<DeliveryWorker<TChannel>>());
        return builder;
    }
}
