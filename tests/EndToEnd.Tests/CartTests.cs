using System.Text.RegularExpressions;
using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

/// <summary>From what a shop tells of a cart to the mails, the pages, the task and the counts.</summary>
public sealed class CartTests(EngagementOf2017 fixture) : EndToEndTest(fixture.Engagement), IClassFixture<EngagementOf2017>
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_cart_that_is_left_is_reminded_of_thrice_answered_for_and_won_back()
    {
        var carla = new Buyer("c-carla", "Carla Carrelli", "carla.carrelli@posta.example", "it");
        var left = await Shop.ClockAsync();
        await Shop.PublishAsync(Told.Consent(carla.Id!, "carts", left), Told.Filled("left", left, carla));
        await Engagement.DrainedAsync();

        await Shop.AdvanceClockAsync(Hour + TimeSpan.FromMinutes(1));
        var mine = await Shop.PageAsync(LinkIn("cart-reminder/1.1/left", @"Riprendi[^\n]*\n?\s*"));
        mine.ShouldContain("Moka");
        mine.ShouldContain("https://shop.example/cart/left");

        await Shop.AdvanceClockAsync(TimeSpan.FromDays(3));
        (await Shop.GetAsync("/v1/messages?subject=cart/left")).EnumerateArray().Select(message => $"{message.Text("key")} {message.Text("state")}")
            .ShouldBe(["cart-farewell/1.3/left Sent", "cart-question/1.2/left Sent", "cart-reminder/1.1/left Sent"]);
        await Shop.AnswerAsync(LinkIn("cart-farewell/1.3/left", ""), ("why", "Problem"), ("words", "Il pagamento non va."));
        await Engagement.DrainedAsync();
        (await Shop.GetAsync("/v1/staff-tasks?limit=1000")).EnumerateArray().ShouldContain(task => task.Text("subject") == "cart/left");
        await Shop.PublishAsync(Told.Placed("won-back", await Shop.ClockAsync(), carla));
        await Engagement.DrainedAsync();

        var cart = (await Shop.GetAsync("/v1/abandoned-carts?customer=c-carla")).EnumerateArray().ShouldHaveSingleItem();
        (cart.Text("state"), cart.Text("reason"), cart.Text("order"), cart.GetProperty("recoveredStep").GetInt32(), cart.GetProperty("isPartial").GetBoolean())
            .ShouldBe(("Recovered", "Problem", "won-back", 3, true));
        var counted = (await Shop.GetAsync("/v1/cart-recovery?from=2017-10-01&to=2017-10-31")).GetProperty("all");
        (counted.GetProperty("abandoned").GetInt32(), counted.GetProperty("recovered").GetInt32()).ShouldBe((1, 1));
        (await Engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_ordered_as_a_guest_at_night_is_not_reminded_in_the_morning()
    {
        var nora = new Buyer(null, "Nora Notturni", "nora.notturni@posta.example", "it");
        var left = (await Shop.ClockAsync()).Date.AddDays(1).AddHours(20);   // ten in the evening where she is
        await Shop.AdvanceClockAsync(left - await Shop.ClockAsync());
        var now = await Shop.ClockAsync();
        await Shop.PublishAsync(Told.Filled("night", now, nora));
        await Engagement.DrainedAsync();
        await Shop.AdvanceClockAsync(Hour + TimeSpan.FromMinutes(1));
        await Shop.PublishAsync(Told.Placed("at-night", await Shop.ClockAsync(), nora));
        await Engagement.DrainedAsync();

        await Shop.AdvanceClockAsync(TimeSpan.FromDays(4));

        (await Shop.GetAsync("/v1/carts/night")).Text("state").ShouldBe("Bought");
        (await Shop.GetAsync("/v1/messages?subject=cart/night")).EnumerateArray().Select(message => message.Text("state")).ShouldAllBe(state => state != "Sent");
    }

    /// <summary>The page that a mail leads to.</summary>
    private string LinkIn(string key, string before)
    {
        var mail = Engagement.Mails.ReadNamed($"{key.Replace('/', '.')}.demo@demo.example");
        return Regex.Match(mail, before + @"https?://[^\s/]+(/p/[A-Za-z0-9_-]+)").Groups[1].Value;
    }
}
