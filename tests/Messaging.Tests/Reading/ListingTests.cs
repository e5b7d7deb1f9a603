using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Messaging.Reading;
using Engagement.Messaging.Tests.Permitting;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Reading;

public sealed class ListingTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Messages_are_listed_by_state_customer_and_subject_the_latest_first()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        foreach (var asked in new[] { For("1001", Giulia), For("1002", Marco), For("1003", Giulia) })
        {
            await messaging.Tell(asked);
            await messaging.Drain();
            messaging.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        (await Listed(messaging, "")).ShouldBe(["order/1003", "order/1002", "order/1001"]);
        (await Listed(messaging, "?state=Sent")).ShouldBe(["order/1003", "order/1001"]);
        (await Listed(messaging, "?state=WaitingForContact")).ShouldBe(["order/1002"]);
        (await Listed(messaging, "?customer=c-1&limit=1")).ShouldBe(["order/1003"]);
        (await Listed(messaging, "?subject=order/1001")).ShouldBe(["order/1001"]);
        (await Listed(messaging, "?subject=order/1001&customer=c-2")).ShouldBeEmpty();
        (await Listed(messaging, "?customer=%27%20or%20true%20--")).ShouldBeEmpty();
        (await Listed(messaging, "?limit=-5")).Length.ShouldBe(1);
        (await Listed(messaging, "", "other")).ShouldBeEmpty();
        (await Listed(messaging, "?order=1001")).ShouldBe(["order/1001"]);
        (await Listed(messaging, "?kind=thank-you&state=sent")).ShouldBe(["order/1003", "order/1001"]);
        (await Listed(messaging, "?kind=Offer")).ShouldBeEmpty();
        (await Listed(messaging, "?reason=stale")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pages_follow_each_other_whatever_comes_meanwhile()
    {
        await using var messaging = await Open(postgres);
        for (var i = 0; i < 7; i++)
        {
            await messaging.Tell(For($"{i}", Giulia), For($"{i}b", Giulia));
            await messaging.Drain();
            messaging.Clock.Advance(TimeSpan.FromTicks(i));   // some at the same time
        }

        List<string> seen = [];
        string? after = null;
        while (await messaging.Get<Message[]>($"/v1/messages?limit=3{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}") is { Length: > 0 } page)
        {
            seen.AddRange(page.Select(message => message.Subject));
            after = page[^1].Cursor;
            await messaging.Tell(For($"later-{seen.Count}", Giulia));
            await messaging.Drain();
        }

        seen.Count.ShouldBe(14);
        seen.Distinct().Count().ShouldBe(14);
        seen.ShouldAllBe(subject => !subject.Contains("later"));
    }

    [Theory]
    [InlineData("/v1/messages?customer=%00")]
    [InlineData("/v1/readers?customer=%00")]
    [InlineData("/v1/social-posts?after=%00")]
    public async Task An_id_that_nothing_can_have_is_the_asker_s_mistake(string path)
    {
        await using var messaging = await Open(postgres);

        using var answer = await messaging.Client.SendAsync(messaging.Sign(HttpMethod.Get, path));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("?state=Lost", "/state unknown")]
    [InlineData("?state=3", "/state unknown")]
    [InlineData("?kind=Newsletter&limit=many&colour=red", "/colour unknown,/limit invalid,/kind unknown")]
    [InlineData("?order=1&subject=order/2", "/subject invalid")]
    [InlineData("?kind=Newsletter&after=rubbish", "/after invalid,/kind unknown")]
    public async Task A_filter_that_nobody_knows_is_refused_with_all_that_is_wrong(string query, string errors)
    {
        await using var messaging = await Open(postgres);

        using var answer = await messaging.Client.SendAsync(messaging.Sign(HttpMethod.Get, $"/v1/messages{query}"));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var listed = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray();
        string.Join(',', listed.Select(error => $"{error.GetProperty("field")} {error.GetProperty("code")}")).ShouldBe(errors);
    }

    [Theory]
    [InlineData("/v1/messages/nothing", "message")]
    [InlineData("/v1/social-posts/nothing", "post")]
    [InlineData("/v1/templates/nothing/it", "template")]
    [InlineData("/v1/templates/thank-you/fr", "template")]
    [InlineData("/v1/templates/partials/nothing/it", "partial")]
    public async Task What_is_not_there_is_named(string path, string what)
    {
        await using var messaging = await Open(postgres);

        using var answer = await messaging.Client.SendAsync(messaging.Sign(HttpMethod.Get, path));
        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("title").GetString().ShouldBe($"There is no such {what}.");
    }

    [Fact]
    public async Task Every_list_is_read_by_an_index_and_no_further_than_its_page()
    {
        await using var messaging = await Open(postgres);
        await messaging.Execute("""
            insert into messaging.mt_doc_message (tenant_id, id, data, mt_version)
            select 'demo', 'message/thank-you/order-' || i, jsonb_build_object(
                'Customer', case when i % 40 = 0 then 'c-often' else 'c-' || i / 3 end, 'Kind', 'ThankYou', 'State', case when i % 50 = 0 then 'Suppressed' else 'Sent' end, 'Subject', 'order/' || i,
                'MessageId', 'id-' || i, 'Cursor', to_char(timestamp '2026-01-01' + i * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS') || ' thank-you/order-' || i), 3
            from generate_series(1, 20000) i;
            analyze messaging.mt_doc_message;
            """);

        await ReadBy("mt_doc_message_idx_cursor", new());
        await ReadBy("mt_doc_message_idx_cursor", new(After: "2026-01-05T00:00:00"));
        await ReadBy("mt_doc_message_idx_state_cursor", new(State: MessageState.Suppressed, After: "2026-01-05T00:00:00"));
        await ReadBy("mt_doc_message_idx_customer_cursor", new(Customer: "c-17"));
        await ReadBy("mt_doc_message_idx_customer_cursor", new(Customer: "c-often"));
        await ReadBy("mt_doc_message_idx_customer_cursor", new(Customer: "c-often", After: "2026-01-05T00:00:00"));
        await ReadBy("mt_doc_message_idx_subject", new(Subject: "order/1001", Kind: MessageKind.ThankYou));

        async Task ReadBy(string index, ListMessages.Query query)
        {
            var sql = ListMessages.Sql(query with { Limit = 10 });
            var next = 0;
            var literal = string.Concat(sql.Sql.Select(c => c == '?' ? (sql.Args[next++] is string text ? $"'{text}'" : $"{sql.Args[next - 1]}") : $"{c}"));
            await using var connection = new NpgsqlConnection(messaging.ConnectionString);
            await connection.OpenAsync();
            var plan = string.Join('\n', await connection.RowsAsync(
                $"explain (analyze, costs off, timing off) select d.data from (select * from messaging.mt_doc_message where tenant_id = 'demo') d {literal}",
                row => row.GetString(0)));
            plan.ShouldContain(index);
            plan.ShouldNotContain("Seq Scan");
            plan.ShouldNotContain("Rows Removed");
            if (query.Subject is null) plan.ShouldNotContain("Sort");
        }
    }

    [Fact]
    public async Task A_message_tells_its_life_and_nothing_personal()
    {
        await using var messaging = await Open(postgres);
        await messaging.Ready();
        messaging.Clock.Advance(TimeSpan.FromHours(9));
        await messaging.TellAndDrain(Marketing.Reminder());
        messaging.Clock.Advance(TimeSpan.FromHours(10));
        await messaging.Drain();

        var shown = await messaging.Get<MessageShown>("/v1/messages/cart-reminder/cart-abc");
        shown.Timeline.ShouldBe(
        [
            new MessageMoment("Requested", Noon.AddHours(9)),
            new MessageMoment("Deferred", Noon.AddHours(9), "quiet-hours", Noon.AddHours(19)),
            new MessageMoment("Released", Noon.AddHours(19)),
            new MessageMoment("Composed", Noon.AddHours(19), Template: "it/0"),
            new MessageMoment("Sent", Noon.AddHours(19)),
        ]);
        shown.Message.State.ShouldBe(MessageState.Sent);
        using var answer = await messaging.Client.SendAsync(messaging.Sign(HttpMethod.Get, "/v1/messages/cart-reminder%2Fcart-abc"));
        (await answer.Content.ReadAsStringAsync()).ShouldSatisfyAllConditions(
            text => text.ShouldNotContain("Giulia"), text => text.ShouldNotContain("giulia.rossi"), text => text.ShouldContain("\"what\":\"Deferred\""),
            text => text.ShouldContain("\"kind\":\"cart-reminder\""));
        (await Status(messaging, messaging.Sign(HttpMethod.Get, "/v1/messages/nothing"))).ShouldBe(HttpStatusCode.NotFound);
        (await Status(messaging, messaging.Sign(HttpMethod.Get, "/v1/messages/cart-reminder/cart-abc", "other"))).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_message_is_listed_with_what_became_of_it()
    {
        await using var messaging = await Open(postgres);
        await messaging.Seen(Giulia);
        await messaging.Tell(ThankYou);
        await messaging.Drain();

        var listed = (await messaging.Get<IReadOnlyList<Message>>("/v1/messages")).ShouldHaveSingleItem();
        var sent = new Message("message/thank-you/order-1001", ThankYou.Kind, "c-1", ThankYou.Occasion, ThankYou.Data, Noon)
        {
            State = MessageState.Sent, SentAt = Noon, MessageId = "thank-you.order-1001.demo@demo.example",
            Address = messaging.Services.GetRequiredService<CustomerIds>().ForGuest(ServiceHost.Tenant, Email),
        };
        Spec.Written([listed]).ShouldBe(Spec.Written([sent]));
    }

    [Fact]
    public async Task Nothing_is_listed_for_whoever_is_not_one_of_our_own_processes()
    {
        await using var messaging = await Open(postgres);
        (await Status(messaging, new HttpRequestMessage(HttpMethod.Get, "/v1/messages"))).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<string[]> Listed(ServiceHost messaging, string query, string tenant = ServiceHost.Tenant) =>
        [.. (await messaging.Get<IReadOnlyList<Message>>($"/v1/messages{query}", tenant)).Select(message => message.Occasion.Subject)];

    private static async Task<HttpStatusCode> Status(ServiceHost host, HttpRequestMessage request)
    {
        using (request)
        using (var answer = await host.Client.SendAsync(request)) return answer.StatusCode;
    }
}
