using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Engagement.Testing;
using Microsoft.AspNetCore.Builder;

namespace Engagement.Engine.Tests.Bus;

public sealed class DeadLetterTests(PostgresFixture postgres)
{
    private readonly TestClock _clock = new();

    [Fact]
    public async Task Dead_letters_are_listed_by_type_tenant_exception_and_time_page_by_page()
    {
        await using var shop = await Open();
        shop.Behaviours["fail"] = (message, _, _, _) => throw (message.No % 2 == 0 ? new TimeoutException("it timed out") : new FormatException("it is torn"));
        for (var hour = 0; hour < 4; hour++)
        {
            await shop.PublishAs(hour < 2 ? "north" : "south", new Act("fail", hour, "g"));
            await shop.Drain();
            _clock.Advance(TimeSpan.FromHours(1));
        }

        var spoilt = RawMessages.Envelope(new Leave("g", 9), "north");
        spoilt.Data = "{"u8.ToArray();
        spoilt.SentAt = _clock.GetUtcNow();
        await RawMessages.Insert(shop.ConnectionString, "shop", spoilt);
        await shop.Drain();

        (await List(shop, new { })).ShouldBe("5: 0 1 2 3 ?");
        (await List(shop, new { messageType = typeof(Leave).FullName })).ShouldBe("1: ?");
        (await List(shop, new { tenantId = "south" })).ShouldBe("2: 2 3");
        (await List(shop, new { exceptionType = "System.FormatException" })).ShouldBe("2: 1 3");
        (await List(shop, new { exceptionMessage = "%timed%" })).ShouldBe("2: 0 2");
        (await List(shop, new { from = _clock.GetUtcNow().AddHours(-3), until = _clock.GetUtcNow().AddHours(-2) })).ShouldBe("2: 1 2");
        (await List(shop, new { limit = 2, pageNumber = 0 })).ShouldBe("5: 0 1");
        (await List(shop, new { limit = 2, pageNumber = 1 })).ShouldBe("5: 0 1");
        (await List(shop, new { limit = 2, pageNumber = 3 })).ShouldBe("5: ?");
        (await List(shop, new { limit = 2, pageNumber = 4 })).ShouldBe("0: ");
        (await List(shop, new { tenantId = "'; drop table bus.shop; --" })).ShouldBe("0: ");
    }

    [Fact]
    public async Task A_dead_letter_shows_the_message_and_its_failure()
    {
        await using var shop = await Open();
        shop.Behaviours["fail"] = (_, _, _, _) => throw new TimeoutException("late");
        await shop.WithBus(async bus =>
        {
            await bus.PublishAsync(new Act("fail", 7), new DeliveryOptions { GroupId = "g", CorrelationId = "c", ScheduleDelay = TimeSpan.FromHours(1) });
            return 0;
        });
        _clock.Advance(TimeSpan.FromHours(2));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from bus.shop_dead_letters") == 1);

        using var answer = await Post(shop, "/dead-letters", new { });
        var page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement[0];
        page.GetProperty("databaseUri").GetString().ShouldBe("postgresql://shop");
        var letter = page.GetProperty("envelopes")[0];
        var envelope = letter.GetProperty("envelope");
        new object?[]
        {
            letter.GetProperty("message").GetProperty("Name").GetString(), letter.GetProperty("message").GetProperty("No").GetInt32(),
            letter.GetProperty("messageType").GetString(), letter.GetProperty("receivedAt").GetString(), letter.GetProperty("exceptionType").GetString(),
            letter.GetProperty("exceptionMessage").GetString(), letter.GetProperty("sentAt").GetDateTimeOffset(),
            letter.GetProperty("executionTime").GetDateTimeOffset(),
            envelope.GetProperty("id").GetGuid() == letter.GetProperty("id").GetGuid(), envelope.GetProperty("tenantId").GetString(),
            envelope.GetProperty("groupId").GetString(), envelope.GetProperty("correlationId").GetString(), envelope.GetProperty("attempts").GetInt32(),
        }.ShouldBe(
        [
            "fail", 7, typeof(Act).FullName, "postgresql://shop", "System.TimeoutException", "late",
            _clock.GetUtcNow().AddHours(-2), _clock.GetUtcNow().AddHours(-1),
            true, Shop.Tenant, "g", "c", 3,
        ]);
    }

