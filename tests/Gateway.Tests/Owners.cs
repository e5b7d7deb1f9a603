using Engagement.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Gateway.Tests;

/// <summary>The services behind the Gateway, played by a function.</summary>
internal static class Owners
{
    public static async Task<ServiceHost> Open(PostgresFixture postgres, Func<HttpRequestMessage, HttpResponseMessage> answer)
    {
        string[] owners = ["orders", "messaging", "support", "carts"];
        var gateway = await Publishing.Open(postgres, services: services =>
        {
            foreach (var owner in owners) services.AddHttpClient(owner).ConfigurePrimaryHttpMessageHandler(() => new Owner(answer));
        });
        foreach (var owner in owners) gateway.Services.GetRequiredService<IConfiguration>()[$"services:{owner}:http:0"] = $"http://{owner}.test";
        return gateway;
    }

    private sealed class Owner(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request));
    }
}
