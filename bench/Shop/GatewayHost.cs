using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Engagement.Bench.Harness;
using Engagement.Gateway;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Shops;
using Engagement.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Bench.Shop;

/// <summary>The Gateway with a shop's key. Nobody takes what it sends.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private const string Key = "eng_a-key-of-the-bench";

    private static readonly MediaTypeHeaderValue Many = new(CloudEventsReader.Batch);
    private static readonly MediaTypeHeaderValue One = new(CloudEventsReader.Structured);

    private readonly ServiceHost<RegisteredShop> _host;

    private GatewayHost(ServiceHost<RegisteredShop> host) => _host = host;

    public static async Task<GatewayHost> Open(BenchDatabase database, CancellationToken ct)
    {
        const string asMuchAsItCan = "1000000";   // how fast it can be, not how fast a shop may
        var host = await ServiceHost<RegisteredShop>.Start(
            database, GatewayService.Model, ct, ("Engagement:RateLimit:PerSecond", asMuchAsItCan), ("Engagement:RateLimit:Burst", asMuchAsItCan));
        await using var session = host.Services.GetRequiredService<IDocumentStore>().LightweightSession(ApiKeys.Registry);
        session.Store(new ApiKey(ApiKeys.Hash(Key), BenchHost.Tenant, "bench", TimeProvider.System.GetUtcNow()));
        await session.SaveChangesAsync(ct);
        return new GatewayHost(host);
    }

    /// <summary>A shop with connections of its own.</summary>
    public HttpClient Client(int connections)
    {
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections }) { BaseAddress = _host.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return client;
    }

    /// <summary>Publishes the next events: several as a batch, one alone as it is.</summary>
    /// <param name="number">Of the last event that was published.</param>
    /// <param name="write">An event's type and data, by its number.</param>
    public static Task Publish(HttpClient shop, ref long number, int count, Func<long, string> write, CancellationToken ct)
    {
        var first = Interlocked.Add(ref number, count) - count;
        var body = new StringBuilder(count * 500);
        for (var i = first; i < first + count; i++)
        {
            body.Append(i > first ? ',' : count > 1 ? '[' : ' ');
            body.Append(CultureInfo.InvariantCulture, $"{{\"specversion\":\"1.0\",\"id\":\"e-{i}\",\"source\":\"/bench\",{write(i)}}}");
        }

        if (count > 1) body.Append(']');
        return Post(shop, Encoding.UTF8.GetBytes(body.ToString()), count > 1 ? Many : One, ct);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static async Task Post(HttpClient shop, byte[] body, MediaTypeHeaderValue type, CancellationToken ct)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = type } };
        using var answer = await shop.PostAsync("/v1/events", content, ct);
        if (answer.StatusCode != HttpStatusCode.Accepted)
            throw new InvalidOperationException($"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync(ct)}");
    }
}
