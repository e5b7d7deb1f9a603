using System.Net;
using Engagement.Carts.Reading;
using Engagement.Carts.Recovery;
using Engagement.Carts.Shoppers;
using Engagement.Carts.Shopping;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using static Engagement.Carts.Tests.Telling;

namespace Engagement.Carts.Tests;

/// <summary>The service as it runs: its program, its queue, its routes, PostgreSQL.</summary>
public sealed class ThroughTheQueueTests(PostgresFixture postgres)
{
    private static readonly Money Total = new(59.80m, "EUR");

    [Fact]
    public async Task A_cart_s_life_from_the_first_item_to_the_order_that_was_won_back()
    {
        await using var carts = await Open();
        await carts.Tell(Change(0, Cup, Cushion), Reach(5, "contact", "address"));
        await carts.At(65);

        (await carts.SentTo("gateway")).Select(told => told.Message).ShouldBe([new CartAbandoned(Abc, Giulia, At(65))]);
        var asked = (await carts.SentTo("messaging")).ShouldHaveSingleItem();
        (asked.Group, ((SendMessage)asked.Message).Key.Value, ((SendMessage)asked.Message).Kind).ShouldBe(
            ("customer/c-1", "cart-reminder/1.1/abc", MessageKind.CartReminder));
        (await carts.Timers()).Select(timer => timer.Message).ShouldBe([Due(2)]);

        await carts.Tell(Outcome(asked, 66), Outcome(asked, 66));
        await carts.At(200);
        await carts.Tell(Placed(180, 12.50m, Cup with { Quantity = 1 }), Placed(180, 12.50m, Cup with { Quantity = 1 }));
        await carts.Drain();

        (await carts.SentTo("gateway")).Select(told => told.Message).Skip(1).ShouldBe([new CartRecovered(Abc, Giulia, Order, At(180))]);
        (await carts.SentTo("messaging")).Select(told => told.Message).OfType<WithdrawMessages>().ShouldBe([new WithdrawMessages(Giulia, "cart/abc", "ordered", At(65))]);
        var left = (await carts.Load<AbandonedCart>("abc#1"))!;
        (left.State, left.Sent.Single(), left.Value, left.CheckoutStep, left.Recovered, left.RecoveredStep, left.IsPartial).ShouldBe(
            (AbandonedCartState.Recovered, 1, new Money(59.80m, "EUR"), "contact", new Money(12.50m, "EUR"), 1, true));
        await carts.At(24 * 60);
        (await carts.SentTo("messaging")).Count.ShouldBe(2);
        await carts.ThenNothingIsLost();
    }

    [Fact]
    public async Task An_order_without_a_word_of_the_cart_ends_the_care_for_all_of_the_customer_s_carts_and_counts_once()
    {
        await using var carts = await Open();
        await carts.Tell(Change(0, Cup), Of("old", -500), Of("other", 10));
        await carts.At(70);
        var asked = (await carts.SentTo("messaging")).ShouldHaveSingleItem();   // of the newest alone
        ((SendMessage)asked.Message).Key.Value.ShouldBe("cart-reminder/1.1/other");
        await carts.Tell(Outcome(asked, 71));
        await carts.At(100);

        await carts.Tell(Placed(90, 20m) with { Cart = null });
        await carts.At(3 * 24 * 60);

        foreach (var (cart, state) in new[] { ("abc", CartState.Replaced), ("old", CartState.Replaced), ("other", CartState.Bought) })
            (await carts.Get<CartNow>($"/v1/carts/{cart}")).State.ShouldBe(state, cart);
        (await carts.SentTo("gateway")).Select(told => told.Message).OfType<CartRecovered>().ShouldBe([new CartRecovered(new("other"), Giulia, Order, At(90))]);
        (await carts.SentTo("messaging")).Select(told => told.Message).OfType<SendMessage>().Count().ShouldBe(1);
        await carts.ThenNothingIsLost();
    }

