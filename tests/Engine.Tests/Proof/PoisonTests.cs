using Engagement.Testing;

namespace Engagement.Engine.Tests.Proof;

public sealed class PoisonTests(PostgresFixture postgres)
{
    private const int Good = 1000;
    private const int Batch = 50;

    [Fact]
    public async Task A_poison_message_among_a_thousand_delays_none_and_ends_in_dead_letters_alone()
    {
        var runs = 0;
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync(), configure: bus =>
        {
            bus.Durability.RecoveryBatchSize = Batch;
            bus.OnException<FormatException>().ScheduleRetry(TimeSpan.FromHours(1), TimeSpan.FromHours(1)).Then.MoveToErrorQueue();
        });
        shop.Behaviours["poison"] = (message, session, _, _) =>
        {
            session.Leave("poison", message.No);
            throw new FormatException("poison");
        };
        shop.Behaviours["leave"] = (_, _, _, _) => Task.FromResult<object?>(Interlocked.Increment(ref runs));

        List<object> messages = [.. Enumerable.Range(0, Good).Select(no => new Leave($"g{no % 10}", no))];
        messages.Insert(500, new Act("poison", 0, "g0"));
        await shop.PublishTogether(Shop.Tenant, messages);

        // The poison waits an hour: whoever is handled before that has not waited for it, and whoever was in its batch ran once more.
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from bus.shop") == 0);
        (await shop.Column<short>("select attempts from bus.shop_retries")).ShouldBe([(short)1]);
        (await shop.Column<string>("select grp || ' ' || string_agg(no::text, ',' order by id) from effects group by grp order by 1"))
            .ShouldBe(Enumerable.Range(0, 10).Select(group => $"g{group} {string.Join(',', Enumerable.Range(0, 100).Select(i => (10 * i) + group))}"));
        runs.ShouldBeInRange(Good, Good + Batch);

        for (var attempt = 2; attempt <= 3; attempt++)
        {
            await shop.Execute("update bus.shop_retries set retry_at = now()");
            var tried = attempt;
            await Shop.Until(async () => await shop.Scalar<long>($"""
                select (select count(*) from bus.shop_retries where attempts = {tried}) + (select count(*) from bus.shop_dead_letters where attempts = {tried})
                """) == 1);
        }

        (await shop.Column<string>("select attempts || ' ' || exception_message from bus.shop_dead_letters")).ShouldBe(["3 poison"]);
        (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(Good);
        runs.ShouldBeInRange(Good, Good + Batch);
    }
}
