using Engagement.Testing;
using FsCheck;
using FsCheck.Fluent;
using Npgsql;

namespace Engagement.Engine.Tests.Proof;

/// <summary>
/// Random messages, repeats, failures, cut connections, restarts and moves of the clock, on two replicas, against a pure model of what must stand
/// in the end. A failure names the seed and the shortest run that fails.
/// </summary>
public sealed class RandomRunsTests(PostgresFixture postgres)
{
    [Fact]
    public Task What_stands_in_the_end_is_what_the_model_says() => Check(runs: 30);

    [Fact]
    [Trait("Category", "Long")]
    public Task What_stands_in_the_end_is_what_the_model_says_in_many_runs() => Check(runs: 500);

    private async Task Check(int runs)
    {
        await using var world = await World.Open(await postgres.CreateDatabaseAsync());
        var property = Prop.ForAll(Runs.Arbitrary, run => Task.Run(() => world.Try(run)).GetAwaiter().GetResult());
        await Task.Run(() => property.Check(Config.QuickThrowOnFailure.WithMaxTest(runs).WithEndSize(40)));
    }
}

internal abstract record Step
{
    /// <summary>In one commit, by one of the replicas.</summary>
    public sealed record Send(int Replica, Work[] Works) : Step
    {
        public override string ToString() =>
            $"send by {Replica}: {string.Join(", ", Works.Select(w => $"{w.Box}#{w.No}{(w.Failures > 0 ? $" fails {w.Failures}×" : "")}"))}";
    }

    public sealed record Advance(int Minutes) : Step;

    /// <summary>The next time that a batch gets there its connection is cut.</summary>
    public sealed record Cut(FaultPoint At) : Step;

    /// <summary>The second replica stops; the next one is told, or not, that somebody ended uncleanly.</summary>
    public sealed record Restart(bool Unclean) : Step;

    public sealed record Settle : Step;
}

internal static class Runs
{
    private static readonly FaultPoint[] Cuts =
    [
        FaultPoint.Claimed, FaultPoint.Handled, FaultPoint.Flushed, FaultPoint.Committing, FaultPoint.Committed, FaultPoint.Told,
        FaultPoint.ClaimedAgain, FaultPoint.AtSavepoint, FaultPoint.SavepointReleased, FaultPoint.SavepointRolledBack, FaultPoint.FailureStored,
    ];

    private static readonly Gen<Work> Works =
        from box in Gen.Choose(1, 3)
        from no in Gen.Choose(1, 12)   // few, so that some come twice
        from failures in Gen.Frequency((8, Gen.Constant(0)), (1, Gen.Choose(1, 2)), (1, Gen.Constant(3)))
        select new Work($"b{box}", no, failures);

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (10, Works.NonEmptyListOf().Resize(4).SelectMany(works => Gen.Choose(0, 1), (works, replica) => (Step)new Step.Send(replica, [.. works]))),
        (3, Gen.Choose(1, 60).Select(minutes => (Step)new Step.Advance(minutes))),
        (2, Gen.Elements(Cuts).Select(at => (Step)new Step.Cut(at))),
        (1, Gen.Elements(true, false).Select(unclean => (Step)new Step.Restart(unclean))),
        (2, Gen.Constant((Step)new Step.Settle())));

    public static Arbitrary<Step[]> Arbitrary { get; } = Arb.From(Steps.ListOf().Select(steps => AtMostTwoCuts(steps)), Shorter);

    /// <summary>More could look like a message that kills its process.</summary>
    private static Step[] AtMostTwoCuts(IEnumerable<Step> steps)
    {
        var cuts = 0;
        return [.. steps.Where(step => step is not Step.Cut || ++cuts <= 2)];
    }

    private static IEnumerable<Step[]> Shorter(Step[] run)
    {
        if (run.Length > 3) yield return run[..(run.Length / 2)];
        if (run.Length > 3) yield return run[(run.Length / 2)..];
        for (var i = 0; i < run.Length; i++) yield return [.. run[..i], .. run[(i + 1)..]];
    }
}

