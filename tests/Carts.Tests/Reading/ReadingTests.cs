using System.Net;
using System.Net.Http.Json;
using Engagement.Carts.Reading;
using Engagement.Carts.Recovery;
using Engagement.Carts.Settings;
using Engagement.Carts.Shopping;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Testing;
using Npgsql;
using static Engagement.Carts.Tests.Telling;

namespace Engagement.Carts.Tests.Reading;

/// <summary>The guided way, the lists and the counts.</summary>
public sealed class ReadingTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("it", "Il tuo carrello è pronto. Poi viene: I tuoi dati.")]
    [InlineData("en-GB", "Your cart is ready. Next comes: Your details.")]
    [InlineData("tlh", "Il tuo carrello è pronto. Poi viene: I tuoi dati.")]   // the customer's own, then the shop's
    public void Before_the_checkout_the_cart_is_ready(string asked, string words) =>
        GetNextStep.Of(Given((Change(0, Cup), 0)).State!, Usual, asked).ShouldSatisfyAllConditions(
            next => next.Words.ShouldBe(words), next => next.Position.ShouldBe(0), next => next.Next!.Name.ShouldBe("contact"));

    [Fact]
    public void In_the_checkout_one_is_told_where_one_is_what_is_missing_and_what_comes_next()
    {
        var cart = Given((Change(0, Cup) with { Visit = new CartVisit(Giulia, "it") }, 0), (Reach(1, "contact"), 1));
        GetNextStep.Of(cart.State!, Usual, null).ShouldSatisfyAllConditions(
            next => (next.Language, next.Position, next.Of, next.Here!.Name, next.Next!.Name).ShouldBe(("it", 1, 3, "contact", "shipping")),
            next => next.Missing.Select(need => need.Name).ShouldBe(["email"]),
            next => next.Words.ShouldBe("Sei al passo 1 di 3: I tuoi dati. Manca ancora: il tuo indirizzo e-mail. Poi viene: Consegna."));
        var given = cart.When(Reach(2, "contact", "email"), 2);
        GetNextStep.Of(given.State!, Usual, "en").Words.ShouldBe("You are at step 1 of 3: Your details. Next comes: Delivery.");
        var payment = given.When(Reach(3, "payment"), 3);
        GetNextStep.Of(payment.State!, Usual, "en").Words.ShouldBe("You are at step 3 of 3: Payment. Still missing: the address to deliver to. It is the last step.");
        GetNextStep.Of(payment.When(Reach(4, "payment", "address"), 4).State!, Usual, "en").Words.ShouldBe("You are at step 3 of 3: Payment. It is the last step.");
        GetNextStep.Of(given.When(Complete(4), 4).State!, Usual, "en").Words.ShouldBe("Your order is placed: thank you!");
        GetNextStep.Of(given.When(Change(5), 5).State!, Usual, null).Words.ShouldBe("Il tuo carrello è vuoto.");
    }

    [Fact]
    public void What_is_missing_is_all_that_the_steps_so_far_need_and_before_the_first_what_that_needs()
    {
        var cart = Given((Change(0, Cup) with { Visit = null }, 0));
        GetNextStep.Of(cart.State!, Usual, "en").ShouldSatisfyAllConditions(
            next => next.Missing.Select(need => need.Name).ShouldBe(["email"]),
            next => next.Words.ShouldBe("Your cart is ready. Still missing: your e-mail address. Next comes: Your details."));
        GetNextStep.Of(cart.When(Reach(1, "payment"), 1).State!, Usual, "en").ShouldSatisfyAllConditions(
            next => next.Missing.Select(need => need.Name).ShouldBe(["email", "address"]),
            next => next.Words.ShouldBe(
                "You are at step 3 of 3: Payment. Still missing: your e-mail address and the address to deliver to. It is the last step."));
    }

    [Fact]
    public async Task A_step_that_the_settings_don_t_know_is_said_and_seen_to_be_none_of_theirs()
    {
        await using var carts = await Hosting.Open(postgres);
        using var counted = new Counted("typos");
        await carts.TellFor("typos", Change(0, Cup), Reach(1, "shipping"), Reach(2, "payement"));
        await carts.Drain();
        var next = await carts.Get<NextStep>("/v1/carts/abc/next-step?language=en", "typos");
        (next.Position, next.Of, next.Here, next.Next).ShouldBe((null, 3, null, null));
        next.Words.ShouldBe("You are completing your order. Still missing: the address to deliver to.");
        await carts.Until(() => Task.FromResult(counted.Told.Count > 0), "it is counted, just after the commit");
        counted.Told.ShouldBe(["unknown_steps 1"]);
        var funnel = await carts.Get<Funnel>("/v1/cart-funnel", "typos");
        funnel.Unknown.ShouldBe([new("payement", 1)]);
        funnel.Steps.Select(step => step.Reached).ShouldBe([1, 1, 1, 0, 0]);
    }

    [Fact]
    public void A_shop_s_own_steps_are_told_in_its_words()
    {
        var settings = Usual with
        {
            CheckoutSteps = [new("gift", new("La dedica", "The dedication"), [new("names", new("i nomi", "the names")), new("date", new("la data", "the date"))])],
        };
        GetNextStep.Of(Given((Change(0, Cup), 0), (Reach(1, "gift"), 1)).State!, settings, "en").Words
            .ShouldBe("You are at step 1 of 1: The dedication. Still missing: the names and the date. It is the last step.");
    }

    [Fact]
    public void Whoever_came_to_a_step_has_passed_those_before_it()
    {
        var steps = GetFunnel.Of(
            [
                (CountedAs.Left, [], 10), (CountedAs.Open, [], 1), (CountedAs.Left, ["contact"], 5), (CountedAs.Left, ["shipping", "typo"], 2),
                (CountedAs.Bought, [""], 4),
            ],
            ["contact", "shipping", "payment"]);
        steps.ShouldBe([new("cart", 22, 10), new("contact", 11, 5), new("shipping", 6, 2), new("payment", 4, 0), new("bought", 4, 0)]);
    }

    [Fact]
    public void A_cart_counts_as_left_also_where_its_customer_went_on_elsewhere_and_anew_after_an_order()
    {
        var cart = Given((Change(0, Cup), 0), (Reach(1, "shipping"), 1), (Reach(2, "contact"), 2));
        CountedCart.Of(cart.State!)!.Id.ShouldBe("2026-01-12T12:00:00 Open:contact,shipping abc");
        var added = cart.When(Add(3, Cushion), 3);
        CountedCart.Change(cart.State!, added.State!).ShouldSatisfyAllConditions(change => change.Gone.ShouldBeNull(), change => change.Kept.ShouldBeEmpty());
        cart = cart.When(Quiet, 62).When(new NoteNewerCart(Abc, new("def"), At(70)), 70);
        CountedCart.Of(cart.State!)!.Id.ShouldBe("2026-01-12T12:00:00 Left:contact,shipping abc");
        // Another cart was ordered; that something is put into this one again makes it no less left.
        var replaced = cart.When(new NoteNewerCart(Abc, new("def"), At(90)), 90).When(Ordered(95, named: null, mayCount: false), 95);
        CountedCart.Change(replaced.State!, replaced.When(Add(2000, Cushion), 2000).State!).ShouldSatisfyAllConditions(
            change => change.Gone.ShouldBeNull(), change => change.Kept.Single().Id.ShouldContain(" Open:"));
        CountedCart.Of(cart.When(new MergeAway(Abc, new("def"), At(71)), 71).State!).ShouldBeNull();
        cart = cart.When(Complete(80), 80).When(Reach(81, "payment"), 81);
        CountedCart.Of(cart.State!)!.Id.ShouldBe("2026-01-12T12:00:00 Bought: abc");
        cart = cart.When(Change(82), 82).When(Take(83, "TZ-1"), 83);   // cleared
        CountedCart.Of(cart.State!)!.Id.ShouldBe("2026-01-12T12:00:00 Bought: abc");
        CountedCart.Of(cart.When(Change(95, Cup), 95).When(Reach(96, "contact"), 96).State!)!.Id.ShouldBe("2026-01-12T13:35:00 Open:contact abc");
    }

    [Fact]
    public async Task A_cart_that_goes_on_after_its_order_is_two_for_the_funnel_whichever_is_heard_of_first()
    {
        await using var carts = await Hosting.Open(postgres);
        ChangeCart[] days = [Change(-3 * 24 * 60, Cup), Change(0, Cup)];
        var bought = Complete(-2 * 24 * 60);
        await carts.Tell(days[0], bought, days[1]);
        await carts.Tell(new object[] { days[0], days[1], bought, days[1] }.Select(told => told switch
        {
            ChangeCart change => change with { Cart = new("def"), Visit = null },
            _ => (object)(bought with { Cart = new("def"), Visit = null }),
        }).ToArray());
        await carts.At(70);
        (await carts.Get<Funnel>("/v1/cart-funnel?from=2026-01-12&to=2026-01-12")).Steps.Select(s => (s.Step, s.Reached, s.Left)).ShouldBe(
            [("cart", 2, 2), ("contact", 0, 0), ("shipping", 0, 0), ("payment", 0, 0), ("bought", 0, 0)]);
        (await carts.Get<Funnel>("/v1/cart-funnel?from=2026-01-09&to=2026-01-11")).Steps.Select(s => (s.Step, s.Reached, s.Left)).ShouldBe(
            [("cart", 2, 0), ("contact", 2, 0), ("shipping", 2, 0), ("payment", 2, 0), ("bought", 2, 0)]);
        await carts.ThenNothingIsLost();
    }

    [Fact]
    public async Task What_was_left_and_won_back_is_listed_and_counted_by_day_step_and_reason_however_often_it_was_told()
    {
        await using var carts = await Hosting.Open(postgres);
        CartId[] ids = [.. Enumerable.Range(0, 4).Select(i => new CartId($"cart-{i}"))];
        object[] told = [.. ids.Select((id, i) => Change(i, Cup) with { Cart = id, Visit = i == 3 ? null : new CartVisit(new($"c-{i}")) })];
        await carts.Tell([.. told, .. told]);
        await carts.At(70);
        object[] outcomes =
        [
            .. (await carts.SentTo("messaging")).Select(asked => (SendMessage)asked.Message).Select(asked => new MessageSent(asked.Key, asked.Kind, asked.CustomerId, At(71))),
            new AnswerCartQuestion(ids[0], 1, new("c-0"), CartReason.Price, null, At(80)), new AnswerCartQuestion(ids[1], 1, new("c-1"), CartReason.Problem, null, At(80)),
            new OrderPlaced(new("1"), new("c-0"), new Money(10m, "EUR"), [], ids[0], Reported(90)),
            new OrderPlaced(new("2"), new("c-2"), new Money(99m, "USD"), [Cup], null, Reported(90)),
        ];
        await carts.Tell([.. outcomes, .. outcomes]);
        await carts.Drain();

        var report = await carts.Get<RecoveryReport>("/v1/cart-recovery?from=2026-01-12&to=2026-01-12");
        report.Days.ShouldHaveSingleItem().Day.ShouldBe(new DateOnly(2026, 1, 12));
        (report.All.Abandoned, report.All.Recovered, report.All.Partial, report.All.Rate).ShouldBe((4, 2, 1, 0.5));
        report.All.Value.ShouldBe([new Money(119.60m, "EUR")]);
        report.All.RecoveredValue.ShouldBe([new Money(10m, "EUR"), new Money(99m, "USD")]);
        var step = report.All.Steps.ShouldHaveSingleItem();
        (step.Step, step.Sent, step.Recovered, step.Rate).ShouldBe((1, 3, 2, 0.6667));
        report.All.Reasons.Select(reason => (reason.Reason, reason.Abandoned, reason.Recovered)).ShouldBe(
            [(null, 2, 1), (CartReason.Price, 1, 1), (CartReason.Problem, 1, 0)]);

        (await Listed(carts, "")).ShouldBe(["cart-3", "cart-2", "cart-1", "cart-0"]);
        (await Listed(carts, "?state=Recovered")).ShouldBe(["cart-2", "cart-0"]);
        (await Listed(carts, "?reason=Problem")).ShouldBe(["cart-1"]);
        (await Listed(carts, "?state=Unwritten")).ShouldBe(["cart-3"]);
        var page = await carts.Get<AbandonedCart[]>("/v1/abandoned-carts?limit=2");
        (await Listed(carts, $"?after={Uri.EscapeDataString(page[^1].Cursor)}")).ShouldBe(["cart-1", "cart-0"]);
        (await carts.Get<Funnel>("/v1/cart-funnel")).Steps.Select(s => (s.Step, s.Reached, s.Left)).ShouldBe(
            [("cart", 4, 2), ("contact", 2, 0), ("shipping", 2, 0), ("payment", 2, 0), ("bought", 2, 0)]);
        (await carts.SentTo("support")).ShouldHaveSingleItem().Message.ShouldBeOfType<RaiseStaffTask>().Key.Value.ShouldBe("cart-problem/1/cart-1");
        await carts.ThenNothingIsLost();
    }

    [Fact]
    public async Task What_a_customer_wrote_is_told_sealed_with_whose_it_is()
    {
        await using var carts = await Hosting.Open(postgres);
        await carts.Tell(Change(0, Cup));
        await carts.At(70);
        var words = new Sealed("c2VhbGVk");
        await carts.Tell(Because(CartReason.Price, 80), Because(CartReason.Problem, 81) with { Words = words });
        await carts.Drain();
        (await carts.Get<SealedWords[]>("/v1/carts/abc/words")).ShouldBe([new(At(81), Giulia, "Problem", words)]);
        using var unknown = await carts.Client.SendAsync(carts.Sign(HttpMethod.Get, "/v1/carts/def/words"));
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_was_left_won_back_and_said_is_measured_once_however_often_it_was_told()
    {
        await using var carts = await Hosting.Open(postgres);
        using var counted = new Counted("measured");
        object[] told = [Change(0, Cup), Change(1, Cup) with { Cart = new("def"), Visit = null }];
        await carts.TellFor("measured", [.. told, .. told]);
        await carts.At(70);
        await carts.Until(() => Task.FromResult(counted.Told.Count == 2), "both are counted, just after their commits");
        counted.Told.ShouldBe(["abandoned 1 can_be_written=True", "abandoned 1 can_be_written=False"], ignoreOrder: true);
        object[] outcomes =
        [
            .. (await carts.SentTo("messaging")).Select(asked => (SendMessage)asked.Message).Select(asked => new MessageSent(asked.Key, asked.Kind, Giulia, At(71))),
            Because(CartReason.ShippingCost, 80), new OrderPlaced(Order, Giulia, new Money(10m, "EUR"), [], Abc, Reported(90)),
        ];
        await carts.TellFor("measured", [.. outcomes, .. outcomes]);
        await carts.Drain();
        await carts.Until(() => Task.FromResult(counted.Told.Count == 4), "the rest is counted");
        counted.Told.Skip(2).ShouldBe(["reasons 1 reason=ShippingCost", "recovered 1 step=1 partial=True"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("to=0001-01-05", HttpStatusCode.OK)]
    [InlineData("from=9999-12-30&to=9999-12-31", HttpStatusCode.OK)]
    [InlineData("to=9999-12-31&from=0001-01-01", HttpStatusCode.BadRequest)]
    [InlineData("from=2026-01-02&to=2026-01-01", HttpStatusCode.BadRequest)]
    public async Task Days_that_make_no_sense_are_refused_and_the_first_of_all_is_no_failure(string query, HttpStatusCode status)
    {
        await using var carts = await Hosting.Open(postgres);
        foreach (var counts in new[] { "cart-funnel", "cart-recovery" })
        {
            using var request = carts.Sign(HttpMethod.Get, $"/v1/{counts}?{query}");
            using var answer = await carts.Client.SendAsync(request);
            answer.StatusCode.ShouldBe(status);
        }
    }

    [Fact]
    public async Task An_after_that_is_no_cursor_is_refused_and_an_empty_one_is_the_first_page()
    {
        await using var carts = await Hosting.Open(postgres);
        using var refused = await carts.Client.SendAsync(carts.Sign(HttpMethod.Get, "/v1/abandoned-carts?after=rubbish"));
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("""{"field":"/after","code":"invalid",""");
        using var first = await carts.Client.SendAsync(carts.Sign(HttpMethod.Get, "/v1/abandoned-carts?after="));
        first.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    /// <summary>Each is asked for the rare among many: going through all of them would cost less to plan badly than to notice.</summary>
    [Fact]
    public async Task The_list_and_the_counts_go_by_their_indexes()
    {
        await using var carts = await Hosting.Open(postgres);
        await carts.Execute("""
            insert into carts.mt_doc_abandonedcart (tenant_id, id, data, mt_dotnet_type)
            select case i % 3 when 0 then 'other' else 'demo' end, 'c' || i, jsonb_build_object('Cursor', (timestamp '2025-01-01' + i * interval '1 hour')::text,
                'State', case i % 50 when 0 then 'Recovered' else 'Ended' end, 'Customer', 'c-' || i % 2000,
                'Reason', case i % 100 when 0 then 'Problem' when 1 then 'Price' end, 'CheckoutStep', case i % 100 when 0 then 'payment' when 1 then 'contact' end,
                'Value', jsonb_build_object('Amount', i % 97, 'Currency', 'EUR'),
                'Counted', (date '2025-01-01' + i / 100) || (array[' 1  ', ' 1,2 Price ', ' 1,2,3 Other 2'])[1 + i % 3] || ' False EUR '), ''
            from generate_series(1, 40000) i;
            insert into carts.mt_doc_countedcart (tenant_id, id, data, mt_dotnet_type)
            select 'demo',
                to_char(timestamp '2025-01-01' + i * interval '15 min', 'YYYY-MM-DD"T"HH24:MI:SS') || (array[' Open: c', ' Left:contact c'])[1 + i % 2] || i, '{}', ''
            from generate_series(1, 40000) i;
            """);
        await carts.Execute("vacuum analyze carts.mt_doc_abandonedcart");
        await carts.Execute("vacuum analyze carts.mt_doc_countedcart");
        foreach (var (query, index) in new (ListAbandonedCarts.Query, string)[]
        {
            (new(AbandonedCartState.Recovered), "state"), (new(Customer: "c-7"), "customer"), (new(Reason: CartReason.Problem), "reason"),
            (new(Step: "payment"), "checkout_step"),
        })
        {
            var list = ListAbandonedCarts.Sql(query);
            (await Plan(carts, $"select data from carts.mt_doc_abandonedcart d where d.tenant_id = 'demo' and {Filled(list.Sql, list.Args)[6..]}"))
                .ShouldContain($"mt_doc_abandonedcart_idx_{index}_cursor");
        }

        string Days(string sql) => sql.Replace("$1", "'demo'", StringComparison.Ordinal).Replace("$2", "'2025-02-01'", StringComparison.Ordinal)
            .Replace("$3", "'2025-02-28'", StringComparison.Ordinal);
        (await Plan(carts, Days(GetRecoveryReport.Sql))).ShouldSatisfyAllConditions(
            plan => plan.ShouldContain("mt_doc_abandonedcart_idx_counted"), plan => plan.ShouldContain("HashAggregate"), plan => plan.ShouldNotContain("Sort"));
        (await Plan(carts, Days(GetFunnel.Sql))).ShouldContain("Index Only Scan using pkey_mt_doc_countedcart_tenant_id_id");
    }

    [Fact]
    public void Words_are_whose_the_cart_was_though_that_was_known_only_later()
    {
        Sealed words = new("c2VhbGVk");
        object[] events =
        [
            new CartLeftBehind(1, At(0), null, [Cup], null, null, [], false, new DateOnly(2026, 1, 12), At(60)), new CarePlanned(1, Giulia, Usual.Plan()),
            new ReasonGiven(1, CartReason.Other, words, At(90)),
        ];
        GetCartWords.Of(events).Select(said => said.Customer).ShouldBe([Giulia]);
    }

    [Fact]
    public async Task Settings_hold_from_then_on_and_what_is_wrong_with_them_is_said_field_by_field()
    {
        await using var carts = await Hosting.Open(postgres);
        (await carts.Get<CartsSettings>("/v1/settings/carts")).Steps.ShouldBe(["01:00:00", "24:00:00", "72:00:00"]);
        (await Put(carts, """{"abandonedAfterMinutes": 30, "steps": []}""")).Status.ShouldBe(HttpStatusCode.OK);
        await carts.Tell(Change(0, Cup));
        await carts.At(24 * 60);
        (await carts.Load<AbandonedCart>("abc#1"))!.ShouldSatisfyAllConditions(
            left => left.LeftAt.ShouldBe(At(30)), left => left.State.ShouldBe(AbandonedCartState.Unwritten));
        (await carts.SentTo("messaging")).ShouldBeEmpty();

        var (status, body) = await Put(carts, """
            {"abandonedAfterMinutes": 1, "attributionDays": 99, "steps": ["soon", "00:30:00", "02:00:00", "02:30:00"], "language": "tlh", "zone": "Rome",
             "checkoutSteps": [{"name": "two words", "title": {"it": "", "en": "x"}, "needs": [{"name": "", "words": null}]}, null],
             "incentives": [{"step": 9, "code": " ", "percent": 200}]}
            """);
        status.ShouldBe(HttpStatusCode.BadRequest);
        foreach (var field in new[]
        {
            "/abandonedAfterMinutes", "/attributionDays", "/steps", "/steps/0", "/steps/3", "/language", "/zone", "/checkoutSteps/0/name", "/checkoutSteps/0/title",
            "/checkoutSteps/0/needs/0/name", "/checkoutSteps/0/needs/0/words", "/checkoutSteps/1/name", "/incentives/0/step", "/incentives/0/code", "/incentives/0/percent",
        })
            body.ShouldContain($"\"{field}\"");
    }

    private static async Task<string[]> Listed(ServiceHost carts, string query) =>
        [.. (await carts.Get<AbandonedCart[]>($"/v1/abandoned-carts{query}")).Select(left => left.Cart.Value)];

    private static async Task<(HttpStatusCode Status, string Body)> Put(ServiceHost carts, string settings)
    {
        using var request = carts.Sign(HttpMethod.Put, "/v1/settings/carts");
        request.Content = new StringContent(settings, System.Text.Encoding.UTF8, "application/json");
        using var answer = await carts.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static string Filled(string sql, object[] arguments) =>
        arguments.Aggregate(sql, (filled, argument) => filled[..filled.IndexOf('?')] + $"'{argument}'" + filled[(filled.IndexOf('?') + 1)..]);

    private static async Task<string> Plan(ServiceHost carts, string sql)
    {
        await using var connection = new NpgsqlConnection(carts.ConnectionString);
        await connection.OpenAsync();
        return string.Join('\n', await connection.RowsAsync($"explain (costs off) {sql}", row => row.GetString(0)));
    }
}
