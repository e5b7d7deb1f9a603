using System.Text.Json.Nodes;

namespace Engagement.Tools.Tests;

public sealed class PublishingTests : IDisposable
{
    private const string Delivered = "a,c1,delivered,10/2/2017 10:56,10/2/2017 11:07,10/4/2017 19:55,10/10/2017 21:25,10/18/2017 0:00";
    private const string Paid = "b,c2,processing,10/2/2017 10:57,10/2/2017 11:08,,,10/18/2017 0:00";

    private readonly ReplayRun replay = new();

    public void Dispose() => replay.Dispose();

    [Fact]
    public async Task Events_go_as_a_batch_of_CloudEvents_with_the_key()
    {
        await using var gateway = await FakeGateway.StartAsync();

        var result = await replay.WithOrders(Delivered).AgainstAsync(gateway);

        result.ExitCode.ShouldBe(0);
        var call = gateway.Calls.ShouldHaveSingleItem();
        call.Path.ShouldBe("/v1/events");
        call.ContentType.ShouldBe("application/cloudevents-batch+json");
        call.Authorization.ShouldBe("Bearer secret");
        call.Ids.ShouldBe(["a-placed", "a-paid", "a-shipped", "a-delivered"]);
    }

    [Fact]
    public async Task Every_event_arrives_once_and_those_of_one_order_in_order()
    {
        await using var gateway = await FakeGateway.StartAsync();

        var result = await replay.WithOrders(ManyOrders(200)).AgainstAsync(gateway, "--batch", "7");

        result.ExitCode.ShouldBe(0);
        gateway.Calls.ShouldAllBe(call => call.Events.Count <= 7);
        gateway.Accepted.Count.ShouldBe(800);
        gateway.Accepted.Select(Id).ShouldBeUnique();
        foreach (var order in gateway.Accepted.GroupBy(e => (string)e["data"]!["order"]!))
        {
            order.Select(e => (string)e["type"]!).ShouldBe(["order.placed", "order.paid", "order.shipped", "order.delivered"]);
        }
    }

    [Fact]
    public async Task The_file_is_moved_so_that_its_last_event_is_now()
    {
        await using var gateway = await FakeGateway.StartAsync();

        await replay.WithOrders(Delivered).AgainstAsync(gateway, "--shift");

        gateway.Accepted.Select(e => (string)e["time"]!).ShouldBe(
            ["2026-02-21T01:31:00Z", "2026-02-21T01:42:00Z", "2026-02-23T10:30:00Z", "2026-03-01T12:00:00Z"]);
        gateway.Accepted.ShouldAllBe(e => (bool)e["evenifstale"]!);
    }

