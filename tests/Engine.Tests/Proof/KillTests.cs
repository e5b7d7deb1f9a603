using System.Collections.Concurrent;
using Engagement.Engine.Tests.Bus;
using Engagement.ProofHost;
using Engagement.Testing;
using Npgsql;

namespace Engagement.Engine.Tests.Proof;

public sealed class KillTests(PostgresFixture postgres)
{
    private static readonly FaultPoint[] Careful = [FaultPoint.CountingAttempt, FaultPoint.AttemptCounted, FaultPoint.CountedTaken];
    private static readonly FaultPoint[] Inline = [FaultPoint.Invoked, FaultPoint.Notifying];

    /// <summary>Every step, the first time and a later one.</summary>
    public static TheoryData<string, int> Steps =>
        [.. Enum.GetValues<FaultPoint>().Select(step => ($"{step}", 1)), .. Enum.GetValues<FaultPoint>().Except(Inline).Select(step => ($"{step}", 3))];

    [Theory]
    [MemberData(nameof(Steps))]
    [Trait("Category", "Long")]
    public async Task A_process_killed_between_two_steps_leaves_each_effect_once(string step, int time)
    {
        var at = Enum.Parse<FaultPoint>(step);
        var database = await ProofDatabase.Make(postgres, afterAnUncleanStop: Careful.Contains(at));

        await database.KilledAt(at, time, Inline.Contains(at) ? 1000 : null);
        await database.Run();

        await database.EachEffectStandsOnce();
    }

    [Fact]
    public async Task A_connection_cut_between_any_two_steps_leaves_each_effect_once()
    {
        var reached = new HashSet<FaultPoint>();
        foreach (var afterAnUncleanStop in new[] { false, true })
        {
            var database = await ProofDatabase.Make(postgres, afterAnUncleanStop);
            await using var other = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { ApplicationName = "cutter" });
            var times = new ConcurrentDictionary<FaultPoint, int>();

            await database.Run(bus => bus.Fault = (at, connection) =>
            {
                if (times.AddOrUpdate(at, 1, (_, time) => time + 1) is not (1 or 3)) return;
                using var cut = other.CreateCommand("""
                    select pg_terminate_backend(pid, 10000) from pg_stat_activity
                    where application_name = 'proof' and datname = current_database() and ($1 = 0 or pid = $1)
                    """);
                cut.Parameters.Add(new() { Value = connection is { FullState: System.Data.ConnectionState.Open } ? connection.ProcessID : 0 });
                cut.ExecuteNonQuery();
            });

            await database.EachEffectStandsOnce();
            reached.UnionWith(times.Keys);
        }

        Enum.GetValues<FaultPoint>().Except(reached).ShouldBe([FaultPoint.Invoked]);   // no transaction is open there
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [Trait("Category", "Long")]
    public async Task A_message_that_kills_its_process_ends_in_dead_letters_alone(int processes)
    {
        var database = await ProofDatabase.Make(postgres, among: RawMessages.Envelope(new Kill("b1"), ProofService.Tenant, "b1"));

        var ends = await database.RunAgainAndAgain(processes);

        await database.EachEffectStandsOnce(dead: 1);
        (await Shop.Scalar<string>(database.ConnectionString, "select message_type || ' ' || crashes || ' ' || exception_message from bus.proof_dead_letters"))
            .ShouldBe("Engagement.ProofHost.Kill 3 The process ended 3 times while this message was handled.");
        ends.ShouldBeInRange(4, 3 + (2 * processes));   // three times counted, and before that in its batch
    }
}