/// <summary>What must stand after a run, whatever happened meanwhile.</summary>
internal sealed record Outcome(string Streams, string Sagas, string Rung, string Pending, string Outgoing, int Dead, string Order)
{
    /// <param name="keepsOrder">False where a message whose counted attempt is cut may step aside, as one that failed does.</param>
    public static Outcome Of(Step[] run, bool keepsOrder)
    {
        Work[] works = [.. run.OfType<Step.Send>().SelectMany(send => send.Works)];
        var minutes = run.OfType<Step.Advance>().Sum(step => step.Minutes);
        var done = works.Where(work => work.Failures < 3).Select(work => (work.Box, work.No)).Distinct().ToArray();
        var smooth = works.GroupBy(work => (work.Box, work.No)).Where(copies => copies.All(work => work.Failures == 0)).Select(copies => copies.Key);
        return new Outcome(
            Text(done), Text(done), Text(done.Where(d => d.No * 10 <= minutes)), Text(done.Where(d => d.No * 10 > minutes)), Text(done),
            works.Count(work => work.Failures >= 3), keepsOrder ? InOrder(smooth) : "");
    }

    public static string Text(IEnumerable<(string Box, int No)> works) => string.Join(' ', works.Order().Select(work => $"{work.Box}#{work.No}"));

    /// <summary>Each box's numbers as they come.</summary>
    public static string InOrder(IEnumerable<(string Box, int No)> works) =>
        string.Join("; ", works.GroupBy(work => work.Box).OrderBy(box => box.Key).Select(box => $"{box.Key}: {string.Join(' ', box.Select(work => work.No))}"));
}

/// <summary>Two replicas of a service; every run has a tenant of its own.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly string _database;
    private readonly NpgsqlDataSource _eyes;
    private readonly TestClock _clock = new();
    private Shop _one = null!;
    private Shop _two = null!;
    private int _runs;
    private int _cut = -1;
    private bool _isCareful;

    private World(string database)
    {
        _database = database;
        _eyes = NpgsqlDataSource.Create(database);
    }

    public static async Task<World> Open(string database)
    {
        var world = new World(database);
        (world._one, world._two) = (await world.Replica(), await world.Replica());
        return world;
    }

    public async Task Try(Step[] run)
    {
        var tenant = $"run{++_runs}";
        var start = _clock.GetUtcNow();
        _cut = -1;
        var mayBeCareful = _isCareful;
        foreach (var step in run)
        {
            await Take(step, tenant, start);
            mayBeCareful |= _isCareful;
        }

        await Settled();

        var keepsOrder = !mayBeCareful || !run.OfType<Step.Cut>().Any();
        var expected = Outcome.Of(run, keepsOrder);
        (await Actual(tenant, expected, keepsOrder)).ShouldBe(expected, string.Join('\n', run.AsEnumerable()));
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        await _eyes.DisposeAsync();
    }

    private async Task Take(Step step, string tenant, DateTimeOffset start)
    {
        switch (step)
        {
            case Step.Send send:
                await Send(send.Replica == 0 ? _one : _two, tenant, send.Works.Select(work => work with { Start = start }));
                break;
            case Step.Advance advance:
                _clock.Advance(TimeSpan.FromMinutes(advance.Minutes));
                break;
            case Step.Cut cut:
                Interlocked.Exchange(ref _cut, (int)cut.At);
                break;
            case Step.Restart restart:
                await _two.DisposeAsync();
                if (restart.Unclean) await Shop.Execute(_database, "insert into bus.shop_nodes values (4711, now())");
                _isCareful = restart.Unclean;   // for its first messages, of later runs too
                _two = await Replica();
                break;
            case Step.Settle:
                await Settled();
                break;
        }
    }

    /// <summary>The pool may hand the sender a connection that was cut: before it sent anything, so it sends again.</summary>
    private static async Task Send(Shop by, string tenant, IEnumerable<Work> works)
    {
        while (true)
        {
            try
            {
                await by.PublishTogether(tenant, works);
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.AdminShutdown)
            {
                // Another connection, then.
            }
        }
    }

    private Task<Shop> Replica() => Shop.Open(new ShopOptions(_database)
    {
        Clock = _clock,
        Poll = TimeSpan.FromMilliseconds(20),
        Bus = bus =>
        {
            bus.Durability.CrashWait = TimeSpan.FromMilliseconds(50);
            bus.PublishMessage<ToldElsewhere>().ToPostgresqlQueue("elsewhere");
            bus.MessagePartitioning.ByMessage<Work>(work => work.Box);
            bus.Fault = (at, connection) =>
            {
                if (connection is not { FullState: System.Data.ConnectionState.Open } || Interlocked.CompareExchange(ref _cut, -1, (int)at) != (int)at) return;
                using var cut = _eyes.CreateCommand($"select pg_terminate_backend({connection.ProcessID}, 10000)");
                cut.ExecuteNonQuery();
            };
        },
    });

    private async Task Settled()
    {
        await using var left = _eyes.CreateCommand(
            "select (select count(*) from bus.shop) + (select count(*) from bus.shop_retries) + (select count(*) from bus.shop_scheduled where due <= $1)");
        left.Parameters.Add(new() { Value = _clock.GetUtcNow() });
        await Shop.Until(async () => (long)(await left.ExecuteScalarAsync())! == 0);
    }

    private async Task<Outcome> Actual(string tenant, Outcome expected, bool keepsOrder)
    {
        await using var connection = await _eyes.OpenConnectionAsync();
        async Task<List<(string, int)>> Rows(string sql) => await connection.RowsAsync(sql, row => (row.GetString(0), row.GetInt32(1)), tenant);
        const string Body = "convert_from(body, 'utf8')::jsonb";
        var stream = await Rows(
            "select split_part(stream_id, '/', 2), (data ->> 'No')::int from shop.mt_events where tenant_id = $1 order by stream_id, version");
        var saga = await Rows("""
            select id, line::int from shop.mt_doc_diarysaga, jsonb_array_elements(data -> 'Nos') with ordinality l(line, at)
            where tenant_id = $1 order by id, at
            """);
        var smooth = expected.Order.Split("; ", StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(box => box.Split(": ") is [var name, var nos] ? nos.Split(' ').Select(no => $"{name} {no}") : []).ToHashSet();
        return new Outcome(
            Outcome.Text(stream),
            !keepsOrder || Outcome.InOrder(saga) == Outcome.InOrder(stream)
                ? Outcome.Text(saga)
                : $"in another order: {Outcome.InOrder(saga)} than {Outcome.InOrder(stream)}",
            Outcome.Text(await Rows("select grp, no from effects where tenant = $1")),
            Outcome.Text(await Rows($"select {Body} ->> 'Box', ({Body} ->> 'No')::int from bus.shop_scheduled where tenant = $1")),
            Outcome.Text(await Rows($"select {Body} ->> 'Box', ({Body} ->> 'No')::int from bus.elsewhere where tenant = $1")),
            (await Rows("select message_type, attempts::int from bus.shop_dead_letters where tenant = $1")).Count,
            Outcome.InOrder(stream.Where(s => smooth.Contains($"{s.Item1} {s.Item2}"))));
    }
}

