using System.Collections.Concurrent;
using System.Diagnostics;
using Engagement.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Engagement.ServiceDefaults.Tests;

public sealed class DeliveryTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(2);

    private readonly TestClock _clock = new();
    private readonly DeliveryWaker _waker = new();
    private readonly List<DeliveryWorker<FakeChannel>> _workers = [];
    private NpgsqlDataSource _database = null!;
    private FakeChannel _channel = null!;

    public async ValueTask InitializeAsync()
    {
        _database = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        await Execute("create schema messaging; create table messaging.done (id text, what text)");
        for (var run = 0; run < 2; run++) await Execute(SqlScripts.Deliveries("messaging"));
        _channel = new FakeChannel(_database);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers) await StopAsync(worker);
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_delivery_goes_out_as_soon_as_the_workers_are_woken()
    {
        await StartWorkerAsync();
        await Insert("m1");
        _waker.Wake();   // and the clock stands still: nothing polls

        await Recorded("m1 delivered");

        (await Rows()).ShouldBeEmpty();
        _channel.Sent.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            sent => sent.Tenant.ShouldBe("demo"),
            sent => sent.Read<string>().ShouldBe("the payload of m1"),
            sent => sent.Attempt.ShouldBe(1),
            sent => sent.CreatedAt.ShouldBe(_clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_delivery_asked_for_twice_goes_out_once()
    {
        await Insert("m1");
        await Insert("m1");
        await StartWorkerAsync();

        await Recorded("m1 delivered");

        _channel.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Another_instance_is_woken_by_the_database()
    {
        await StartWorkerAsync();
        await Eventually.BecomesTrueAsync(async () => await Scalar("select count(*) from pg_stat_activity where query like 'listen %' and datname = current_database()") > 0, "the worker listens");
        await Insert("m1");

        await Execute("select pg_notify('engagement_deliveries_messaging', '')");

        await Recorded("m1 delivered");
    }

    [Fact]
    public async Task Polling_finds_what_nobody_told_of()
    {
        await StartWorkerAsync();
        await Insert("m1");

        await Eventually.BecomesTrueAsync(
            async () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return (await Done()).Contains("m1 delivered");
            },
            "the delivery is found");
    }

    [Fact]
    public async Task What_fails_is_tried_again_after_growing_waits()
    {
        _channel.Attempt = (delivery, _) => Task.FromResult(delivery.Attempt < 3 ? DeliveryOutcome.Failed("smtp 451") : DeliveryOutcome.Delivered);
        await Insert("m1");
        await StartWorkerAsync();

        var first = await Waiting("m1", attempt: 1);
        first.LastError.ShouldBe("smtp 451");
        first.Wait.ShouldBeInRange(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6));
        _clock.Advance(first.Wait - TimeSpan.FromMilliseconds(1));
        (await Waiting("m1", attempt: 1)).Wait.ShouldBe(TimeSpan.FromMilliseconds(1));

        _clock.Advance(TimeSpan.FromSeconds(1));
        var second = await Waiting("m1", attempt: 2);
        second.Wait.ShouldBeInRange(TimeSpan.FromSeconds(24), TimeSpan.FromSeconds(36));
        _clock.Advance(second.Wait + TimeSpan.FromSeconds(1));
        await Recorded("m1 delivered");
    }

    [Fact]
    public async Task The_receiver_can_ask_for_a_wait_of_its_own()
    {
        _channel.Attempt = (_, _) => Task.FromResult(DeliveryOutcome.Failed("http 429", TimeSpan.FromMinutes(7)));
        await Insert("m1");
        await StartWorkerAsync();

        (await Waiting("m1", attempt: 1)).Wait.ShouldBe(TimeSpan.FromMinutes(7));
    }

    [Fact]
    public async Task What_was_postponed_is_taken_up_later_and_was_no_attempt()
    {
        var turns = 0;
        _channel.Attempt = (_, _) => Task.FromResult(++turns <= 20 ? DeliveryOutcome.Postponed(TimeSpan.FromSeconds(7)) : DeliveryOutcome.Delivered);
        await Insert("m1");
        await StartWorkerAsync();
        await Eventually.BecomesTrueAsync(async () => (await Rows()).Single().DueAt == _clock.GetUtcNow() + TimeSpan.FromSeconds(7), "it waits");

        await Eventually.BecomesTrueAsync(
            async () =>
            {
                // Only while it waits: an attempt under way would lose its lease.
                if ((await Rows()).SingleOrDefault() is { } row && row.DueAt > _clock.GetUtcNow()) _clock.Advance(TimeSpan.FromSeconds(7));
                return (await Done()).Contains("m1 delivered");
            },
            "it is delivered");

        _channel.Sent.Select(delivery => delivery.Attempt).Distinct().ShouldBe([1]);   // and is not given up after ten
    }

    [Fact]
    public async Task An_exception_leaves_its_type_only()
    {
        _channel.Attempt = (_, _) => throw new InvalidOperationException("giulia@example.it is unknown");
        await Insert("m1");
        await StartWorkerAsync();

        (await Waiting("m1", attempt: 1)).LastError.ShouldBe("InvalidOperationException");
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_cut_off_and_can_not_go_through_any_more()
    {
        var cut = new TaskCompletionSource();
        var late = new TaskCompletionSource<bool>();
        _channel.Attempt = async (delivery, ct) =>
        {
            if (delivery.Attempt > 1) return DeliveryOutcome.Delivered;
            await cut.Task;   // deaf to its token
            late.SetResult(await delivery.StillMineAsync(CancellationToken.None));
            return DeliveryOutcome.Lost;
        };
        await Insert("m1");
        await StartWorkerAsync();
        await Eventually.BecomesTrueAsync(() => _channel.Started.Count == 1, "the attempt is under way");

        await Eventually.BecomesTrueAsync(
            async () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return (await Rows()).Single().LastError == "not within 20 s";
            },
            "the attempt is cut off");
        cut.SetResult();

        (await late.Task).ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_dead_instance_left_behind_is_taken_over_when_its_lease_ends()
    {
        await Insert("m1");
        var dead = new DeliveryTable(_database, "messaging");
        (await dead.ClaimAsync("mail", _clock.GetUtcNow(), Guid.NewGuid(), _clock.GetUtcNow().AddSeconds(60), 10, (_, _, _) => Task.FromResult<bool?>(null)))
            .Count.ShouldBe(1);
        await StartWorkerAsync();

        _clock.Advance(TimeSpan.FromSeconds(59));
        await Insert("m2");
        _waker.Wake();
        await Recorded("m2 delivered");
        (await Done()).ShouldNotContain("m1 delivered");

        _clock.Advance(TimeSpan.FromSeconds(1));
        await Recorded("m1 delivered");
        _channel.Sent.Single(sent => sent.Id == "m1").Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_condition_of_the_service_s_own_forbids_is_withheld()
    {
        _channel.Attempt = async (delivery, ct) => await delivery.StillMineAsync(new SqlStatement("? = ?", delivery.Id, "m2"), ct) switch
        {
            true => DeliveryOutcome.Delivered,
            false => DeliveryOutcome.Withheld,
            null => DeliveryOutcome.Lost,
        };
        await Insert("m1");
        await Insert("m2");
        await StartWorkerAsync();

        await Recorded("m1 withheld");
        await Recorded("m2 delivered");
        (await Rows()).ShouldBeEmpty();
        _channel.Sent.ShouldHaveSingleItem().Id.ShouldBe("m2");
    }

    [Fact]
    public async Task Who_has_lost_the_lease_stops_before_the_final_dot()
    {
        var paused = new TaskCompletionSource();
        _channel.Attempt = async (delivery, ct) =>
        {
            if (delivery.Attempt == 1) await paused.Task;   // a long pause of the whole process
            return await delivery.StillMineAsync(ct) ? DeliveryOutcome.Delivered : DeliveryOutcome.Lost;
        };
        await Insert("m1");
        await StartWorkerAsync();
        await Eventually.BecomesTrueAsync(() => _channel.Started.Count == 1, "the first instance is at it");
        await Execute("update messaging.deliveries set lease_until = due_at - interval '1 second'");
        await StartWorkerAsync();
        await Recorded("m1 delivered");

        paused.SetResult();

        await Eventually.BecomesTrueAsync(() => _channel.Ended.Count == 2, "both attempts have ended");
        _channel.Sent.ShouldHaveSingleItem().Attempt.ShouldBe(2);
        (await Done()).ShouldBe(["m1 delivered"]);
    }

    [Fact]
    public async Task After_its_last_attempt_a_delivery_is_given_up()
    {
        _channel.Attempt = (_, _) => Task.FromResult(DeliveryOutcome.Failed("smtp 451"));
        await Insert("m1");
        await StartWorkerAsync(new DeliveryWorkerOptions { Waits = [TimeSpan.FromSeconds(1)] });

        await Waiting("m1", attempt: 1);
        _clock.Advance(LongEnough);

        await Recorded("m1 given up: smtp 451");
        (await Rows()).ShouldBeEmpty();
        _channel.Started.Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_refused_for_good_is_given_up_at_once()
    {
        _channel.Attempt = (_, _) => Task.FromResult(DeliveryOutcome.Refused("smtp 550"));
        await Insert("m1");
        await StartWorkerAsync();

        await Recorded("m1 given up: smtp 550");
        (await Rows()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_kills_its_process_each_time_is_given_up_without_another_attempt()
    {
        await Insert("m1");
        await Execute("update messaging.deliveries set attempt = 10");
        await StartWorkerAsync();

        await Recorded("m1 given up: never ended");
        _channel.Started.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_success_that_can_not_be_recorded_at_once_is_recorded_later_and_not_sent_again()
    {
        _channel.FailCompletions = 2;
        await Insert("m1");
        await StartWorkerAsync();

        await Eventually.BecomesTrueAsync(
            async () =>
            {
                _clock.Advance(TimeSpan.FromMilliseconds(200));
                return (await Done()).Contains("m1 delivered");
            },
            "the success is recorded");
        _channel.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task No_more_are_under_way_than_allowed_and_all_get_their_turn()
    {
        var most = 0;
        var now = 0;
        _channel.Attempt = async (_, _) =>
        {
            var mine = Interlocked.Increment(ref now);
            if (mine > Volatile.Read(ref most)) Volatile.Write(ref most, mine);
            await Task.Yield();
            Interlocked.Decrement(ref now);
            return DeliveryOutcome.Delivered;
        };
        for (var i = 0; i < 100; i++) await Insert($"m{i}");
        await StartWorkerAsync(new DeliveryWorkerOptions { Concurrency = 3 });
        await StartWorkerAsync(new DeliveryWorkerOptions { Concurrency = 3 });

        await Eventually.BecomesTrueAsync(async () => (await Rows()).Count == 0, "all are delivered");

        (await Done()).Distinct().Count().ShouldBe(100);
        _channel.Sent.Count.ShouldBe(100);
        most.ShouldBeInRange(1, 6);
    }

    [Fact]
    public async Task A_stop_gives_back_what_is_under_way()
    {
        _channel.Attempt = async (_, ct) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(ct);
            return DeliveryOutcome.Delivered;
        };
        await Insert("m1");
        var due = (await Rows()).Single().DueAt;
        var worker = await StartWorkerAsync();
        await Eventually.BecomesTrueAsync(() => _channel.Started.Count == 1, "the attempt is under way");

        await StopAsync(worker);

        (await Rows()).Single().ShouldBe(("m1", 0, null, due, null));
    }

    [Fact]
    public async Task A_stop_leaves_to_its_lease_what_may_have_gone_out()
    {
        _channel.Attempt = async (delivery, ct) =>
        {
            await delivery.StillMineAsync(ct);
            _channel.Ended.Enqueue(delivery);
            await new TaskCompletionSource().Task.WaitAsync(ct);   // no answer comes
            return DeliveryOutcome.Delivered;
        };
        await Insert("m1");
        var worker = await StartWorkerAsync();
        await Eventually.BecomesTrueAsync(() => _channel.Ended.Count == 1, "the attempt is past the point of no return");

        await StopAsync(worker);

        (await Rows()).Single().Owner.ShouldNotBeNull("to another instance it must not look as if nothing had been sent");
    }

    [Fact]
    public async Task A_channel_that_allows_less_gets_less_and_is_asked_again_when_it_said()
    {
        var (later, begun) = (_clock.GetUtcNow().AddSeconds(7), 0);
        _channel.Allowed = most => _clock.GetUtcNow() < later ? new Allowance(2 - begun, later - _clock.GetUtcNow()) : new Allowance(most);
        _channel.OnBegun = count => begun += count;
        for (var i = 0; i < 5; i++) await Insert($"m{i}");
        await StartWorkerAsync(new DeliveryWorkerOptions { Poll = TimeSpan.FromHours(1) });
        await Eventually.BecomesTrueAsync(async () => (await Done()).Count == 2, "two are delivered");

        _clock.Advance(TimeSpan.FromSeconds(6));
        begun.ShouldBe(2);
        (await Rows()).ShouldAllBe(row => row.Attempt == 0);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await Eventually.BecomesTrueAsync(async () => (await Rows()).Count == 0, "the others are delivered");
        begun.ShouldBe(5);
    }

    [Fact]
    public async Task The_trace_goes_on()
    {
        using var source = new ActivitySource("Engagement.Tests.Deliveries");
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = heard => heard.Name is "Engagement.Deliveries" || heard == source,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using (source.StartActivity("the request")) await Insert("traced");
        await StartWorkerAsync();

        await Recorded("traced delivered");
        await Eventually.BecomesTrueAsync(() => spans.Any(IsOurs), "the span has ended");

        spans.First(IsOurs).ShouldSatisfyAllConditions(
            span => span.TraceId.ShouldBe(spans.Single(one => one.Source == source).TraceId),
            span => span.GetTagItem("engagement.delivery.outcome").ShouldBe("delivered"));

        static bool IsOurs(Activity span) => span.OperationName == "deliver mail" && span.GetTagItem("engagement.delivery.id") is "traced";
    }

    [Theory]
    [InlineData("Messaging")]
    [InlineData("x; drop table y")]
    [InlineData("1st")]
    public void A_schema_is_a_plain_name(string schema) => Should.Throw<ArgumentException>(() => SqlScripts.Deliveries(schema));

    private async Task<DeliveryWorker<FakeChannel>> StartWorkerAsync(DeliveryWorkerOptions? options = null)
    {
        var worker = new DeliveryWorker<FakeChannel>(
            _channel, _database, "messaging", options ?? new DeliveryWorkerOptions(), _waker, new RealTime(_clock), NullLogger.Instance);
        _workers.Add(worker);
        await worker.StartAsync(CancellationToken.None);
        return worker;
    }

    private async Task StopAsync(DeliveryWorker<FakeChannel> worker)
    {
        var stopped = worker.StopAsync(CancellationToken.None);
        await Eventually.BecomesTrueAsync(
            () =>
            {
                if (!stopped.IsCompleted) _clock.Advance(TimeSpan.FromSeconds(1));
                return stopped.IsCompleted;
            },
            "the worker stops");
        await stopped;
    }

    private Task Insert(string id) =>
        Execute(Deliveries.Insert("messaging", "demo", id, "mail", $"the payload of {id}", _clock.GetUtcNow()));

    private Task Recorded(string what) => Eventually.BecomesTrueAsync(async () => (await Done()).Contains(what), what);

    /// <summary>Waits until the attempt has failed and says how long the next one is away.</summary>
    private async Task<(TimeSpan Wait, string? LastError)> Waiting(string id, int attempt)
    {
        (string Id, int Attempt, string? LastError, DateTimeOffset DueAt, Guid? Owner) row = default;
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                row = (await Rows()).Single(one => one.Id == id);
                return row.Attempt == attempt && row.Owner is null;
            },
            $"{id} waits after attempt {attempt}");
        return (row.DueAt - _clock.GetUtcNow(), row.LastError);
    }

    private async Task<List<(string Id, int Attempt, string? LastError, DateTimeOffset DueAt, Guid? Owner)>> Rows()
    {
        await using var select = _database.CreateCommand("select id, attempt, last_error, due_at, owner from messaging.deliveries order by id");
        await using var reader = await select.ExecuteReaderAsync();
        var rows = new List<(string, int, string?, DateTimeOffset, Guid?)>();
        while (await reader.ReadAsync())
        {
            rows.Add((reader.GetString(0), reader.GetInt32(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<Guid?>(4)));
        }

        return rows;
    }

    private async Task<List<string>> Done()
    {
        await using var select = _database.CreateCommand("select id || ' ' || what from messaging.done");
        await using var reader = await select.ExecuteReaderAsync();
        var done = new List<string>();
        while (await reader.ReadAsync()) done.Add(reader.GetString(0));
        return done;
    }

    private async Task<long> Scalar(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task Execute(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task Execute(SqlStatement statement)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await statement.ExecuteAsync(connection);
    }

    /// <summary>Records what was done as a service would: in one transaction with the statement it is given.</summary>
    private sealed class FakeChannel(NpgsqlDataSource database) : IDeliveryChannel
    {
        public string Kind => "mail";

        public Func<Delivery, CancellationToken, Task<DeliveryOutcome>> Attempt { get; set; } = (_, _) => Task.FromResult(DeliveryOutcome.Delivered);

        public Func<int, Allowance> Allowed { get; set; } = most => new Allowance(most);

        public Action<int> OnBegun { get; set; } = _ => { };

        public int FailCompletions { get; set; }

        public Allowance Allow(int most) => Allowed(most);

        public void Begun(int deliveries) => OnBegun(deliveries);

        public ConcurrentQueue<Delivery> Started { get; } = [];

        public ConcurrentQueue<Delivery> Ended { get; } = [];

        public ConcurrentQueue<Delivery> Sent { get; } = [];

        public async Task<DeliveryOutcome> AttemptAsync(Delivery delivery, CancellationToken ct)
        {
            Started.Enqueue(delivery);
            var outcome = await Attempt(delivery, ct);
            if (outcome == DeliveryOutcome.Delivered) Sent.Enqueue(delivery);
            Ended.Enqueue(delivery);
            return outcome;
        }

        public Task DeliveredAsync(Delivery delivery, SqlStatement done, CancellationToken ct) =>
            FailCompletions-- > 0 ? throw new InvalidOperationException("not now") : RecordAsync(delivery, "delivered", done, ct);

        public Task WithheldAsync(Delivery delivery, SqlStatement done, CancellationToken ct) => RecordAsync(delivery, "withheld", done, ct);

        public Task GivenUpAsync(Delivery delivery, string error, SqlStatement done, CancellationToken ct) =>
            RecordAsync(delivery, $"given up: {error}", done, ct);

        private async Task RecordAsync(Delivery delivery, string what, SqlStatement done, CancellationToken ct)
        {
            await using var connection = await database.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await new SqlStatement("insert into messaging.done values (?, ?)", delivery.Id, what).ExecuteAsync(connection);
            await done.ExecuteAsync(connection);
            await transaction.CommitAsync(ct);
        }
    }
}