    [Fact]
    public async Task An_order_that_was_cancelled_was_not_won_back_whichever_is_heard_of_first()
    {
        await using var carts = await Open();
        await carts.Tell(Change(0, Cup));
        await carts.At(60);
        await carts.Tell(Outcome((await carts.SentTo("messaging")).Single(), 61));
        await carts.At(100);
        var cancelled = new OrderCancelled(new("1002"), Giulia, Reported(80));

        await carts.Tell(Placed(70), cancelled, Placed(75) with { Order = new("1002") });
        await carts.Drain();
        (await carts.Load<AbandonedCart>("abc#1"))!.Order.ShouldBe(Order);

        await carts.Tell(cancelled with { Order = Order }, cancelled with { Order = Order });
        await carts.Drain();
        var left = (await carts.Load<AbandonedCart>("abc#1"))!;
        (left.State, left.Order, left.Recovered, left.RecoveredStep, left.Ended).ShouldBe((AbandonedCartState.Ended, null, null, null, RecoveryEnd.Ordered));
        (await carts.SentTo("gateway")).Select(told => told.Message).OfType<CartRecovered>().Count().ShouldBe(1);
        await carts.At(3 * 24 * 60);
        (await carts.SentTo("messaging")).Select(told => told.Message).OfType<SendMessage>().Count().ShouldBe(1);
        await carts.ThenNothingIsLost();
    }