    [Fact]
    public async Task A_replayed_message_is_the_one_that_was_sent_with_its_attempts_forgotten()
    {
        await using var shop = await Open();
        var isMended = false;
        var seen = new List<object?[]>();
        shop.Behaviours["fail"] = (message, session, _, envelope) =>
        {
            seen.Add([envelope.Id, envelope.TenantId, envelope.GroupId, envelope.CorrelationId, envelope.ParentId, envelope.SentAt]);
            if (!isMended) throw new TimeoutException($"attempt {envelope.Attempts}");
            session.Leave("done", envelope.Attempts);
            return Task.FromResult<object?>(null);
        };
        using var spans = new Spans();
        await shop.PublishAs("north", new Act("fail", 1, "g"));
        await shop.PublishAs("south", new Act("fail", 2, "g"));
        await shop.Drain();
        await shop.Execute("update bus.shop_dead_letters set crashes = 3");   // as if it had killed its process

        isMended = true;
        var ids = await shop.Column<Guid>("select message_id from bus.shop_dead_letters order by dead_at");
        (await Counted(shop, "/dead-letters/replay", new { ids, tenantId = "north" })).ShouldBe(1);
        (await Counted(shop, "/dead-letters/replay", new { ids = ids.Append(Guid.NewGuid()) })).ShouldBe(1);
        (await Counted(shop, "/dead-letters/replay", new { ids })).ShouldBe(0);
        await shop.Drain();

        (await shop.Column<string>("select tenant || ' ' || grp || ' ' || no from effects order by tenant")).ShouldBe(["north done 1", "south done 1"]);
        seen.GroupBy(s => s[0]).ShouldAllBe(message => message.All(s => s.SequenceEqual(message.First())));
        (await shop.Scalar<long>("select count(*) from bus.shop_dead_letters")).ShouldBe(0);
        shop.Log.ShouldContain("Information: 1 dead letters of shop are sent again.");
    }

    [Fact]
    public async Task A_message_replayed_twice_at_once_is_handled_once_and_one_that_fails_again_is_a_dead_letter_again()
    {
        await using var shop = await Open();
        shop.Behaviours["fail"] = (message, session, _, _) =>
        {
            session.Leave("tried", message.No);
            return message.No == 0 ? throw new TimeoutException("always") : Task.FromResult<object?>(null);
        };
        await RawMessages.Insert(shop.ConnectionString, "shop", [.. Enumerable.Range(0, 20).Select(i => RawMessages.Envelope(new Act("fail", i)))]);
        await shop.Drain();
        await shop.Execute("truncate effects");
        await shop.Execute(
            """
            insert into bus.shop_dead_letters (slot, tenant, message_id, message_type, body, attempts, sent_at, dead_at)
            select i, 'demo', gen_random_uuid(), 'Engagement.Engine.Tests.Act', convert_to('{"Name":"fail","No":' || i || '}', 'utf8'), 3, now(), now()
            from generate_series(1, 20) i
            """);

        var ids = await shop.Column<Guid>("select message_id from bus.shop_dead_letters");
        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Counted(shop, "/dead-letters/replay", new { ids })));
        await shop.Drain();

        counts.Sum().ShouldBe(21);
        (await shop.Column<int>("select no from effects order by no")).ShouldBe(Enumerable.Range(1, 20));
        (await shop.Column<short>("select attempts from bus.shop_dead_letters")).ShouldBe([(short)3]);
    }

    [Fact]
    public async Task A_dead_letter_can_be_thrown_away_and_an_oversight_throws_nothing_away()
    {
        await using var shop = await Open();
        shop.Behaviours["fail"] = (_, _, _, _) => throw new TimeoutException();
        await shop.Publish(new Act("fail", 1), new Act("fail", 2));
        await shop.Drain();

        foreach (var oversight in new object[] { new { }, new { ids = Array.Empty<Guid>() }, new { ids = (Guid[]?)null, tenantId = Shop.Tenant } })
        {
            using var refused = await Send(shop, HttpMethod.Delete, "/dead-letters", oversight);
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }

        using var tooMany = await Post(shop, "/dead-letters", new { limit = 1001 });
        tooMany.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var ids = await shop.Column<Guid>("select message_id from bus.shop_dead_letters");
        using var deleted = await Send(shop, HttpMethod.Delete, "/dead-letters", new { ids = ids[..1] });
        deleted.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await shop.Column<Guid>("select message_id from bus.shop_dead_letters")).ShouldBe(ids[1..]);
    }

    private async Task<Shop> Open() => await Shop.Open(
        new ShopOptions(await postgres.CreateDatabaseAsync()) { Clock = _clock, Routes = app => app.MapDeadLettersEndpoints() });

    /// <summary>How many there are, and the numbers of those on the page.</summary>
    private static async Task<string> List(Shop shop, object request)
    {
        using var answer = await Post(shop, "/dead-letters", request);
        var page = JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).RootElement[0];
        var numbers = page.GetProperty("envelopes").EnumerateArray().Select(e => e.GetProperty("message"))
            .Select(m => m.ValueKind == JsonValueKind.Object ? m.GetProperty("No").ToString() : "?");
        return $"{page.GetProperty("totalCount")}: {string.Join(' ', numbers)}";
    }

    private static async Task<long> Counted(Shop shop, string path, object request)
    {
        using var answer = await Post(shop, path, request);
        return JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).RootElement.GetProperty("count").GetInt64();
    }

    private static Task<HttpResponseMessage> Post(Shop shop, string path, object request) => Send(shop, HttpMethod.Post, path, request);

    private static async Task<HttpResponseMessage> Send(Shop shop, HttpMethod method, string path, object request)
    {
        using var client = new HttpClient { BaseAddress = shop.Url };
        using var message = new HttpRequestMessage(method, path) { Content = JsonContent.Create(request) };
        return await client.SendAsync(message);
    }
}