/// <summary>Writes its number into the box, once however often it comes, and tells everybody; the first attempts fail.</summary>
public sealed record Work(string Box, int No, int Failures)
{
    public DateTimeOffset Start { get; init; }
}

public sealed record WorkDone(int No);

public sealed record WorkLog(string Id, IReadOnlyList<int> Nos)
{
    public static WorkLog Create(IEvent<WorkDone> e) => new(e.StreamKey!, [e.Data.No]);

    public WorkLog Apply(WorkDone e) => this with { Nos = [.. Nos, e.No] };
}

public sealed record WriteDown(string DiaryId, int No);

public sealed record Ring(string Box, int No);

public sealed record ToldElsewhere(string Box, int No);

public static class WorkHandler
{
    public static async Task<OutgoingMessages> Handle(Work message, IDocumentSession session, Envelope envelope, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<WorkLog>($"log/{message.Box}", ct);
        if (stream.Aggregate?.Nos.Contains(message.No) == true && message.Failures == 0) return [];
        var isNew = stream.Aggregate?.Nos.Contains(message.No) != true;
        if (isNew) stream.AppendOne(new WorkDone(message.No));
        if (envelope.Attempts <= message.Failures)
        {
            await session.SaveChangesAsync(ct);
            throw new InvalidOperationException("not yet");
        }

        if (!isNew) return [];
        var sent = new OutgoingMessages { new WriteDown(message.Box, message.No), new ToldElsewhere(message.Box, message.No) };
        sent.Schedule(new Ring(message.Box, message.No), message.Start.AddMinutes(10 * message.No));
        return sent;
    }
}

public static class RingHandler
{
    public static void Handle(Ring message, IDocumentSession session) => session.Leave(message.Box, message.No);
}

public sealed class DiarySaga : Saga
{
    public string Id { get; set; } = "";

    public List<int> Nos { get; set; } = [];

    public void StartOrHandle(WriteDown message) => Nos.Add(message.No);
}