    [Fact]
    public async Task A_second_replay_of_the_same_file_sends_the_same_bodies()
    {
        await using var gateway = await FakeGateway.StartAsync();
        replay.WithOrders(Delivered);

        await replay.AgainstAsync(gateway);
        replay.Clock.MoveBy(TimeSpan.FromDays(3));
        await replay.AgainstAsync(gateway);

        gateway.Calls.Select(call => call.Body).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Another_file_is_moved_by_its_own_shift()
    {
        await using var gateway = await FakeGateway.StartAsync();

        await replay.WithOrders(Delivered).AgainstAsync(gateway);
        replay.Clock.MoveBy(TimeSpan.FromDays(3));
        await replay.WithOrders(Paid).AgainstAsync(gateway);

        ((string)gateway.Accepted[^1]["time"]!).ShouldBe("2026-03-04T12:00:00Z");
        JsonNode.Parse(await File.ReadAllTextAsync(replay.KeptPath))!.AsObject().Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_broken_file_of_shifts_is_named_and_left_alone()
    {
        await using var gateway = await FakeGateway.StartAsync();
        replay.WithOrders(Delivered).WithDevEnv();
        await File.WriteAllTextAsync(replay.KeptPath, "{ half");

        var result = await replay.AgainstAsync(gateway);

        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("replay.json, which keeps by how much a file is moved, can't be read");
        (await File.ReadAllTextAsync(replay.KeptPath)).ShouldBe("{ half");
        gateway.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_after_as_long_as_it_says()
    {
        await using var gateway = await FakeGateway.StartAsync((_, number) => number switch
        {
            0 => new Reply(429, RetryAfter: "17"),
            1 => new Reply(429, RetryAfter: ReplayRun.Now.AddSeconds(30).ToString("R")),
            _ => null,
        });

        var result = await replay.WithOrders(Delivered).AgainstAsync(gateway);

        result.ExitCode.ShouldBe(0);
        replay.Clock.Waits.ShouldBe([TimeSpan.FromSeconds(17), TimeSpan.FromSeconds(13)]);
        gateway.Calls.Select(call => call.Body).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_server_that_is_killed_in_the_middle_is_waited_for_with_growing_pauses()
    {
        await using var gateway = await FakeGateway.StartAsync((_, number) => number switch
        {
            0 => new Reply(503),
            < 4 => Reply.Cut,
            < 11 => new Reply(502),
            _ => null,
        });

        var result = await replay.WithOrders(Delivered).AgainstAsync(gateway);

        result.ExitCode.ShouldBe(0);
        gateway.Accepted.Count.ShouldBe(4);
        result.Error.Trim().ShouldBe($"{gateway.Url}/ is busy or away (it answers 502): waiting for it.");
        replay.Clock.Waits.Select(wait => wait.TotalSeconds).ShouldBe([0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5, 5, 5, 5]);
    }

    [Fact]
    public async Task A_server_that_does_not_recover_ends_the_run_with_one_sentence()
    {
        await using var gateway = await FakeGateway.StartAsync((_, number) => number == 0 ? null : new Reply(500));

        var result = await replay.WithOrders(Delivered).AgainstAsync(gateway, "--batch", "1");

        result.ExitCode.ShouldBe(1);
        result.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).ShouldBe([
            $"{gateway.Url}/ is busy or away (it answers 500): waiting for it.",
            $"{gateway.Url}/ did not recover within 2 minutes (it answers 500)."]);
        Line(result, "accepted").ShouldBe("1");
        Line(result, "not sent").ShouldBe("3");
        result.Out.ShouldContain("Run the same command again to go on");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_not_waited_for_long()
    {
        var gateway = await FakeGateway.StartAsync();
        await gateway.DisposeAsync();

        var result = await replay.WithOrders(Delivered).AgainstAsync(gateway);

        result.ExitCode.ShouldBe(1);
        result.Error.Trim().ShouldBe($"Can't reach {gateway.Url}/ (Connection refused): is Engagement running there?");
        result.Out.ShouldNotContain("accepted");
        replay.Clock.Waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait).ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task What_is_wrong_in_a_batch_is_named_and_dropped_and_the_rest_is_sent_once_more()
    {
        await using var gateway = await FakeGateway.StartAsync((_, number) => number == 0
            ? new Reply(400, new
            {
                title = "Bad batch",
                errors = new[] { new { index = 1, field = "data.amount", message = "must be positive" }, new { index = 3, field = "time", message = "is in the future" } },
            })
            : null);

        var result = await replay.WithOrders(Delivered).AgainstAsync(gateway);

        result.ExitCode.ShouldBe(1);
        result.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).ShouldBe([
            "line 2, a-paid: refused: data.amount: must be positive",
            "line 2, a-delivered: refused: time: is in the future"]);
        gateway.Calls.Count.ShouldBe(2);
        gateway.Accepted.Select(Id).ShouldBe(["a-placed", "a-shipped"]);
        Line(result, "accepted").ShouldBe("2");
        Line(result, "refused").ShouldBe("2");
    }

    [Fact]
    public async Task A_rest_that_is_refused_as_well_is_not_sent_a_third_time()
    {
        await using var gateway = await FakeGateway.StartAsync((_, _) => new Reply(400, new { title = "Bad batch", errors = new[] { new { index = 0, field = "id" } } }));

        var result = await replay.WithOrders(Delivered).AgainstAsync(gateway);

        result.ExitCode.ShouldBe(1);
        gateway.Calls.Count.ShouldBe(2);
        Line(result, "refused").ShouldBe("4");
    }

    [Theory]
    [InlineData(409)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task A_refusal_without_details_counts_for_the_whole_batch_and_the_run_goes_on(int status)
    {
        await using var gateway = await FakeGateway.StartAsync((call, _) => call.Ids.Contains("a-paid") ? new Reply(status, new { detail = "No." }) : null);

        var result = await replay.WithOrders(Delivered).AgainstAsync(gateway, "--batch", "2");

        result.ExitCode.ShouldBe(1);
        result.Error.Trim().ShouldBe($"2 events from line 2, a-placed, to line 2, a-paid: refused: No. (HTTP {status})");
        gateway.Accepted.Select(Id).ShouldBe(["a-shipped", "a-delivered"]);
    }

    [Theory]
    [InlineData(401, "does not accept this API key (HTTP 401).")]
    [InlineData(403, "does not accept this API key (HTTP 403).")]
    [InlineData(404, "does not take events (HTTP 404): is it Engagement's Gateway?")]
    [InlineData(302, "answers HTTP 302: is it Engagement's Gateway?")]
    public async Task A_refusal_that_every_batch_would_meet_ends_the_run_with_one_sentence(int status, string sentence)
    {
        await using var gateway = await FakeGateway.StartAsync((_, _) => new Reply(status));

        var result = await replay.WithOrders(ManyOrders(50)).AgainstAsync(gateway, "--batch", "1");

        result.ExitCode.ShouldBe(1);
        result.Error.Trim().ShouldBe($"{gateway.Url}/ {sentence}");
        gateway.Calls.Count.ShouldBeLessThanOrEqualTo(4);
    }

    [Fact]
    public async Task The_report_counts_repeats_and_malformed_rows()
    {
        await using var gateway = await FakeGateway.StartAsync((_, _) => new Reply(202, new { accepted = 4, repeats = 3 }));

        var result = await replay.WithOrders(Delivered, "x,c,delivered,yesterday,,,,").AgainstAsync(gateway);

        result.ExitCode.ShouldBe(0);
        result.Error.Trim().ShouldBe("line 3: skipped: order_purchase_timestamp 'yesterday' is not a time such as 10/2/2017 10:56");
        Line(result, "events").ShouldBe("4");
        Line(result, "accepted").ShouldBe("4");
        Line(result, "repeats").ShouldBe("3 of them");
        Line(result, "refused").ShouldBe("0");
        Line(result, "malformed").ShouldBe("1 rows");
        Line(result, "request").ShouldStartWith("p50 ");
    }

    [Fact]
    public async Task A_bar_is_drawn_on_a_terminal_only()
    {
        await using var gateway = await FakeGateway.StartAsync((_, _) =>
        {
            replay.Clock.MoveBy(TimeSpan.FromSeconds(1));
            return null;
        });
        string[] command = ["orders", replay.WithOrders(Delivered).OrdersPath, "--url", gateway.Url, "--key", "secret", "--batch", "1"];

        (await replay.RunAsync(command, barWidth: 80)).Out.ShouldContain("[#######.......................] 1 of 4 events");
        (await replay.RunAsync(command)).Out.ShouldNotContain("#");
    }

    internal static string[] ManyOrders(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => FormattableString.Invariant(
            $"order-{i},customer-{i},delivered,1/1/2018 {i % 24}:00,1/1/2018 {i % 24}:30,1/2/2018 {i % 24}:00,1/{3 + (i % 9)}/2018 {i % 24}:00,1/10/2018 0:00")),
    ];

    internal static string Line(RunResult result, string name) =>
        result.Out.Split(Environment.NewLine).Single(line => line.StartsWith($"  {name} ", StringComparison.Ordinal))[(name.Length + 2)..].Trim();

    private static string Id(JsonObject e) => (string)e["id"]!;
}
