using Engagement.Testing;

namespace Engagement.Engine.Tests.Bus;

/// <summary>A batch reads its sagas at once, writes them at once and sends at once; nobody can tell but by the time it takes.</summary>
public sealed class BatchTests(PostgresFixture postgres)
{
    private readonly TestClock _clock = new();

    [Fact]
    public async Task Steps_of_one_saga_in_one_batch_are_all_taken_and_written_once()
    {
        await using var shop = await Open();

        await shop.PublishTogether(Shop.Tenant, Enumerable.Range(0, 40).Select(_ => new CountPage("b")));
        await shop.Drain();

        (await Load(shop, "b")).ShouldBe((40, 1));
    }

    [Fact]
    public async Task Sagas_that_began_in_earlier_batches_go_on_together()
    {
        await using var shop = await Open();
        var books = BooksOfOneSlot(3);

        for (var i = 1; i <= 2; i++)
        {
            await shop.PublishTogether(Shop.Tenant, [.. books.Select(b => new CountPage(b)), .. books.Select(b => new CountPage(b))]);
            await shop.Drain();
        }

        foreach (var book in books) (await Load(shop, book)).ShouldBe((4, 2));
    }

    [Fact]
    public async Task A_saga_that_begins_and_ends_in_one_batch_leaves_only_its_timer()
    {
        await using var shop = await Open();
        var until = _clock.GetUtcNow().AddHours(1);

        await shop.PublishTogether(Shop.Tenant, [new LoanGiven("1", until), new LoanReturned("1"), new LoanReturned("1")]);
        await shop.Drain();

        (await shop.Scalar<long>("select count(*) from shop.mt_doc_loansaga")).ShouldBe(0);
        (await shop.Scalar<long>("select count(*) from bus.shop_scheduled")).ShouldBe(1);
        (await shop.Column<string>("select id from shop.mt_doc_reminded")).ShouldBe(["1 was not lent"]);
    }

    [Fact]
    public async Task A_handler_that_reads_sees_the_steps_before_it()
    {
        await using var shop = await Open();
        var seen = -1;
        shop.Behaviours["look"] = async (_, session, _, _) =>
        {
            seen = (await session.LoadAsync<ReadingSaga>("b"))!.Pages;
            return null;
        };

        await shop.PublishTogether(Shop.Tenant, [new CountPage("b"), new CountPage("b"), new Act("look", Group: "ReadingSaga/b"), new CountPage("b")]);
        await shop.Drain();

        seen.ShouldBe(2);
        (await Load(shop, "b")).ShouldBe((3, 2));   // written for the look, and at the end
    }

    [Theory]
    [InlineData("update shop.mt_doc_readingsaga set data = jsonb_set(data, '{Pages}', '101'), mt_version = mt_version + 1 where id = $1", 102)]
    [InlineData("delete from shop.mt_doc_readingsaga where id = $1", 1)]
    public async Task Who_changes_one_of_its_sagas_meanwhile_undoes_the_batch_and_then_every_step_is_taken(string meddle, int pages)
    {
        await using var shop = await Open();
        var books = BooksOfOneSlot(3);
        await shop.PublishTogether(Shop.Tenant, books.Select(b => new CountPage(b)));
        await shop.Drain();
        var times = 0;
        shop.Behaviours["meddle"] = async (_, _, _, _) =>
        {
            if (times++ == 0) await shop.Execute(meddle.Replace("$1", $"'{books[1]}'", StringComparison.Ordinal));
            return null;
        };

        await shop.PublishTogether(Shop.Tenant, [.. books.Select(b => new CountPage(b)), new Act("meddle", Group: $"ReadingSaga/{books[0]}")]);
        await shop.Drain();

        times.ShouldBe(2);
        (await Load(shop, books[0])).Pages.ShouldBe(2);
        (await Load(shop, books[1])).Pages.ShouldBe(pages);
        (await Load(shop, books[2])).Pages.ShouldBe(2);
        (await shop.Scalar<long>("select count(*) from bus.shop_dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task What_a_batch_sends_keeps_the_order_of_its_handlers_and_of_what_they_invoke()
    {
        await using var shop = await Open();
        shop.Behaviours["send"] = (act, _, _, _) => Task.FromResult<object?>(new Leave("g", act.No));
        shop.Behaviours["invoke"] = async (act, _, bus, _) =>
        {
            await bus.InvokeAsync(new Act("send", act.No, "a"));
            return null;
        };

        await shop.PublishTogether(Shop.Tenant, Enumerable.Range(0, 40).Select(i => new Act(i % 3 == 0 ? "invoke" : "send", i, "a")));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == 40);

        (await shop.Column<int>("select no from effects order by id")).ShouldBe(Enumerable.Range(0, 40));
    }

    private async Task<Shop> Open() => await Shop.Open(await postgres.CreateDatabaseAsync(), _clock);

    /// <summary>Messages of one slot, sent in one commit, come in one batch.</summary>
    private static string[] BooksOfOneSlot(int count) => [.. Enumerable.Range(0, 1000).Select(i => $"{i}")
        .GroupBy(book => Slots.Of(Shop.Tenant, $"ReadingSaga/{book}", Guid.Empty)).First(slot => slot.Count() >= count).Take(count)];

    private static async Task<(int Pages, int Version)> Load(Shop shop, string book)
    {
        await using var session = shop.Store.QuerySession(Shop.Tenant);
        var saga = (await session.LoadAsync<ReadingSaga>(book))!;
        (await shop.Scalar<int>($"select mt_version from shop.mt_doc_readingsaga where id = '{book}'")).ShouldBe(saga.Version);
        return (saga.Pages, saga.Version);
    }
}
