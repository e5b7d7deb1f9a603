using System.Globalization;
using System.Net;
using Engagement.Contracts;
using Engagement.Support.Reading;
using Engagement.Testing;
using Npgsql;
using static Engagement.Support.Tests.Tasks;

namespace Engagement.Support.Tests.Reading;

public sealed class ListStaffTasksTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Tasks_still_to_do_are_listed_what_is_due_first_at_the_top_and_by_shop()
    {
        await using var support = await Open(postgres);
        await support.Tell(
            Of("order/late", Due.AddTicks(1)), Of("order/soon", Noon), Of("order/b"), Of("order/a"), Of("order/gone"),
            Withdraw with { Key = Of("order/gone").Key }, Withdraw with { Key = Of("order/never").Key });   // and its task has not come yet
        await support.TellFor("other", Of("order/theirs"));
        await support.Drain();
        await support.Ask("take", new { staff = "anna" }, Of("order/b").Key);
        await support.Ask("done", new { staff = "anna", outcome = "Solved" }, Of("order/soon").Key);

        (await Listed(support, "")).ShouldBe(["order/a", "order/b", "order/late"]);
        (await Listed(support, "?state=Open")).ShouldBe(["order/a", "order/late"]);
        (await Listed(support, "?state=Taken")).ShouldBe(["order/b"]);
        (await Listed(support, "?state=Done")).ShouldBe(["order/soon"]);
        (await Listed(support, "?state=Withdrawn")).ShouldBe(["order/gone"]);
        (await Listed(support, "", "other")).ShouldBe(["order/theirs"]);
    }

    [Fact]
    public async Task Tasks_are_listed_by_kind_urgency_assignee_and_due_time_alone_and_together()
    {
        await using var support = await Open(postgres);
        await support.Tell(
            Of("order/1") with { Kind = StaffTaskKind.Undeliverable }, Of("order/2") with { Urgency = Urgency.High },
            Of("order/3", Due.AddDays(1)), Of("order/4", Due.AddTicks(-1)) with { Urgency = Urgency.High });
        await support.Drain();
        await support.Ask("take", new { staff = "anna" }, Of("order/2").Key);
        await support.Ask("take", new { staff = "bruno" }, Of("order/3").Key);

        (await Listed(support, "?kind=Undeliverable")).ShouldBe(["order/1"]);
        (await Listed(support, "?urgency=High")).ShouldBe(["order/4", "order/2"]);
        (await Listed(support, "?assignee=anna")).ShouldBe(["order/2"]);
        (await Listed(support, "?assignee=%27%20or%20true%20--")).ShouldBeEmpty();
        (await Listed(support, $"?due_before={Due.UtcDateTime:O}")).ShouldBe(["order/4"]);
        (await Listed(support, "?due_before=2026-01-14T14:00:00.0000001%2B02:00")).ShouldBe(["order/4", "order/1", "order/2"]);
        (await Listed(support, "?urgency=High&assignee=anna&kind=NoAddress&state=Taken")).ShouldBe(["order/2"]);
        (await Listed(support, "?urgency=High&assignee=anna&state=Open")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_page_goes_on_where_the_last_one_ended_whatever_comes_and_goes_meanwhile()
    {
        await using var support = await Open(postgres);
        await support.Tell([.. Enumerable.Range(10, 20).Select(i => Of($"order/{i}"))]);
        await support.Drain();

        List<string> seen = [];
        var cursor = "";
        for (var page = 0; page == 0 || cursor.Length > 0; page++)
        {
            var tasks = await support.Get<IReadOnlyList<StaffTask>>($"/v1/staff-tasks?limit=6&after={Uri.EscapeDataString(cursor)}");
            seen.AddRange(tasks.Select(task => task.Subject!));
            cursor = tasks.Count < 6 ? "" : tasks[^1].Cursor!;

            // One of those seen is done, one comes before all others.
            await support.Ask("done", new { staff = "anna", outcome = "Solved" }, Of(seen[^1]).Key);
            await support.Tell(Of($"order/new-{page}", Noon));
            await support.Drain();
        }

        seen.ShouldBe(Enumerable.Range(10, 20).Select(i => $"order/{i}"));
    }

    [Fact]
    public async Task What_can_t_be_understood_is_refused_and_the_limit_has_limits()
    {
        await using var support = await Open(postgres);
        await support.Tell(Of("order/1"), Of("order/2"));
        await support.Drain();

        foreach (var query in new[] { "state=Lost", "kind=1x", "urgency=very", "due_before=tomorrow", "limit=few" })
            (await Status(support, support.Sign(HttpMethod.Get, $"/v1/staff-tasks?{query}"))).ShouldBe(HttpStatusCode.BadRequest, query);
        (await Listed(support, "?limit=-5")).Length.ShouldBe(1);
        (await Listed(support, "?limit=1000000")).Length.ShouldBe(2);
        (await Status(support, support.Sign(HttpMethod.Get, new StaffTaskKey("no-address/nowhere").Path()))).ShouldBe(HttpStatusCode.NotFound);
        (await Status(support, support.Sign(HttpMethod.Get, Of("order/1").Key.Path(), "other"))).ShouldBe(HttpStatusCode.NotFound);
        foreach (var path in new[] { "/v1/staff-tasks", Of("order/1").Key.Path() })
            (await Status(support, new HttpRequestMessage(HttpMethod.Get, path))).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_after_that_is_no_cursor_is_refused_and_an_empty_one_is_the_first_page()
    {
        await using var support = await Open(postgres);
        using var refused = await support.Client.SendAsync(support.Sign(HttpMethod.Get, "/v1/staff-tasks?after=rubbish"));
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("""{"field":"/after","code":"invalid",""");
        using var first = await support.Client.SendAsync(support.Sign(HttpMethod.Get, "/v1/staff-tasks?after="));
        first.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_page_is_read_by_the_index_in_its_order_however_many_tasks_are_closed_and_the_count_passes_them_over()
    {
        await using var support = await Open(postgres);
        await support.Execute(
            """
            insert into support.mt_doc_stafftask (tenant_id, id, data, mt_version)
            select 'demo', 'task/' || i, jsonb_build_object(
                'State', case when i % 50 = 0 then 'Open' else 'Done' end, 'IsClosed', i % 50 > 0, 'IsOverdue', false, 'Kind', 'NoAddress',
                'Cursor', to_char('2026-01-12'::timestamp + i * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS".0000000Z"') || ' ' || i), 1
            from generate_series(1, 20000) i;
            analyze support.mt_doc_stafftask;
            """);
        var after = StaffTask.CursorBefore(Noon.AddDays(2));
        var page = ListStaffTasks.Sql(new(Kind: StaffTaskKind.NoAddress, DueBefore: Noon.AddDays(9), After: after, Limit: 100));

        var plan = await Plan(support, $"select d.data from (select * from support.mt_doc_stafftask where tenant_id = 'demo') d {Literal(page)}");
        plan.ShouldContain("Index Scan using mt_doc_stafftask_idx_is_closed_cursor");
        plan.ShouldNotContain("Sort");
        Removed(plan).ShouldBe(0);

        plan = await Plan(support, Engagement.Support.Watching.CountOpenTasks.Sql);
        plan.ShouldContain("mt_doc_stafftask_idx_is_closed_cursor");
        plan.ShouldNotContain("Seq Scan");
        Removed(plan).ShouldBe(1);   // there is no shop after the last
    }

    private static string Literal(ServiceDefaults.SqlStatement statement)
    {
        var next = 0;
        return string.Concat(statement.Sql.Select(c => c == '?' ? Value(statement.Args[next++]) : $"{c}"));

        static string Value(object argument) => argument is string text ? $"'{text}'" : $"{argument}";
    }

    private static async Task<string> Plan(ServiceHost support, string sql)
    {
        await using var connection = new NpgsqlConnection(support.ConnectionString);
        await connection.OpenAsync();
        return string.Join('\n', await connection.RowsAsync($"explain (analyze, costs off, timing off) {sql}", row => row.GetString(0)));
    }

    private static int Removed(string plan) =>
        plan.Split("Rows Removed by Filter: ")[1..].Sum(rest => int.Parse(rest.Split('\n')[0], CultureInfo.InvariantCulture));

    private static async Task<string[]> Listed(ServiceHost support, string query, string tenant = ServiceHost.Tenant) =>
        [.. (await support.Get<IReadOnlyList<StaffTask>>($"/v1/staff-tasks{query}", tenant)).Select(task => task.Subject!)];

    private static async Task<HttpStatusCode> Status(ServiceHost host, HttpRequestMessage request)
    {
        using (request)
        using (var answer = await host.Client.SendAsync(request)) return answer.StatusCode;
    }
}
