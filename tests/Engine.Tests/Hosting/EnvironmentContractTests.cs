using Engagement.Hosting;

namespace Engagement.Engine.Tests.Hosting;

public sealed class EnvironmentContractTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_service_is_told_what_Aspire_would_tell_it()
    {
        await using var app = new SampleApplication("--isolated");
        app.Configuration["ConnectionStrings:postgres"] = fixture.Server.ConnectionString;
        app.Configuration["DOTNET_ENVIRONMENT"] = "Development";
        app.Configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://localhost:18889";
        app.Configuration["AppHost:OtlpApiKey"] = "otlp-key";
        app.Configuration["Parameters:master-key"] = "the master's";
        var postgres = app.Builder.AddPostgres("postgres").WithDataVolume();
        var keys = postgres.AddDatabase("shop-keys", "shop_keys");
        var messaging = app.AddService("messaging");
        var orders = app.AddService("orders")
            .WithReference(keys)
            .WithReference(messaging)
            .WithEnvironment("Keys__Master", app.Builder.AddParameter("master-key", secret: true))
            .WithEnvironment("Links__Base", messaging.GetEndpoint("http"));
        var migrate = app.AddService("migrate").WithReference(postgres);

        await app.StartAsync();
        await app.HealthyAsync("orders");
        await app.HealthyAsync("migrate");

        var port = fixture.Server.Port;
        var password = DatabaseRoles.Password("p@ss", "orders");
        var told = await ToldAsync(orders);
        told["OTEL_RESOURCE_ATTRIBUTES"].ShouldMatch("^service.instance.id=[0-9a-f]{8}$");
        told.Remove("OTEL_RESOURCE_ATTRIBUTES");
        told.ShouldBe(new SortedDictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = orders.GetEndpoint("http").Url,
            ["ConnectionStrings__shop-keys"] = $"Host=127.0.0.1;Port={port};Username=orders;Password={password};Database=shop_keys",
            ["Engagement__Home"] = app.Home,
            ["Keys__Master"] = "the master's",
            ["LOGGING__CONSOLE__FORMATTERNAME"] = "simple",
            ["Links__Base"] = messaging.GetEndpoint("http").Url,
            ["MESSAGING_HTTP"] = messaging.GetEndpoint("http").Url,
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "1000",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "1000",
            ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:18889",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-otlp-api-key=otlp-key",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc",
            ["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000",
            ["OTEL_SERVICE_NAME"] = "orders",
            ["OTEL_TRACES_SAMPLER"] = "always_on",
            ["SAMPLE"] = "service",
            ["SHOP_KEYS_DATABASENAME"] = "shop_keys",
            ["SHOP_KEYS_HOST"] = "127.0.0.1",
            ["SHOP_KEYS_PASSWORD"] = password,
            ["SHOP_KEYS_PORT"] = $"{port}",
            ["SHOP_KEYS_URI"] = $"postgresql://orders:{password}@127.0.0.1:{port}/shop_keys",
            ["SHOP_KEYS_USERNAME"] = "orders",
            ["services__messaging__http__0"] = messaging.GetEndpoint("http").Url,
        });

        (await ToldAsync(migrate))["ConnectionStrings__postgres"].ShouldBe(fixture.Server.ConnectionString);
        (await ToldAsync(migrate))["POSTGRES_URI"].ShouldBe($"postgresql://postgres:p%40ss@127.0.0.1:{port}/postgres");
    }

    [Fact]
    public async Task Without_a_dashboard_nothing_says_where_to_send_telemetry()
    {
        await using var app = new SampleApplication("--isolated");
        var service = app.AddService("service");
        await app.StartAsync();
        await app.HealthyAsync("service");

        var told = await ToldAsync(service);

        told.Keys.ShouldNotContain("OTEL_EXPORTER_OTLP_ENDPOINT");
        told.Keys.ShouldNotContain("OTEL_TRACES_SAMPLER");
        told["OTEL_SERVICE_NAME"].ShouldBe("service");
    }

    /// <summary>What isn't merely inherited, or set by the shell that guards the process.</summary>
    private static async Task<SortedDictionary<string, string>> ToldAsync(IResourceBuilder<ProjectResource> service) => new((await SampleApplication.EnvironmentOfAsync(service))
        .Where(variable => Environment.GetEnvironmentVariable(variable.Key) != variable.Value && variable.Key is not ("_" or "PWD" or "OLDPWD" or "SHLVL"))
        .ToDictionary());
}