    [Fact]
    public async Task An_order_that_is_heard_of_before_its_cart_ends_the_care_as_well()
    {
        await using var carts = await Open();
        await carts.Tell(Placed(20) with { Cart = null });
        await carts.Drain();
        await carts.Tell(Change(0, Cup));
        await carts.At(3 * 24 * 60);

        (await carts.Get<CartNow>("/v1/carts/abc")).State.ShouldBe(CartState.Bought);
        (await carts.SentTo("messaging")).ShouldBeEmpty();
        (await carts.SentTo("gateway")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_devices_merged_after_log_in_are_one_cart_that_is_cared_for_once()
    {
        await using var carts = await Open();
        var phone = Add(0, Cup, Known) with { Cart = new("phone") };
        await carts.Tell(phone, Change(1, Cushion) with { Visit = null });
        await carts.Tell(new MergeCarts(Abc, new("phone"), [Cup, Cushion], null, Known, Reported(2)));
        await carts.At(3 * 24 * 60);
        (await carts.Get<CartNow>("/v1/carts/phone?reader=c-1")).ShouldSatisfyAllConditions(shown => shown.Cart.ShouldBe(Abc), shown => shown.IsReaders.ShouldBe(true));
        (await carts.Get<CartNow>("/v1/carts/phone?reader=c-2")).ShouldSatisfyAllConditions(
            shown => shown.Cart.Value.ShouldBe("phone"), shown => shown.IsReaders.ShouldBe(false));

        var phoneNow = await carts.Get<CartNow>("/v1/carts/phone");
        (phoneNow.State, phoneNow.MergedInto, (await carts.Get<CartNow>("/v1/carts/abc")).MergedInto).ShouldBe((CartState.Merged, Abc, null));
        (await carts.SentTo("messaging")).Select(told => told.Message).OfType<SendMessage>().ShouldAllBe(message => message.Key.Value.EndsWith("/abc", StringComparison.Ordinal));
        (await carts.SentTo("gateway")).Select(told => told.Message).ShouldBe([new CartAbandoned(Abc, Giulia, At(62))]);
    }

    [Fact]
    public async Task A_guest_s_cart_that_was_written_about_is_won_back_by_the_order_of_the_cart_that_it_went_on_in()
    {
        await using var carts = await Open();
        await carts.Tell(Change(0, Cup) with { Cart = new("phone"), Visit = new CartVisit(new CustomerId("guest-1")) });
        await carts.At(60);
        await carts.Tell(Outcome((await carts.SentTo("messaging")).Single(), 61));
        await carts.Tell(new MergeCarts(Abc, new("phone"), [Cup], null, null, Reported(62)));
        await carts.Tell(Reach(63, "contact") with { Visit = Known });   // only now it is known whose it is
        await carts.Drain();

        await carts.Tell(Placed(70) with { Cart = null });
        await carts.Drain();

        (await carts.SentTo("gateway")).Select(told => told.Message).OfType<CartRecovered>().ShouldBe([new CartRecovered(new("phone"), Giulia, Order, At(70))]);
        (await carts.Get<CartNow>("/v1/carts/abc")).State.ShouldBe(CartState.Bought);
        await carts.ThenNothingIsLost();
    }

    [Fact]
    public async Task A_customer_who_is_told_late_is_written_to_of_the_cart_that_was_left_and_their_order_ends_that()
    {
        await using var carts = await Open();
        await carts.Tell(Change(0, Cup) with { Visit = null });
        await carts.At(70);
        (await carts.Load<AbandonedCart>("abc#1"))!.State.ShouldBe(AbandonedCartState.Unwritten);

        await carts.Tell(Reach(-5, "contact") with { Visit = Known, Reported = new Reported(At(-5), At(70)) });
        await carts.At(72);
        ((SendMessage)(await carts.SentTo("messaging")).ShouldHaveSingleItem().Message).Key.Value.ShouldBe("cart-reminder/1.1/abc");
        await carts.Tell(Placed(75) with { Cart = null });
        await carts.At(4 * 24 * 60);

        (await carts.SentTo("messaging")).Select(told => told.Message.GetType()).ShouldBe([typeof(SendMessage), typeof(WithdrawMessages)]);
        var left = (await carts.Load<AbandonedCart>("abc#1"))!;
        (left.State, left.Ended, left.Customer).ShouldBe((AbandonedCartState.Ended, RecoveryEnd.Ordered, Giulia));
        (await carts.SentTo("gateway")).Select(told => told.Message).OfType<CartAbandoned>().Count().ShouldBe(1);
    }

    [Theory]
    [InlineData(30)]    // before the older cart counts as left
    [InlineData(70)]
    public async Task Where_a_newer_cart_is_emptied_without_an_order_the_older_one_is_cared_for_again(int minutes)
    {
        await using var carts = await Open();
        await carts.Tell(Change(0, Cup));
        await carts.At(minutes);
        var newer = Change(minutes, Cushion) with { Cart = new("newer") };
        await carts.Tell(newer);
        await carts.At(minutes + 1);
        (await carts.Get<CartNow>("/v1/carts/abc")).State.ShouldBe(CartState.Replaced);

        await carts.Tell(newer with { Lines = [], Reported = Reported(minutes + 2) });
        await carts.At(4 * 24 * 60);

        (await carts.SentTo("messaging")).Select(told => told.Message).OfType<SendMessage>().Select(message => message.Key.Value)
            .ShouldBe(["cart-reminder/1.1/abc", "cart-question/1.2/abc", "cart-farewell/1.3/abc"]);
        (await carts.SentTo("gateway")).Select(told => told.Message).OfType<CartAbandoned>().Count().ShouldBe(1);
        await carts.ThenNothingIsLost();
    }

    [Fact]
    public async Task Where_the_newer_cart_is_emptied_by_its_order_or_filled_again_the_older_one_stays_replaced()
    {
        await using var carts = await Open();
        await carts.Tell(Change(0, Cup));
        var newer = Change(10, Cushion) with { Cart = new("newer") };
        await carts.Tell(newer, newer with { Lines = [], Reported = Reported(20) });
        await carts.At(20);
        await carts.Tell(newer with { Reported = Reported(21) });
        await carts.At(40);
        (await carts.Get<CartNow>("/v1/carts/abc")).State.ShouldBe(CartState.Replaced);
        await carts.Tell(newer with { Lines = [], Reported = Reported(41) });
        await carts.At(42);
        await carts.Tell(Placed(41) with { Cart = null });
        await carts.At(4 * 24 * 60);

        foreach (var (cart, state) in new[] { ("abc", CartState.Replaced), ("newer", CartState.Bought) })
            (await carts.Get<CartNow>($"/v1/carts/{cart}")).State.ShouldBe(state, cart);
        (await carts.SentTo("messaging")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false, "c-1")]
    [InlineData(true, "c-1")]
    [InlineData(true, "guest-1")]
    public async Task What_is_told_of_the_account_or_the_guest_ends_the_care_for_the_guest_s_cart_whichever_is_heard_of_first(bool first, string of)
    {
        await using var carts = await Open();
        CustomerId guest = new("guest-1");
        GuestKnown known = new(guest, Giulia);
        if (first) await carts.Tell(known);
        foreach (var (cart, minutes) in new[] { ("ordered", 0), ("refused", 10_000) })
        {
            await carts.Tell(Change(minutes, Cup) with { Cart = new(cart), Visit = new CartVisit(guest) });
            await carts.At(minutes + 60);
            if (!first) await carts.Tell(known);
            await carts.Drain();
            await carts.Tell(cart == "ordered"
                ? Placed(minutes + 61) with { Cart = null, CustomerId = new(of) }
                : (object)new PermissionChanged(new(of), Purpose.Carts, Channel.Email, false, PermissionBasis.OneClick, At(minutes + 61)));
            await carts.At(minutes + (4 * 24 * 60));
            (await carts.Load<AbandonedCart>($"{cart}#1"))!.Ended.ShouldBe(cart == "ordered" ? RecoveryEnd.Ordered : RecoveryEnd.Refused);
        }

        (await carts.SentTo("messaging")).Select(told => told.Message.GetType()).ShouldBe(
            [typeof(SendMessage), typeof(WithdrawMessages), typeof(SendMessage), typeof(WithdrawMessages)]);
        ((await carts.Load<Shopper>(guest.Value))!.KnownAs, (await carts.Load<Shopper>(Giulia.Value))!.Orders.Count).ShouldBe((Giulia, 1));
        await carts.ThenNothingIsLost();
    }

    [Fact]
    public async Task The_guest_s_page_shows_the_cart_of_the_account_that_the_guest_logged_in_to()
    {
        await using var carts = await Open();
        CustomerId guest = new("guest-1");
        await carts.Tell(
            Change(0, Cup) with { Visit = new CartVisit(guest) }, Change(0, Cup) with { Cart = new("other"), Visit = new CartVisit(guest) },
            new MergeCarts(new("def"), Abc, [Cup, Cushion], null, Known, Reported(5)), Change(5, Cup) with { Cart = new("other") });
        await carts.Drain();
        (await carts.Get<CartNow>("/v1/carts/abc?reader=guest-1")).Cart.ShouldBe(Abc);
        (await carts.Get<CartNow>("/v1/carts/other?reader=guest-1")).IsReaders.ShouldBe(false);

        await carts.Tell(new GuestKnown(guest, Giulia));
        await carts.Drain();

        var shown = await carts.Get<CartNow>("/v1/carts/abc?reader=guest-1");
        (shown.Cart.Value, shown.IsReaders, (await carts.Get<CartNow>("/v1/carts/other?reader=guest-1")).IsReaders).ShouldBe(("def", true, true));
    }

    [Fact]
    public async Task An_order_that_is_known_of_the_account_stops_the_guest_s_reminder_before_the_cart_has_heard_of_it()
    {
        await using var carts = await Open();
        await carts.Store(new Shopper("guest-1") { KnownAs = Giulia });
        await carts.Store(new Shopper(Giulia) { Orders = [new(Order, null, Total, null, Reported(30))] });
        await carts.Tell(Change(0, Cup) with { Visit = new CartVisit(new CustomerId("guest-1")) });
        await carts.At(4 * 24 * 60);
        (await carts.SentTo("messaging")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("erased")]
    [InlineData("data erased")]
    public async Task Whoever_refuses_or_is_erased_hears_no_more(string how)
    {
        await using var carts = await Open();
        await carts.Tell(Change(0, Cup));
        await carts.At(60);
        await carts.Tell(how switch
        {
            "refused" => new PermissionChanged(Giulia, Purpose.Carts, Channel.Email, false, PermissionBasis.OneClick, At(60)),
            "erased" => new CustomerErased(Giulia, Reported(60)),
            _ => (object)new CustomerDataErased(Giulia, At(60)),
        });
        await carts.Tell(new PermissionChanged(Giulia, Purpose.Offers, Channel.Email, false, PermissionBasis.OneClick, At(61)));
        await carts.At(3 * 24 * 60);

        (await carts.SentTo("messaging")).Select(told => told.Message.GetType()).ShouldBe([typeof(SendMessage), typeof(WithdrawMessages)]);
        (await carts.Load<AbandonedCart>("abc#1"))!.Ended.ShouldBe(how == "refused" ? RecoveryEnd.Refused : RecoveryEnd.Erased);
    }

    [Fact]
    public async Task Outcomes_of_other_messages_are_passed_over()
    {
        await using var carts = await Open();
        MessageKey[] keys = [new("thank-you/order-1001"), new("cart-reminder/nonsense"), new("cart-reminder/1.x/abc"), new("cart-reminder/1.1/unheard-of")];
        await carts.Tell([.. keys.SelectMany(key => new object[]
        {
            new MessageSent(key, MessageKind.ThankYou, Giulia, Noon), new MessageSuppressed(key, MessageKind.ThankYou, null, "stale", Noon),
            new MessageFailed(key, MessageKind.ThankYou, Giulia, "no-address", Noon),
        })]);
        await carts.Drain();

        (await carts.Scalar<long>("select count(*) from carts.mt_events")).ShouldBe(0);
        await carts.ThenNothingIsLost();
    }

    [Fact]
    public async Task A_restart_across_a_due_time_sends_what_was_due_once_and_not_two_at_once()
    {
        var before = await Open();
        await using (before)
        {
            await before.Tell(Change(0, Cup), Of("other", 0) with { Visit = new CartVisit(new CustomerId("c-2")) });
            await before.At(30);
        }

        before.Clock.AdvanceTo(At(61));
        await using (var after = await Open(before))
        {
            await after.Drain();
            (await after.SentTo("messaging")).Select(asked => ((SendMessage)asked.Message).Key.Value)
                .ShouldBe(["cart-reminder/1.1/abc", "cart-reminder/1.1/other"], ignoreOrder: true);
        }

        before.Clock.AdvanceTo(At(4 * 24 * 60));
        await using var last = await Open(before);
        await last.Drain();
        (await last.SentTo("messaging")).Select(asked => ((SendMessage)asked.Message).Key.Value).Skip(2)
            .ShouldBe(["cart-farewell/1.3/abc", "cart-farewell/1.3/other"], ignoreOrder: true);
        await last.ThenNothingIsLost();
    }

    [Fact]
    public async Task With_two_replicas_and_orders_at_the_very_time_of_the_reminders_each_cart_is_asked_for_once_at_most_and_left_in_peace_in_the_end()
    {
        const int Many = 60;
        await using var one = await Open();
        await using var two = await Open(one);
        CartId[] ids = [.. Enumerable.Range(0, Many).Select(i => new CartId($"cart-{i}"))];
        CustomerId CustomerOf(int i) => new($"c-{i}");
        await one.Tell([.. ids.Select((id, i) => (object)(Change(0, Cup) with { Cart = id, Visit = new CartVisit(CustomerOf(i)) }))]);
        await one.At(59);

        one.Clock.AdvanceTo(At(60));
        await Task.WhenAll(ids.Select((id, i) => (i % 2 == 0 ? one : two).Tell(
            new OrderPlaced(new($"order-{i}"), CustomerOf(i), Total, [Cup], i % 3 == 0 ? id : null, Reported(60)))));
        await one.Drain();
        await one.At(4 * 24 * 60);

        var sent = (await one.SentTo("messaging")).Select(told => told.Message).ToArray();
        foreach (var (id, i) in ids.Select((id, i) => (id, i)))
        {
            (await one.Get<CartNow>($"/v1/carts/{id}")).State.ShouldBe(CartState.Bought, id.Value);
            var asked = sent.OfType<SendMessage>().Count(message => message.Key.Value.EndsWith($"/{id}", StringComparison.Ordinal));
            asked.ShouldBeInRange(0, 1, id.Value);
            sent.OfType<WithdrawMessages>().Count(message => message.Subject == $"cart/{id}").ShouldBe(asked, id.Value);
            (await one.Stream($"cart/{id}")).OfType<CustomerOrdered>().Count().ShouldBe(1, id.Value);
        }

        (await one.SentTo("gateway")).Select(told => told.Message).OfType<CartRecovered>().ShouldBeEmpty();
        await one.ThenNothingIsLost();
    }

    [Fact]
    public async Task What_isn_t_there_is_not_found_and_what_can_t_be_understood_is_refused()
    {
        await using var carts = await Open();
        await carts.Tell(Change(0, Cup) with { Cart = new("a/b") });
        await carts.Drain();

        (await carts.Get<CartNow>("/v1/carts/a%2Fb")).Cart.Value.ShouldBe("a/b");
        foreach (var (path, status) in new[]
        {
            ("/v1/carts/unheard-of", HttpStatusCode.NotFound), ("/v1/carts/unheard-of/next-step", HttpStatusCode.NotFound),
            ("/v1/cart-funnel?from=yesterday", HttpStatusCode.BadRequest), ("/v1/cart-funnel?from=2026-02-01&to=2026-01-01", HttpStatusCode.BadRequest),
            ("/v1/cart-recovery?from=2020-01-01&to=2026-01-01", HttpStatusCode.BadRequest), ("/v1/abandoned-carts?state=Sleeping", HttpStatusCode.BadRequest),
        })
        {
            using var answer = await carts.Client.SendAsync(carts.Sign(HttpMethod.Get, path));
            answer.StatusCode.ShouldBe(status, path);
            if (status == HttpStatusCode.NotFound) (await answer.Content.ReadAsStringAsync()).ShouldContain("There is no such cart.");
        }

        using var other = await carts.Client.SendAsync(carts.Sign(HttpMethod.Get, "/v1/carts/a%2Fb", "other"));
        other.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var unsigned = await carts.Client.GetAsync("/v1/carts/a%2Fb");
        unsigned.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private Task<ServiceHost> Open(ServiceHost? beside = null) => Hosting.Open(postgres, beside);

    private static ChangeCart Of(string cart, int minutes) =>
        Change(minutes, Cushion) with { Cart = new(cart), Reported = new Reported(At(minutes), At(Math.Max(0, minutes))) };

    private static OrderPlaced Placed(int minutes, decimal total = 59.80m, params OrderLine[] lines) =>
        new(Order, Giulia, new Money(total, "EUR"), lines, Abc, new Reported(At(minutes), At(minutes + 5)));

    private static MessageSent Outcome(QueuedMessage asked, int minutes) =>
        asked.Message is SendMessage message ? new(message.Key, message.Kind, message.CustomerId, At(minutes)) : throw new ArgumentOutOfRangeException(nameof(asked));
}

internal static class Hosting
{
    public static Task<ServiceHost> Open(PostgresFixture postgres, ServiceHost? beside = null) => ServiceHost.Open<Program>(
        postgres, CartsService.Model, settings: [(PageLinks.UrlSetting, "https://engage.example")], beside: beside);

    /// <summary>So many minutes after noon, everything done that was due until then, each at its time.</summary>
    public static async Task At(this ServiceHost carts, int minutes)
    {
        await carts.Drain();
        while (await carts.Timers() is [{ Due: { } due }, ..] && due <= Telling.At(minutes))
        {
            if (due > carts.Clock.GetUtcNow()) carts.Clock.AdvanceTo(due);
            await carts.Drain();
        }

        if (Telling.At(minutes) > carts.Clock.GetUtcNow()) carts.Clock.AdvanceTo(Telling.At(minutes));
        await carts.Drain();
    }

    public static async Task ThenNothingIsLost(this ServiceHost carts) => (await carts.Scalar<long>("select count(*) from bus.carts_dead_letters")).ShouldBe(0);
}
