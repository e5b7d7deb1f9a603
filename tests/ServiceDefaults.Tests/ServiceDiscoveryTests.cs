using Microsoft.Extensions.Configuration;

namespace Engagement.ServiceDefaults.Tests;

public sealed class ServiceDiscoveryTests : IDisposable
{
    private readonly ServiceDiscovery _discovery = new(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["services:orders:http:0"] = "http://127.0.0.1:5001",
        ["services:carts:http:0"] = "http://127.0.0.1:5002/base/",
        ["services:carts:https:0"] = "https://127.0.0.1:5003",
        ["services:messaging:http:0"] = "http://127.0.0.1:5004",
        ["services:messaging:http:1"] = "http://127.0.0.1:5005",
    }).Build());

    public void Dispose() => _discovery.Dispose();

    [Theory]
    [InlineData("http://orders/a%2Fb?x=%20", "http://127.0.0.1:5001/a%2Fb?x=%20")]
    [InlineData("https+http://orders/a", "http://127.0.0.1:5001/a")]
    [InlineData("https+http://carts/a", "https://127.0.0.1:5003/a")]
    [InlineData("http://carts/a", "http://127.0.0.1:5002/base/a")]
    public void A_name_becomes_its_address(string uri, string expected) => _discovery.Resolve(new Uri(uri)).AbsoluteUri.ShouldBe(expected);

    [Fact]
    public void Replicas_take_turns() =>
        Enumerable.Range(0, 4).Select(_ => _discovery.Resolve(new Uri("http://messaging/")).Port).Distinct().Order().ShouldBe([5004, 5005]);

    [Fact]
    public async Task An_unknown_name_is_an_error_that_says_what_to_set()
    {
        using var client = new HttpClient(_discovery);

        (await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync(new Uri("http://support/"))))
            .Message.ShouldBe("The service 'support' isn't configured: set services__support__http__0 to its address.");
    }
}
