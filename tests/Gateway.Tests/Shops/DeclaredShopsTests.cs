using System.Net;
using Engagement.Gateway.Shops;
using Engagement.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Shops;

public sealed class DeclaredShopsTests(PostgresFixture postgres)
{
    private const string Secret = "a key that the platform team made up";

    [Fact]
    public async Task Shops_and_keys_of_the_settings_stand_before_the_first_request()
    {
        await using var gateway = await Open(postgres, settings:
        [
            ("Engagement:Shops:bottega:Keys:backend:Key", Secret),
            ("Engagement:Shops:bottega:Keys:backend:Scopes:0", "read"),
            ("Engagement:Shops:bottega:Keys:till:Hash", ApiKeys.Hash("the till's").ToUpperInvariant()),
            ("Engagement:Shops:bottega:Keys:till:Scopes:0", "admin"),
        ]);

        (await gateway.Call(HttpMethod.Get, "/v1/shops", key: AdminKey)).Text.ShouldContain("\"bottega\"");
        (await gateway.Call(HttpMethod.Get, "/v1/shops/bottega/keys", key: "the till's")).Then(HttpStatusCode.OK);
        (await gateway.Call(HttpMethod.Get, "/v1/shops/bottega/keys", key: Secret)).ThenProblem(HttpStatusCode.Forbidden).Get("scope").ShouldBe("admin");
        (await gateway.Dump()).ShouldNotContain(Secret);
    }

    [Fact]
    public async Task Declaring_the_same_again_changes_nothing_and_what_is_declared_no_more_is_revoked()
    {
        await using var gateway = await Open(postgres);
        await Declare(gateway, ("Keys:backend:Key", Secret), ("Keys:backend:Scopes:0", "read"));
        var first = await gateway.Load<ApiKey>(ApiKeys.Hash(Secret), ApiKeys.Registry);
        gateway.Clock.Advance(TimeSpan.FromDays(1));

        await gateway.KeepEveryRow();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Declare(gateway, ("Keys:backend:Key", Secret), ("Keys:backend:Scopes:0", "read"))));
        (await gateway.Scalar<long>("select count(*) from written")).ShouldBe(0);

        await Declare(gateway, ("Keys:backend:Key", Secret), ("Keys:backend:Scopes:0", "admin"));
        var changed = (await gateway.Load<ApiKey>(ApiKeys.Hash(Secret), ApiKeys.Registry))!;
        (changed.CreatedAt, changed.Scopes!.Single()).ShouldBe((first!.CreatedAt, "admin"));

        await Declare(gateway, ("Keys:other:Key", Secret + "!"), ("Keys:other:Scopes:0", "read"));
        (await gateway.Load<ApiKey>(ApiKeys.Hash(Secret), ApiKeys.Registry))!.RevokedAt.ShouldBe(gateway.Clock.GetUtcNow());
        (await gateway.Call(HttpMethod.Get, "/v1/orders/1", key: Key)).Status.ShouldNotBe(HttpStatusCode.Unauthorized);   // made over HTTP: nobody declares it

        await Declare(gateway, ("Keys:backend:Key", Secret), ("Keys:backend:Scopes:0", "read"));
        (await gateway.Load<ApiKey>(ApiKeys.Hash(Secret), ApiKeys.Registry))!.RevokedAt.ShouldBeNull();
    }

    [Theory]
    [InlineData("Keys:backend:Key", "too short", "Keys:backend")]
    [InlineData("Keys:backend:Hash", "no hash", "Keys:backend")]
    [InlineData("Keys:backend:Scopes:1", "everything", "Keys:backend:Scopes")]
    public async Task What_can_not_be_understood_stops_the_start_and_names_the_setting(string setting, string value, string named)
    {
        await using var gateway = await Open(postgres);

        var error = await Should.ThrowAsync<InvalidOperationException>(() => Declare(gateway, ("Keys:backend:Scopes:0", "read"), (setting, value)));
        error.Message.ShouldStartWith($"Engagement:Shops:bottega:{named} ");
        error.Message.ShouldNotContain(value);
    }

    private static Task Declare(ServiceHost gateway, params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>($"Engagement:Shops:bottega:{setting.Name}", setting.Value)))
                .Build();
        return new DeclaredShops(
            gateway.Services.GetRequiredService<IDocumentStore>(), configuration.GetSection("Engagement").Get<EngagementOptions>()!, gateway.Clock,
            NullLogger<DeclaredShops>.Instance).StartAsync(CancellationToken.None);
    }
}
