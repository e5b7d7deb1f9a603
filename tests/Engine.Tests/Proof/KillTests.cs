using System.Collections.Concurrent;
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
}
