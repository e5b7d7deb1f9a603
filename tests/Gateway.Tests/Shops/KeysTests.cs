using System.Net;
using Engagement.Gateway.Shops;
using Engagement.Testing;
using static Engagement.Gateway.Tests.Publishing;

namespace Engagement.Gateway.Tests.Shops;

public sealed class KeysTests(PostgresFixture postgres)
{
    private static readonly string[] PublishOnly = ["publish"];
    private static readonly string[] All = ["publish", "read", "admin"];
    private static readonly string[] OneUnknown = ["publish", "everything"];

    [Fact]
    public async Task A_shop_is_registered_gets_a_key_that_is_shown_once_and_publishes()
    {
        await using var gateway = await Open(postgres);

        (await gateway.Call(HttpMethod.Post, "/v1/shops", new { id = "bottega" }, AdminKey)).Then(HttpStatusCode.Created).Get("id").ShouldBe("bottega");
        (await gateway.Call(HttpMethod.Post, "/v1/shops", new { id = "bottega" }, AdminKey)).ThenProblem(HttpStatusCode.Conflict).Get("code")
            .ShouldBe("shop-exists");
        var made = (await gateway.Call(HttpMethod.Post, "/v1/shops/bottega/keys", new { name = "backend", scopes = PublishOnly }, AdminKey))
            .Then(HttpStatusCode.Created);
        var key = made.Get("key")!;

        (await gateway.PublishAs(key, OneOfEach())).ThenTaken(accepted: OneOfEach().Length, repeats: 0);
        (await gateway.SentTo("orders"))[0].Tenant.ShouldBe("bottega");
        key.ShouldStartWith(made.Get("prefix")!);
        var listed = await gateway.Call(HttpMethod.Get, "/v1/shops/bottega/keys", key: AdminKey);
        listed.Then(HttpStatusCode.OK).Text.ShouldNotContain(key);
        listed.Json[0].GetProperty("id").GetString().ShouldBe(made.Get("id"));
        listed.Json[0].GetProperty("name").GetString().ShouldBe("backend");
        (await gateway.Call(HttpMethod.Get, "/v1/shops", key: AdminKey)).Json.EnumerateArray().Select(shop => shop.GetProperty("id").GetString())
            .ShouldBe(["bottega"]);
        (await gateway.Dump()).ShouldNotContain(key);
    }

    [Fact]
    public async Task A_route_is_open_to_the_scope_that_it_asks_for_and_says_which_one_is_missing()
    {
        await using var gateway = await Open(postgres);
        (string Scope, HttpMethod Method, string Path)[] routes =
        [
            ("publish", HttpMethod.Post, "/v1/events"), ("read", HttpMethod.Get, "/v1/orders/1"), ("read", HttpMethod.Get, "/v1/messages"),
            ("read", HttpMethod.Get, "/v1/staff-tasks"),
            ("read", HttpMethod.Get, "/v1/social-posts"), ("admin", HttpMethod.Post, "/v1/social-posts"), ("admin", HttpMethod.Delete, "/v1/social-posts/1"),
            ("admin", HttpMethod.Put, "/v1/settings/social"), ("admin", HttpMethod.Get, "/v1/shops/demo/keys"),
        ];
        foreach (var held in Scopes.All)
        {
            var key = $"eng_a key for {held} alone";
            await gateway.Store(ApiKeys.Of(key, "demo", held, gateway.Clock.GetUtcNow(), [held]), ApiKeys.Registry);
            foreach (var (scope, method, path) in routes)
            {
                var answer = await gateway.Call(method, path, key: key);
                if (scope == held) answer.Status.ShouldNotBeOneOf(HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden);
                else answer.ThenProblem(HttpStatusCode.Forbidden).ShouldSatisfyAllConditions(
                    refused => refused.Get("code").ShouldBe("missing-scope"),
                    refused => refused.Get("scope").ShouldBe(scope),
                    refused => refused.Get("title")!.ShouldContain($"'{scope}'"));
            }
        }
    }

