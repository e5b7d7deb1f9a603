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
        var left = await NextAt(10);
        await Shop.PublishAsync(Told.Consent(carla.Id!, "carts", left), Told.Filled("left", left, carla));
        await Engagement.DrainedAsync();

        await Shop.AdvanceClockAsync(Hour + TimeSpan.FromMinutes(1));
        await Engagement.DrainedAsync();
        (await StatesOf("left")).ShouldBe(["message/cart-reminder/1.1/left Sent"]);
        var mine = await Shop.PageAsync(LinkIn("cart-reminder/1.1/left", "Riprendi da dove eri"));
        mine.ShouldContain("Moka");
        mine.ShouldContain("https://shop.example/cart/left");

        await Shop.AdvanceClockAsync(TimeSpan.FromDays(3));
        await Engagement.DrainedAsync();
        (await StatesOf("left")).ShouldBe(["message/cart-farewell/1.3/left Sent", "message/cart-question/1.2/left Sent", "message/cart-reminder/1.1/left Sent"]);
        await Shop.AnswerAsync(LinkIn("cart-farewell/1.3/left", "Dillo con un clic"), ("why", "Problem"), ("words", "Il pagamento non va."));
        await Engagement.DrainedAsync();
        (await Shop.GetAsync("/v1/staff-tasks?limit=1000")).EnumerateArray().ShouldContain(task => task.Text("subject") == "cart/left");
        (await Shop.GetAsync("/v1/carts/left/words")).EnumerateArray().ShouldHaveSingleItem().Text("words").ShouldBe("Il pagamento non va.");
        await Shop.PublishAsync(Told.Placed("won-back", await Shop.ClockAsync(), carla));
        await Engagement.DrainedAsync();

        var cart = (await Shop.GetAsync("/v1/abandoned-carts?customer=c-carla")).EnumerateArray().ShouldHaveSingleItem();
        cart.TryGetProperty("counted", out _).ShouldBeFalse();
        (cart.Text("state"), cart.Text("reason"), cart.Text("order"), cart.GetProperty("recoveredStep").GetInt32(), cart.GetProperty("isPartial").GetBoolean())
            .ShouldBe(("Recovered", "Problem", "won-back", 3, true));
        var counted = (await Shop.GetAsync($"/v1/cart-recovery?from={left:yyyy-MM-dd}&to={left:yyyy-MM-dd}")).GetProperty("all");
        (counted.GetProperty("abandoned").GetInt32(), counted.GetProperty("recovered").GetInt32()).ShouldBe((1, 1));
        (await Engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_ordered_at_night_is_not_reminded_in_the_morning()
    {
        var nora = new Buyer("c-nora", "Nora Notturni", "nora.notturni@posta.example", "it");
        var left = await NextAt(20);   // ten in the evening where she is
        await Shop.PublishAsync(Told.Consent(nora.Id!, "carts", left), Told.Filled("night", left, nora));
        await Engagement.DrainedAsync();
        await Shop.AdvanceClockAsync(Hour + TimeSpan.FromMinutes(1));
        (await StatesOf("night")).ShouldBe(["message/cart-reminder/1.1/night Deferred quiet-hours"]);   // until the morning
        await Shop.PublishAsync(Told.Placed("at-night", await Shop.ClockAsync(), nora));
        await Engagement.DrainedAsync();

        await Shop.AdvanceClockAsync(TimeSpan.FromDays(4));

        (await Shop.GetAsync("/v1/carts/night")).Text("state").ShouldBe("Bought");
        (await StatesOf("night")).ShouldBe(["message/cart-reminder/1.1/night Suppressed ordered"]);
    }

    /// <summary>Sets the clock on to this hour, in UTC, of the next day.</summary>
    private async Task<DateTimeOffset> NextAt(int hour)
    {
        var now = await Shop.ClockAsync();
        await Shop.AdvanceClockAsync(new DateTimeOffset(now.Date.AddDays(1).AddHours(hour), TimeSpan.Zero) - now);
        return await Shop.ClockAsync();
    }

    private async Task<string[]> StatesOf(string cart) => [.. (await Shop.GetAsync($"/v1/messages?subject=cart/{cart}")).EnumerateArray()
        .Select(message => $"{message.Text("id")} {message.Text("state")} {message.Text("reason")}".TrimEnd())];

    /// <summary>The page that a mail leads to.</summary>
    private string LinkIn(string key, string words)
    {
        var mail = Engagement.Mails.ReadNamed($"{key.Replace(".", "_2E", StringComparison.Ordinal).Replace('/', '.')}.demo@demo.example");
        return Regex.Match(mail, words + @"\W+https?://[^\s/]+(/p/[A-Za-z0-9_-]+)").Groups[1].Value;
    }
}
