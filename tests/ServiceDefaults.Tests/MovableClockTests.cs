using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Engagement.ServiceDefaults.Tests;

/// <summary>Two services and a database; a table of things to do at a time stands in for the queues.</summary>
public sealed class MovableClockTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2017, 5, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>What never comes about is given up after it; a busy machine has looked by then.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly List<TestHost> _hosts = [];
    private NpgsqlDataSource _database = null!;
    private string _connectionString = null!;

    public async ValueTask InitializeAsync()
    {
        _connectionString = await postgres.CreateDatabaseAsync();
        _database = NpgsqlDataSource.Create(_connectionString);
        for (var run = 0; run < 2; run++) await Execute(SqlScripts.Clock);
        await Execute("""
            create table bus.todo (due timestamptz not null);
            create table bus.done (due timestamptz not null, at timestamptz not null);
            create function bus.pending(now timestamptz) returns table (ready bigint, next_due timestamptz) language sql as $$
                select count(*) filter (where due <= now), min(due) filter (where due > now) from bus.todo $$;
            create function bus.any_events() returns boolean language sql as $$ select exists (select from bus.done) $$;
            """);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Setting_the_clock_is_answered_when_every_instance_has_followed()
    {
        var (gateway, orders, messaging) = (await StartAsync(), await StartAsync(), await StartAsync());

        var moved = await Post(gateway, "/dev/clock", new { now = Start });

        moved.Status.ShouldBe(HttpStatusCode.OK);
        foreach (var host in new[] { gateway, orders, messaging })
        {
            Clock(host).GetUtcNow().ShouldBeInRange(Start, Start.AddMinutes(1));
        }
    }

    [Fact]
    public async Task A_service_has_the_domain_s_time_before_its_own_services_start()
    {
        var gateway = await StartAsync();
        await Post(gateway, "/dev/clock", new { now = Start });

        var seen = default(DateTimeOffset);
        await StartAsync(builder => builder.AddHostedService(services => new AtStart(() => seen = services.GetRequiredService<TimeProvider>().GetUtcNow())));

        seen.ShouldBeInRange(Start, Start.AddMinutes(1));
    }

    [Fact]
    public async Task Advancing_goes_from_due_time_to_due_time_and_does_what_is_due_on_the_way()
    {
        var (gateway, worker) = (await StartAsync(), await StartAsync());
        await Post(gateway, "/dev/clock", new { now = Start });
        foreach (var hours in new[] { 30, 1, 2, 100 }) await Do(Start.AddHours(hours));
        await using var working = Work(worker, of: Start.AddHours(2), follows: Start.AddHours(3));

        var moved = await Post(gateway, "/dev/clock/advance", new { by = "P2D" });

        moved.Now.ShouldBeInRange(Start.AddDays(2), Start.AddDays(2).AddMinutes(1));
        moved.Steps.ShouldBe(5);
        var done = await Done();
        done.Select(one => one.Due).ShouldBe([Start.AddHours(1), Start.AddHours(2), Start.AddHours(3), Start.AddHours(30)]);
        done.ShouldAllBe(one => one.At >= one.Due && one.At < one.Due.AddMinutes(1));

        (await Post(gateway, "/dev/clock/advance", new { to = Start.AddHours(100) })).Status.ShouldBe(HttpStatusCode.OK);
        (await Done()).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Concurrent_calls_take_turns()
    {
        var (gateway, worker) = (await StartAsync(), await StartAsync());
        await Post(gateway, "/dev/clock", new { now = Start });
        for (var hours = 1; hours <= 20; hours++) await Do(Start.AddHours(hours));
        await using var working = Work(worker);

        var moved = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Post(gateway, "/dev/clock/advance", new { by = "05:00:00" })));

        moved.ShouldAllBe(one => one.Status == HttpStatusCode.OK);
        moved.Max(one => one.Now).ShouldBeInRange(Start.AddHours(20), Start.AddHours(20.1));
        (await Done()).Count.ShouldBe(20);
    }

    [Fact]
    public async Task The_clock_goes_back_only_while_there_are_no_events()
    {
        var gateway = await StartAsync();
        (await Post(gateway, "/dev/clock", new { now = Start.AddDays(1) })).Status.ShouldBe(HttpStatusCode.OK);
        (await Post(gateway, "/dev/clock", new { now = Start })).Status.ShouldBe(HttpStatusCode.OK);
        await Execute("insert into bus.done values (now(), now())");

        (await Post(gateway, "/dev/clock", new { now = Start.AddDays(-1) })).Status.ShouldBe(HttpStatusCode.Conflict);
        (await Post(gateway, "/dev/clock/advance", new { to = Start.AddDays(-1) })).Status.ShouldBe(HttpStatusCode.Conflict);
        (await Post(gateway, "/dev/clock", new { now = Start.AddDays(1) })).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_live_instance_that_does_not_follow_is_waited_for_and_a_dead_one_is_not()
    {
        await using var clock = Follower();
        await clock.StartingAsync(CancellationToken.None);
        await Execute($"insert into bus.clock_followers values (gen_random_uuid(), 'stuck', 0, now() - interval '6 seconds')");
        await Mover().SetAsync(Start, CancellationToken.None);

        await Execute("update bus.clock_followers set seen = now() where service = 'stuck'");
        (await Should.ThrowAsync<ClockStuckException>(() => Mover(Soon).SetAsync(Start.AddDays(1), CancellationToken.None))).Message.ShouldContain("1 instances");

        await Execute("update bus.clock_followers set version = 99 where service = 'stuck'");
        await Mover().SetAsync(Start.AddDays(2), CancellationToken.None);
    }

    [Fact]
    public async Task What_is_left_undone_is_said_in_the_end()
    {
        await Mover().SetAsync(Start, CancellationToken.None);
        await Do(Start.AddHours(1));

        (await Should.ThrowAsync<ClockStuckException>(() => Mover(Soon).AdvanceAsync(now => now.AddDays(1), CancellationToken.None))).Message.ShouldContain("1 things");

        await Execute("delete from bus.todo");
        await Mover().SetAsync(Start.AddDays(3), CancellationToken.None);   // the lock was given back
    }

    [Fact]
    public async Task A_caller_who_goes_away_gives_the_lock_back()
    {
        var mover = Mover();
        await mover.SetAsync(Start, CancellationToken.None);
        await Do(Start.AddHours(1));
        using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Should.ThrowAsync<OperationCanceledException>(() => mover.AdvanceAsync(now => now.AddDays(1), gone.Token));

        await Execute("delete from bus.todo");
        await mover.SetAsync(Start.AddDays(3), CancellationToken.None);
    }

    [Fact]
    public async Task A_follower_whose_connection_breaks_comes_back()
    {
        var host = await StartAsync();
        await Execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");

        await Eventually.BecomesTrueAsync(
            async () => await Scalar("select count(*) from pg_stat_activity where datname = current_database() and query like '%follow_clock%' and pid <> pg_backend_pid()") == 1,
            "it is connected again");
        await Mover().SetAsync(Start, CancellationToken.None);

        Clock(host).GetUtcNow().ShouldBeInRange(Start, Start.AddMinutes(1));
    }

    [Fact]
    public async Task A_service_that_stops_is_no_follower_any_more()
    {
        var host = await StartAsync();
        (await Scalar("select count(*) from bus.clock_followers")).ShouldBe(1);

        await host.App.StopAsync();

        (await Scalar("select count(*) from bus.clock_followers")).ShouldBe(0);
    }

    [Fact]
    public async Task A_service_s_role_may_follow_the_clock_and_not_move_it()
    {
        var role = $"orders_{Guid.NewGuid():N}";
        await Execute($"create role {role} login password 'secret'; grant usage on schema bus to {role}; grant execute on function bus.follow_clock, bus.unfollow_clock to {role}");
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_connectionString) { Username = role, Password = "secret" });

        await using var follower = Follower(database);
        await follower.StartingAsync(CancellationToken.None);

        await using var move = database.CreateCommand("select bus.set_clock(0)");
        (await Should.ThrowAsync<PostgresException>(() => move.ExecuteNonQueryAsync())).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        await using var read = database.CreateCommand("select * from bus.clock");
        (await Should.ThrowAsync<PostgresException>(() => read.ExecuteNonQueryAsync())).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Theory]
    [InlineData("/dev/clock", """{}""")]
    [InlineData("/dev/clock", """{"now":"yesterday"}""")]
    [InlineData("/dev/clock", """{"now":"12:00"}""")]
    [InlineData("/dev/clock/advance", """{}""")]
    [InlineData("/dev/clock/advance", """{"by":"1"}""")]
    [InlineData("/dev/clock/advance", """{"by":"P1M"}""")]
    [InlineData("/dev/clock/advance", """{"by":"-P1D"}""")]
    [InlineData("/dev/clock/advance", """{"by":"PT0S"}""")]
    [InlineData("/dev/clock/advance", """{"by":"P99999999999D"}""")]
    [InlineData("/dev/clock/advance", """{"by":"01:60:00"}""")]
    [InlineData("/dev/clock/advance", """{"by":"P1D","to":"2030-01-01"}""")]
    public async Task What_is_no_time_is_a_bad_request(string path, string json)
    {
        var gateway = await StartAsync();

        (await Post(gateway, path, JsonDocument.Parse(json).RootElement)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("P1DT2H3M4S", 26 * 3600 + 184)]
    [InlineData("PT90M", 5400)]
    [InlineData("01:30:00", 5400)]
    [InlineData("48:00:00", 48 * 3600)]
    public void A_duration_is_iso_or_hours_minutes_seconds(string text, int seconds) => DevClock.Duration(text).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("2017-05-01T10:00:00+02:00")]
    [InlineData("2017-05-01T08:00:00Z")]
    [InlineData("2017-05-01T08:00")]
    public void A_time_without_a_zone_is_utc(string text) => DevClock.Instant(text).ShouldBe(Start);

    [Fact]
    public async Task Outside_development_there_is_nothing_to_move()
    {
        var host = await StartAsync(environment: "Production");

        host.App.Services.GetRequiredService<TimeProvider>().ShouldBeSameAs(TimeProvider.System);
        (await Post(host, "/dev/clock", new { now = Start })).Status.ShouldBe(HttpStatusCode.NotFound);
        (await host.Client.GetAsync(new Uri("/dev/clock", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Scalar("select count(*) from bus.clock_followers")).ShouldBe(0);
    }

    [Fact]
    public async Task A_database_without_a_clock_says_what_to_run()
    {
        await using var empty = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        await using var follower = Follower(empty);

        (await Should.ThrowAsync<InvalidOperationException>(() => follower.StartingAsync(CancellationToken.None))).Message.ShouldContain("tools/Migrate");
    }

    [Fact]
    public async Task Idle_steps_are_quick()
    {
        var (gateway, _) = (await StartAsync(), await StartAsync());
        await Post(gateway, "/dev/clock", new { now = Start });
        await Execute("""
            create or replace function bus.pending(now timestamptz) returns table (ready bigint, next_due timestamptz) language sql as $$
                select 0::bigint, date_trunc('minute', now) + interval '1 minute' $$
            """);
        var started = Stopwatch.GetTimestamp();

        var moved = await Post(gateway, "/dev/clock/advance", new { by = "05:00:00" });

        var each = Stopwatch.GetElapsedTime(started) / moved.Steps;
        TestContext.Current.TestOutputHelper?.WriteLine($"{moved.Steps} steps, {each.TotalMilliseconds:0.0} ms each");
        each.ShouldBeLessThan(TimeSpan.FromMilliseconds(250));   // were followers not told, each step would take a second
    }

    private async Task<TestHost> StartAsync(Action<IServiceCollection>? more = null, string environment = "Development")
    {
        var host = await TestHost.StartAsync(
            builder =>
            {
                more?.Invoke(builder.Services);
                builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(_connectionString));
                builder.AddDomainClock();
            },
            app => app.MapDevClock(),
            environment);
        _hosts.Add(host);
        return host;
    }

    /// <param name="limit">Where it should give up; else it is generous.</param>
    private ClockMover Mover(TimeSpan? limit = null) => new(_database, RealTime.System, limit ?? TimeSpan.FromMinutes(1));

    private ClockFollowerHandle Follower(NpgsqlDataSource? database = null) => new(database ?? _database);

    private static TimeProvider Clock(TestHost host) => host.App.Services.GetRequiredService<TimeProvider>();

    /// <summary>Does what is due by the host's clock, as its queues would: what follows is committed with it.</summary>
    private Worker Work(TestHost host, DateTimeOffset? of = null, DateTimeOffset? follows = null) => new(async ct =>
    {
        await using var take = _database.CreateCommand("""
            with taken as (delete from bus.todo where due <= $1 returning due),
                 follows as (insert into bus.todo select $3 from taken where due = $2)
            insert into bus.done select due, $1 from taken
            """);
        take.Parameters.Add(new() { Value = Clock(host).GetUtcNow() });
        take.Parameters.Add(new() { Value = of ?? DateTimeOffset.UnixEpoch });
        take.Parameters.Add(new() { Value = follows ?? DateTimeOffset.UnixEpoch });
        await take.ExecuteNonQueryAsync(ct);
    });

    private async Task Do(DateTimeOffset due)
    {
        await using var insert = _database.CreateCommand("insert into bus.todo values ($1)");
        insert.Parameters.Add(new() { Value = due });
        await insert.ExecuteNonQueryAsync();
    }

    private async Task<List<(DateTimeOffset Due, DateTimeOffset At)>> Done()
    {
        await using var select = _database.CreateCommand("select due, at from bus.done order by due");
        await using var reader = await select.ExecuteReaderAsync();
        var done = new List<(DateTimeOffset, DateTimeOffset)>();
        while (await reader.ReadAsync()) done.Add((reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1)));
        return done;
    }

    private static async Task<(HttpStatusCode Status, DateTimeOffset Now, int Steps)> Post(TestHost host, string path, object body)
    {
        using var answer = await host.Client.PostAsJsonAsync(path, body);
        if (answer.StatusCode != HttpStatusCode.OK) return (answer.StatusCode, default, 0);
        var moved = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return (answer.StatusCode, moved.GetProperty("now").GetDateTimeOffset(), moved.GetProperty("steps").GetInt32());
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

    private sealed class AtStart(Action act) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            act();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class ClockFollowerHandle(NpgsqlDataSource database) : IAsyncDisposable
    {
        private readonly ClockFollower _follower = new(
            new DomainClock(TimeProvider.System), database, RealTime.System, "test", Microsoft.Extensions.Logging.Abstractions.NullLogger<ClockFollower>.Instance);

        public Task StartingAsync(CancellationToken ct) => _follower.StartingAsync(ct);

        public async ValueTask DisposeAsync()
        {
            await _follower.StoppedAsync(CancellationToken.None);
            _follower.Dispose();
        }
    }

    private sealed class Worker : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _work;

        public Worker(Func<CancellationToken, Task> turn) => _work = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
            while (await timer.WaitForNextTickAsync(_stop.Token)) await turn(_stop.Token);
        });

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