    [Fact]
    public async Task A_shop_manages_its_own_keys_and_nobody_else_s()
    {
        await using var gateway = await Open(postgres);
        foreach (var shop in new[] { "demo", "other" }) await gateway.Store(new RegisteredShop(shop, gateway.Clock.GetUtcNow()), ApiKeys.Registry);

        (await gateway.Call(HttpMethod.Get, "/v1/shops/demo/keys")).Then(HttpStatusCode.OK);
        (await gateway.Call(HttpMethod.Post, "/v1/shops/demo/keys", new { name = "till", scopes = All })).Then(HttpStatusCode.Created);
        var others = await gateway.Call(HttpMethod.Get, "/v1/shops/other/keys");
        var nobodys = await gateway.Call(HttpMethod.Get, "/v1/shops/nobody/keys");
        others.ThenProblem(HttpStatusCode.Forbidden).Get("code").ShouldBe("other-shop");
        nobodys.Words.ShouldBe(others.Words);   // it is not told who exists
        (await gateway.Call(HttpMethod.Get, "/v1/shops")).ThenProblem(HttpStatusCode.Forbidden).Get("code").ShouldBe("installation-only");
        (await gateway.Call(HttpMethod.Get, "/v1/shops/nobody/keys", key: AdminKey))
            .ThenProblem(HttpStatusCode.NotFound).Get("title").ShouldBe("There is no such shop.");
        (await gateway.Call(HttpMethod.Get, "/v1/orders/1", key: AdminKey)).ThenProblem(HttpStatusCode.Unauthorized);   // it has no orders
    }

