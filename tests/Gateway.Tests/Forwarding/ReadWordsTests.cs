using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Gateway.Shops;
using Engagement.Gateway.Tests.Intake;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Forwarding;

public sealed class ReadWordsTests(PostgresFixture postgres)
{
    private static readonly CustomerId Giulia = new("c-1");

    [Theory]
    [InlineData("/v1/carts/a%2Fb/words", "carts")]
    [InlineData("/v1/orders/A%2F17/words", "orders")]
    public async Task Staff_reads_what_a_customer_wrote_until_the_customer_is_erased_and_nobody_else_ever_does(string path, string owner)
    {
        Sealed words = default;
        string? asked = null;
        await using var gateway = await Owners.Open(postgres, request =>
        {
            asked = $"{request.RequestUri!.Host} {request.RequestUri.PathAndQuery}";
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = JsonContent.Create(new[] { new SealedWords(Shop.Noon, Giulia, "Problem", words) }, options: HttpJson.Options),
            };
        });
        await gateway.Store(ApiKeys.Of("eng_reads", ServiceHost.Tenant, "reads", Shop.Noon, [Scopes.Read]), ApiKeys.Registry);
        var vault = gateway.Services.GetRequiredService<Vault>();
        words = await vault.SealAsync(ServiceHost.Tenant, Giulia, new PersonalWords("Mia nonna Adalgisa"));

        var (status, body) = await Get(gateway, path, "eng_reads");
        (status, asked).ShouldBe((HttpStatusCode.Forbidden, null));
        (await Get(gateway, path, OtherKey)).Body.ShouldNotContain("Adalgisa");   // another shop's key opens nothing, whatever it is told

        (status, body) = await Get(gateway, path, Key);
        (status, asked).ShouldBe((HttpStatusCode.OK, $"{owner}.test {path}"));
        var said = JsonSerializer.Deserialize<JsonElement>(body)[0];
        said.EnumerateObject().Select(property => property.Name).ShouldBe(["at", "customer", "said", "words"]);
        (said.GetProperty("customer").GetString(), said.GetProperty("said").GetString(), said.GetProperty("words").GetString()).ShouldBe(
            ("c-1", "Problem", "Mia nonna Adalgisa"));

        await vault.EraseAsync(ServiceHost.Tenant, Giulia);
        (await Get(gateway, path, Key)).Body.ShouldContain("\"words\":null");
        gateway.Logs.All.ShouldAllBe(line => !line.Contains("Adalgisa", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task What_the_owner_refuses_is_answered_as_it_is(HttpStatusCode status)
    {
        await using var gateway = await Owners.Open(postgres, _ => status == HttpStatusCode.NotFound
            ? new HttpResponseMessage(status) { Content = new StringContent("""{"title":"No such thing."}""") }
            : throw new HttpRequestException("away"));
        (await Get(gateway, "/v1/carts/abc/words", Key)).Status.ShouldBe(status);
    }

    private static async Task<(HttpStatusCode Status, string Body)> Get(ServiceHost gateway, string path, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await gateway.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
