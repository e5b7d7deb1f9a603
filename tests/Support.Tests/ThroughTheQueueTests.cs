using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Engagement.Contracts;
using Engagement.Support.Watching;
using Engagement.Testing;
using static Engagement.Support.Tests.Tasks;

namespace Engagement.Support.Tests;

/// <summary>The service as it runs: its program, its queue, its routes, PostgreSQL.</summary>
public sealed class ThroughTheQueueTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Told_at_once_and_in_any_order_it_is_one_task_for_each_key()
    {
        await using var support = await Open(postgres);
        var random = new Random(20260112);
        string[] subjects = [.. Enumerable.Range(1, 30).Select(i => $"order/{i}")];
        object[] told = [.. subjects.SelectMany((subject, i) => new object[]
        {
            Of(subject), Of(subject), Of(subject) with { Urgency = Urgency.High },
            i < 10 ? Withdraw with { Key = Of(subject).Key } : Of(subject, Due.AddHours(-1)),
        })];
        random.Shuffle(told);

        await Task.WhenAll(told.Chunk(20).Select(some => support.Tell(some)));
        await support.Drain();

        foreach (var (subject, i) in subjects.Select((subject, i) => (subject, i)))
        {
            var task = (await support.Load<StaffTask>(StaffTask.StreamKey(Of(subject).Key)))!;
            if (i < 10) (task.State, task.Kind, task.Withdrawn).ShouldBe((StaffTaskState.Withdrawn, StaffTaskKind.NoAddress, WithdrawalReason.CustomerFound));
            else (task.State, task.Urgency, task.DueAt).ShouldBe((StaffTaskState.Open, Urgency.High, Due.AddHours(-1)));
            task.Version.ShouldBe((await support.Stream(task.Id)).Count);
        }

        (await support.Scalar<long>("select count(*) from support.mt_events where type = 'staff_task_raised'")).ShouldBe(30);
        (await support.Scalar<long>("select count(*) from bus.support_dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task A_task_s_life_from_the_first_word_to_whoever_raised_it()
    {
        await using var support = await Open(postgres);
        await support.Tell(Raise);
        await support.Drain();

        (await support.Ask("take", new { staff = "anna" })).Status.ShouldBe(HttpStatusCode.OK);
        (await support.Ask("give-back", new { staff = "anna" })).Status.ShouldBe(HttpStatusCode.OK);
        (await support.Ask("take", new { staff = "bruno", version = 3 })).Status.ShouldBe(HttpStatusCode.OK);
        var (status, body) = await support.Ask("done", new { staff = "bruno", outcome = "Solved" });

        status.ShouldBe(HttpStatusCode.OK);
        body.ShouldContain("""
            "state":"Done","assignee":"bruno","isOverdue":false,"outcome":"Solved"
            """);
        (await support.Stream(StaffTask.StreamKey(Key))).ShouldBe(
            [Raised, AnnaTook, AnnaGaveBack, AnnaTook with { By = Bruno }, AnnaSolved with { By = Bruno }], new AsWritten());
        var told = (await support.SentTo("messaging")).ShouldHaveSingleItem();
        (told.Tenant, told.Group, told.Message).ShouldBe((ServiceHost.Tenant, $"task/{Key}", Told));
        Spec.Written([await support.Get<StaffTask>(Key.Path())]).ShouldBe(Spec.Written([(await support.Load<StaffTask>(StaffTask.StreamKey(Key)))!]));
    }

    [Theory]
    [InlineData("take", "taken")]
    [InlineData("done", "done")]
    public async Task Of_many_people_at_once_one_is_first_and_the_others_are_refused(string work, string code)
    {
        await using var support = await Open(postgres);
        await support.Tell(Raise);
        await support.Drain();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => support.Ask(work, new { staff = $"person-{i}", outcome = "Solved" })));

        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(1);
        answers.Where(answer => answer.Status == HttpStatusCode.Conflict).ShouldAllBe(answer => answer.Body.Contains($"\"code\":\"{code}\""));
        answers.Count(answer => answer.Status == HttpStatusCode.Conflict).ShouldBe(7);
        (await support.Stream(StaffTask.StreamKey(Key))).Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_can_t_be_understood_is_refused_in_a_sentence_and_nothing_is_stored()
    {
        await using var support = await Open(postgres);
        await support.Tell(Raise);
        await support.Drain();

        foreach (var staff in new[] { null, "", "anna@shop.example", "Anna Verdi", new string('a', 65), "anna\n" })
        {
            var (status, body) = await support.Ask("take", new { staff });
            status.ShouldBe(HttpStatusCode.BadRequest, staff);
            if (staff is not null) body.ShouldContain("Say in 'staff' who asks");
        }

        (await support.Ask("take", new { })).Body.ShouldContain("Say in 'staff' who asks");
        (await support.Ask("take", null)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await support.Ask("take", new { staff = "anna", version = "x" })).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await support.Ask("done", new { staff = "anna" })).Body.ShouldContain("Say in 'outcome' what came of it: Solved, Unsolvable, NotNeeded.");
        (await support.Ask("done", new { staff = "anna", outcome = 99 })).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await support.Ask("done", new { staff = "anna", outcome = "Lost" })).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await support.Ask("dance", new { staff = "anna" })).Status.ShouldBe(HttpStatusCode.NotFound);
        (await support.Ask("take", new { staff = "anna" }, new("no-address/unheard-of"))).ShouldSatisfyAllConditions(
            answer => answer.Status.ShouldBe(HttpStatusCode.NotFound), answer => answer.Body.ShouldContain("There is no such task."));
        (await support.Ask("take", new { staff = "anna" }, tenant: "other")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await support.Scalar<long>("select count(*) from support.mt_events")).ShouldBe(1);
        using var unsigned = await support.Client.PostAsync(Key.Path("take"), null);
        unsigned.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Nobody_having_done_it_when_it_is_due_it_is_overdue_and_counted_and_a_superseded_timer_does_nothing()
    {
        const string Tenant = "counted-shop";   // the meter is the whole process's
        using var metrics = new Overdues(Tenant);
        await using var support = await Open(postgres);
        var done = Raise with { Key = new("undeliverable/thank-you/order-2"), Kind = StaffTaskKind.Undeliverable };

        await support.TellFor(Tenant, Raise, Raise with { DueAt = Due.AddHours(-1), Urgency = Urgency.High }, done);
        await support.Drain();
        (await support.Ask("done", new { staff = "anna", outcome = "NotNeeded" }, done.Key, Tenant)).Status.ShouldBe(HttpStatusCode.OK);
        (await support.Timers()).Select(timer => timer.Message)
            .ShouldBe([Overdue with { DueAt = Due.AddHours(-1) }, Overdue, Overdue with { Key = done.Key }], ignoreOrder: true);
        support.Clock.AdvanceTo(Due.AddHours(-1).AddTicks(-1));
        await support.Drain();
        (await support.Get<StaffTask>(Key.Path(), Tenant)).IsOverdue.ShouldBeFalse();

        support.Clock.AdvanceTo(Due.AddHours(-1));
        await support.Drain();
        (await support.Get<StaffTask>(Key.Path(), Tenant)).IsOverdue.ShouldBeTrue();
        support.Clock.AdvanceTo(Due.AddHours(1));
        await support.Drain();

        (await support.Stream(StaffTask.StreamKey(Key), Tenant)).OfType<StaffTaskDeadlineMissed>().ShouldBe([new(Due.AddHours(-1), Due.AddHours(-1))]);
        (await support.Get<StaffTask>(done.Key.Path(), Tenant)).IsOverdue.ShouldBeFalse();
        (await support.Timers()).ShouldBeEmpty();
        await support.Until(() => Task.FromResult(metrics.Counted.Count > 0), "it is counted");
        metrics.Counted.ShouldBe(["NoAddress High"]);
    }

    [Fact]
    public async Task What_is_still_to_do_is_counted_for_each_shop()
    {
        await using var support = await Open(postgres);
        using var gauge = new Gauge();
        await support.Tell(Of("order/1"), Of("order/2"), Of("order/3", Noon), Withdraw with { Key = Of("order/2").Key });
        await support.TellFor("a shop that has nothing left to do", Of("order/1"), Withdraw with { Key = Of("order/1").Key });
        await support.TellFor("zeta", Of("order/1"));
        await support.Drain();

        await support.Until(
            () =>
            {
                support.Real.Advance(CountOpenTasks.Pause);
                return Task.FromResult(gauge.Read().Length == 6);
            },
            "it is counted");

        gauge.Read().ShouldBe([
            "a shop that has nothing left to do False 0", "a shop that has nothing left to do True 0", "demo False 1", "demo True 1", "zeta False 1", "zeta True 0",
        ]);
    }

    [Fact]
    public async Task One_trace_leads_from_whoever_raised_it_to_the_task_and_the_timer_s_own_links_to_it()
    {
        await using var support = await Open(postgres);
        using var spans = new Spans();
        using var request = new Activity("a handler of Messaging").SetIdFormat(ActivityIdFormat.W3C).Start();

        await support.Tell(Raise);
        request.Stop();
        await support.Drain();
        support.Clock.AdvanceTo(Due);
        await support.Drain();

        await support.Until(() => Task.FromResult(spans.LinkedTo(request.TraceId).Count == 1), "the timer's span ends");   // it is told after the commit
        spans.Of(request.TraceId).Single(span => span.DisplayName == "process RaiseStaffTask").ParentSpanId.ShouldBe(request.SpanId);
        spans.LinkedTo(request.TraceId).Single().DisplayName.ShouldBe("process StaffTaskOverdue");
    }

    /// <summary>What the counter of overdue tasks was told of a shop.</summary>
    private sealed class Overdues : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<string> _counted = [];

        public Overdues(string tenant)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "engagement.staff_tasks.overdue") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
            {
                var told = tags.ToArray().ToDictionary(tag => tag.Key, tag => $"{tag.Value}");
                lock (_counted) if (told["engagement.tenant"] == tenant) _counted.Add($"{told["kind"]} {told["urgency"]}");
            });
            _listener.Start();
        }

        public IReadOnlyList<string> Counted
        {
            get
            {
                lock (_counted) return [.. _counted];
            }
        }

        public void Dispose() => _listener.Dispose();
    }

    private sealed class Gauge : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<string> _read = [];

        public Gauge()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "engagement.staff_tasks.open") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>(
                (_, value, tags, _) => _read.Add($"{string.Join(' ', tags.ToArray().Select(tag => tag.Value))} {value}"));
            _listener.Start();
        }

        public string[] Read()
        {
            _read.Clear();
            _listener.RecordObservableInstruments();
            return [.. _read];
        }

        public void Dispose() => _listener.Dispose();
    }
}
