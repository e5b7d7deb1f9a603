using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Engine.Tests.Bus;

public sealed record LoanGiven(string LoanId, DateTimeOffset Until);

public sealed record LoanReturned(string LoanId);

public sealed record LoanOverdue(string LoanId, DateTimeOffset Until);

public sealed record CountPage([property: SagaIdentity] string Book);

public sealed record FailToCount([property: SagaIdentity] string Book);

public sealed record OpenAccount(string Owner);

public sealed record AccountIdle(string AccountId) : TimeoutMessage(TimeSpan.FromDays(1));

public sealed record Reminded(string Id);

/// <summary>Waits for a book to come back; a later loan pushes the reminder back.</summary>
public sealed class LoanSaga : Saga
{
    public string Id { get; set; } = "";

    public DateTimeOffset Until { get; set; }

    public DeliveryMessage<LoanOverdue> StartOrHandle(LoanGiven message)
    {
        Until = message.Until;
        return new LoanOverdue(message.LoanId, message.Until).ScheduledAt(message.Until);
    }

    public void Handle(LoanOverdue due, IDocumentSession session)
    {
        if (due.Until != Until) return;   // superseded
        session.Store(new Reminded(Id));
        MarkCompleted();
    }

    public void Handle(LoanReturned _) => MarkCompleted();

    public static void NotFound(LoanReturned message, IDocumentSession session) => session.Store(new Reminded($"{message.LoanId} was not lent"));

    public static void NotFound(LoanOverdue _)
    {
    }
}

public sealed class ReadingSaga : Saga
{
    public string Id { get; set; } = "";

    public int Pages { get; set; }

    public void StartOrHandle(CountPage _) => Pages++;

    public void Handle(FailToCount _)
    {
        Pages = -1;
        throw new InvalidOperationException("The page is torn.");
    }
}

public sealed class AccountSaga : Saga
{
    public string Id { get; set; } = "";

    public static (AccountSaga, AccountIdle) Start(OpenAccount message) => (new AccountSaga { Id = message.Owner }, new AccountIdle(message.Owner));

    public void Handle(AccountIdle _) => MarkCompleted();
}

public sealed class SagaTests(PostgresFixture postgres)
{
    private readonly TestClock _clock = new();

    [Fact]
    public async Task A_timer_that_was_pushed_back_does_nothing_and_the_later_one_ends_the_saga()
    {
        await using var shop = await Open();

        await shop.Publish(new LoanGiven("1", _clock.GetUtcNow().AddHours(1)));
        await shop.Drain();
        await shop.Publish(new LoanGiven("1", _clock.GetUtcNow().AddHours(5)));
        await shop.Drain();
        _clock.Advance(TimeSpan.FromHours(2));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from bus.shop_scheduled") == 1);
        await shop.Drain();
        (await Count<Reminded>(shop)).ShouldBe(0);
        (await Load<LoanSaga>(shop, "1"))!.Version.ShouldBe(3);

        _clock.Advance(TimeSpan.FromHours(4));
        await Shop.Until(async () => await Count<Reminded>(shop) == 1);
        (await Load<LoanSaga>(shop, "1")).ShouldBeNull();
    }

    [Fact]
    public async Task A_message_that_ends_a_saga_silences_its_timer()
    {
        await using var shop = await Open();

        await shop.Publish(new LoanGiven("1", _clock.GetUtcNow().AddHours(1)));
        await shop.Drain();
        await shop.Publish(new LoanReturned("1"));
        await shop.Drain();
        _clock.Advance(TimeSpan.FromHours(2));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from bus.shop_scheduled") == 0);
        await shop.Drain();

        (await Count<Reminded>(shop)).ShouldBe(0);
        (await Load<LoanSaga>(shop, "1")).ShouldBeNull();
    }

