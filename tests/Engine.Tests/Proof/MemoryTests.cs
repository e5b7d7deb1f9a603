using Engagement.Testing;

namespace Engagement.Engine.Tests.Proof;

/// <summary>Beside others it would count what they allocate.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class MemoryTests(PostgresFixture postgres)
{
    [Fact]
    [Trait("Category", "Long")]
    public async Task A_message_costs_as_much_memory_in_a_deep_queue_as_in_a_shallow_one()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        await Measure(shop, 2_000);   // warm

        var shallow = await Measure(shop, 1_000);
        var deep = await Measure(shop, 50_000);
        TestContext.Current.SendDiagnosticMessage(
            $"allocated per message: {shallow.PerMessage} bytes at 1,000, {deep.PerMessage} at 50,000; {deep.Live >> 10} kB more live at 50,000");

        deep.PerMessage.ShouldBeLessThan(shallow.PerMessage * 5 / 4);
        deep.Live.ShouldBeLessThan(4 << 20);
    }

    private static async Task<(long PerMessage, long Live)> Measure(Shop shop, int count)
    {
        await shop.Execute("truncate effects");
        var idle = GC.GetTotalMemory(forceFullCollection: true);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await LoadTests.Fill(shop, count, i => $"'{{\"Group\":\"g' || {i} % 100 || '\",\"No\":' || {i} || '}}'", typeof(Leave));
        var live = idle;
        while (await shop.Scalar<long>("select count(*) from bus.shop") is var left and > 0)
        {
            if (live == idle && left < count * 9 / 10) live = GC.GetTotalMemory(forceFullCollection: true);   // nine tenths still wait
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(count);
        return (allocated / count, live - idle);
    }
}
