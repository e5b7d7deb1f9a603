using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engagement.ServiceDefaults.Tests;

/// <summary>A service on a port of its own, as the services build themselves.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    public const string Secret = "a secret for internal calls";

    private TestHost(WebApplication app) => (App, Client) = (app, new HttpClient { BaseAddress = new Uri(app.Urls.Single()) });

    public WebApplication App { get; }

    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    public static async Task<TestHost> StartAsync(
        Action<WebApplicationBuilder>? build = null, Action<WebApplication>? map = null, string environment = "Production", params (string, string?)[] settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = environment, ApplicationName = "test" });
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Item1, setting => setting.Item2));
        builder.Configuration[InternalSignature.Setting] ??= Secret;
        builder.AddServiceDefaults();
        build?.Invoke(builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        await app.StartAsync();
        return new TestHost(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