    [Fact]
    public async Task A_key_that_is_unknown_missing_revoked_or_expired_gets_one_and_the_same_answer()
    {
        await using var gateway = await Open(postgres);
        var now = gateway.Clock.GetUtcNow();
        await gateway.Store(ApiKeys.Of("eng_revoked", "demo", "r", now, Scopes.All) with { RevokedAt = now }, ApiKeys.Registry);
        await gateway.Store(ApiKeys.Of("eng_expired", "demo", "e", now, Scopes.All) with { ExpiresAt = now }, ApiKeys.Registry);

        string?[] keys = ["eng_unknown", null, "", "eng_revoked", "eng_expired", "the installation's other key"];
        foreach (var path in new[] { "/v1/orders/1", "/v1/shops", "/v1/shops/demo/keys", "/v1/shops/nobody/keys" })
        {
            var answers = new List<Answer>();
            foreach (var key in keys) answers.Add((await gateway.Call(HttpMethod.Get, path, key: key)).ThenProblem(HttpStatusCode.Unauthorized));
            answers.Select(answer => answer.Words).Distinct().Count().ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_rotated_key_works_beside_the_new_one_until_its_time_is_over()
    {
        await using var gateway = await Open(postgres);
        var (id, old) = await Make(gateway);

        var rotated = (await gateway.Call(HttpMethod.Post, $"/v1/shops/demo/keys/{id}/rotate")).Then(HttpStatusCode.Created);

        var next = rotated.Get("key")!;
        await ThenWorks(gateway, old, next);
        gateway.Clock.Advance(TimeSpan.FromHours(24));
        await ThenWorks(gateway, next);
        await ThenEnded(gateway, old);
        (await gateway.Call(HttpMethod.Post, $"/v1/shops/demo/keys/{id}/rotate")).ThenProblem(HttpStatusCode.Conflict).Get("code").ShouldBe("key-ended");

        var at = gateway.Clock.GetUtcNow().AddMinutes(1);
        (await gateway.Call(HttpMethod.Post, $"/v1/shops/demo/keys/{rotated.Get("id")}/rotate", new { oldExpiresAt = at })).Then(HttpStatusCode.Created);
        gateway.Real.Advance(KeyRing.Trusted);
        await ThenWorks(gateway, next);
        gateway.Clock.Advance(TimeSpan.FromMinutes(1));
        await ThenEnded(gateway, next);
    }

    [Fact]
    public async Task A_revoked_key_works_for_a_second_at_most()
    {
        await using var gateway = await Open(postgres);
        var (id, key) = await Make(gateway);
        await ThenWorks(gateway, key);

        (await gateway.Call(HttpMethod.Delete, $"/v1/shops/demo/keys/{id}")).Then(HttpStatusCode.NoContent);
        (await gateway.Call(HttpMethod.Delete, $"/v1/shops/demo/keys/{id}")).Then(HttpStatusCode.NoContent);
        gateway.Real.Advance(KeyRing.Trusted);

        await ThenEnded(gateway, key);
        (await gateway.Call(HttpMethod.Delete, "/v1/shops/demo/keys/0123456789abcdef"))
            .ThenProblem(HttpStatusCode.NotFound).Get("title").ShouldBe("There is no such key.");
    }

    [Fact]
    public async Task A_key_that_is_revoked_while_it_is_rotated_stays_revoked()
    {
        await using var gateway = await Open(postgres);
        var (id, key) = await Make(gateway);

        await Task.WhenAll(
            gateway.Call(HttpMethod.Delete, $"/v1/shops/demo/keys/{id}"),
            gateway.Call(HttpMethod.Post, $"/v1/shops/demo/keys/{id}/rotate"));

        (await gateway.Load<ApiKey>(ApiKeys.Hash(key), ApiKeys.Registry))!.RevokedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task When_a_key_was_used_is_written_once_a_minute_however_often_it_was()
    {
        await using var gateway = await Open(postgres);
        var (_, key) = await Make(gateway);
        await ThenWorks(gateway, key);
        await gateway.KeepEveryRow();

        gateway.Clock.Advance(TimeSpan.FromMinutes(7));
        for (var i = 0; i < 10; i++) await ThenWorks(gateway, key);
        gateway.Real.Advance(KeyRing.WriteEvery);

        await gateway.Until(async () => await gateway.Load<KeyUse>(ApiKeys.Hash(key), ApiKeys.Registry) is not null, "the use is written");
        (await gateway.Scalar<long>("select count(*) from written where row like '%keyuse%' or row like '%LastUsedAt%'"))
            .ShouldBe(2);   // this key's and the admin's
        (await gateway.Call(HttpMethod.Get, "/v1/shops/demo/keys")).Json.EnumerateArray()
            .Single(listed => listed.GetProperty("name").GetString() == "backend").GetProperty("lastUsedAt").GetDateTimeOffset()
                .ShouldBe(gateway.Clock.GetUtcNow());
    }

    [Fact]
    public async Task What_is_wrong_with_a_shop_or_a_key_is_listed()
    {
        await using var gateway = await Open(postgres);
        await gateway.Store(new RegisteredShop("demo", gateway.Clock.GetUtcNow()), ApiKeys.Registry);

        foreach (var id in new[] { null, "", "Bottega", "-a", "a-", "a b", "*gateway*", new string('a', 64), "a\n" })
            (await gateway.Call(HttpMethod.Post, "/v1/shops", new { id }, AdminKey)).ThenProblem(HttpStatusCode.BadRequest).Fields()
                .ShouldBe(["/id invalid"], id);
        (await gateway.Call(HttpMethod.Post, "/v1/shops/demo/keys", new { name = "\u0001", scopes = OneUnknown, expiresAt = "2020-01-01T00:00:00Z" }))
            .ThenProblem(HttpStatusCode.BadRequest).Fields().ShouldBe(["/name invalid", "/scopes/1 unknown", "/expiresAt past"]);
        (await gateway.Call(HttpMethod.Post, "/v1/shops/demo/keys", new { })).ThenProblem(HttpStatusCode.BadRequest).Fields()
            .ShouldBe(["/name invalid", "/scopes required"]);
        (await gateway.Call(HttpMethod.Post, "/v1/shops/demo/keys", new { name = "till", scopes = All, shop = "other" }))
            .ThenProblem(HttpStatusCode.BadRequest);
    }

    private static async Task<(string Id, string Key)> Make(ServiceHost gateway)
    {
        await gateway.Store(new RegisteredShop("demo", gateway.Clock.GetUtcNow()), ApiKeys.Registry);
        var made = (await gateway.Call(HttpMethod.Post, "/v1/shops/demo/keys", new { name = "backend", scopes = All })).Then(HttpStatusCode.Created);
        return (made.Get("id")!, made.Get("key")!);
    }

    private static async Task ThenWorks(ServiceHost gateway, params string[] keys)
    {
        foreach (var key in keys) (await gateway.Call(HttpMethod.Get, "/v1/shops/demo/keys", key: key)).Then(HttpStatusCode.OK);
    }

    private static async Task ThenEnded(ServiceHost gateway, string key) =>
        (await gateway.Call(HttpMethod.Get, "/v1/shops/demo/keys", key: key)).ThenProblem(HttpStatusCode.Unauthorized);
}