    [Fact]
    public async Task A_message_for_a_saga_that_is_over_goes_to_NotFound()
    {
        await using var shop = await Open();

        await shop.Publish(new LoanReturned("7"));
        await shop.Drain();

        (await Load<Reminded>(shop, "7 was not lent")).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_timer_outlives_its_saga_in_silence()
    {
        await using var shop = await Open();

        await shop.Publish(new AccountIdle("gone"));
        _clock.Advance(TimeSpan.FromDays(2));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from bus.shop_scheduled") == 0);
        await shop.Drain();

        (await shop.Scalar<long>("select count(*) from bus.shop_dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task A_saga_starts_with_what_Start_returns_and_its_timer_is_sent()
    {
        await using var shop = await Open();

        await shop.Publish(new OpenAccount("ada"));
        await shop.Drain();
        (await Load<AccountSaga>(shop, "ada"))!.Version.ShouldBe(1);

        _clock.Advance(TimeSpan.FromDays(1));
        await Shop.Until(async () => await Load<AccountSaga>(shop, "ada") is null);
    }

    [Fact]
    public async Task A_message_for_no_saga_and_without_NotFound_ends_in_the_dead_letters()
    {
        await using var shop = await Open();

        await shop.Publish(new FailToCount("none"));
        await shop.Drain();

        (await shop.Scalar<string>("select exception_message from bus.shop_dead_letters")).ShouldBe("There is no ReadingSaga 'none' and it has no NotFound method for this message.");
    }

    [Fact]
    public async Task A_step_that_fails_leaves_the_saga_as_it_was()
    {
        await using var shop = await Open();

        await shop.Publish(new CountPage("b"), new FailToCount("b"), new CountPage("b"));
        await shop.Drain();

        (await Load<ReadingSaga>(shop, "b"))!.Pages.ShouldBe(2);
    }

    [Fact]
    public async Task Steps_at_once_are_all_taken()
    {
        await using var shop = await Open();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                await shop.WithBus(async bus =>
                {
                    await bus.InvokeAsync(new CountPage("b"), TestContext.Current.CancellationToken);
                    return 0;
                });
            }
        })));

        (await Load<ReadingSaga>(shop, "b"))!.Pages.ShouldBe(80);
    }

    [Fact]
    public async Task Two_replicas_take_each_step_once()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var one = await Open(database);
        await using var other = await Open(database);

        await Task.WhenAll(
            one.Publish([.. Enumerable.Range(0, 300).Select(i => new CountPage($"{i % 3}"))]),
            other.Publish([.. Enumerable.Range(0, 300).Select(i => new CountPage($"{i % 3}"))]));
        await one.Drain();

        foreach (var book in new[] { "0", "1", "2" }) (await Load<ReadingSaga>(one, book))!.Pages.ShouldBe(200);
    }

    private async Task<Shop> Open(string? database = null) => await Shop.Open(database ?? await postgres.CreateDatabaseAsync(), _clock, options =>
    {
        options.OnException<ConcurrencyException>().RetryTimes(50);
        options.OnException<DocumentAlreadyExistsException>().RetryTimes(50);
    });

    private static async Task<T?> Load<T>(Shop shop, string id) where T : class
    {
        await using var session = shop.Store.QuerySession(Shop.Tenant);
        return await session.LoadAsync<T>(id);
    }

    private static async Task<int> Count<T>(Shop shop) where T : class
    {
        await using var session = shop.Store.QuerySession(Shop.Tenant);
        return (await session.QueryAsync<T>("where 1 = 1")).Count;
    }
}

/// <summary>What a saga must look like; each mistake ends the start with a sentence that names it.</summary>
public sealed class SagaConventionTests
{
    [Fact]
    public void A_message_must_say_which_saga_it_is_for() => Refused<NobodySaga>()
        .ShouldBe($"{typeof(ForNobody).FullName} does not say which NobodySaga it is for: name a property NobodyId, or mark one with [SagaIdentity].");

    [Fact]
    public void Handle_must_work_on_a_saga() => Refused<StaticSaga>().ShouldBe($"{typeof(StaticSaga).FullName}.Handle(CountPage) must not be static: it works on a saga.");

    [Fact]
    public void NotFound_has_no_saga_to_work_on() => Refused<LostSaga>().ShouldBe($"{typeof(LostSaga).FullName}.NotFound(CountPage) must be static: there is no saga.");

    private static string Refused<TSaga>() =>
        Should.Throw<InvalidHandlerException>(() => SagaGraph.Chains(typeof(TSaga), new HandlerCompiler(new ServiceCollection())).ToArray()).Message;

    internal sealed record ForNobody(int Size);

    internal sealed class NobodySaga : Saga
    {
        public string Id { get; set; } = "";

        public void Handle(ForNobody _) => MarkCompleted();
    }

    internal sealed class StaticSaga : Saga
    {
        public string Id { get; set; } = "";

        public static void Handle(CountPage _)
        {
        }
    }

    internal sealed class LostSaga : Saga
    {
        public string Id { get; set; } = "";

        public void NotFound(CountPage _) => MarkCompleted();
    }
}
