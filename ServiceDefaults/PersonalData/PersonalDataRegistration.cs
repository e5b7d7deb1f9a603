using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>Registers <see cref="Vault"/>, <see cref="CustomerIds"/> and <see cref="SecretBox"/>.</summary>
public static class PersonalDataRegistration
{
    /// <summary>The connection string of the keys' database, and the key of its <see cref="NpgsqlDataSource"/> in the container.</summary>
    public const string ConnectionName = "engagement-keys";

    /// <summary>Adds the vault on <c>ConnectionStrings:engagement-keys</c> with the master key <c>Keys:Master</c>.</summary>
    /// <exception cref="InvalidOperationException">At the first use: one of the two settings is missing.</exception>
    public static TBuilder AddPersonalData<TBuilder>(this TBuilder builder, Action<VaultOptions>? configure = null) where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddRealTime();
        builder.Services.Configure(configure ?? (_ => { }));
        builder.Services.AddSingleton(services => MasterKey.From(services.GetRequiredService<IConfiguration>()));
        builder.Services.AddSingleton<CustomerIds>().AddSingleton<SecretBox>();
        builder.Services.AddKeyedSingleton(ConnectionName, (services, _) => NpgsqlDataSource.Create(
            services.GetRequiredService<IConfiguration>().GetConnectionString(ConnectionName)
            ?? throw new InvalidOperationException($"The connection string '{ConnectionName}' is missing.")));
        builder.Services.AddSingleton(services => new Vault(
            services.GetRequiredKeyedService<NpgsqlDataSource>(ConnectionName),
            services.GetRequiredService<MasterKey>(),
            services.GetRequiredService<RealTime>(),
            services.GetRequiredService<IOptions<VaultOptions>>().Value));
        return builder;
    }
}
