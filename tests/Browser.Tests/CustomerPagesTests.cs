using Engagement.Contracts;
using Microsoft.Playwright;

namespace Engagement.Browser.Tests;

/// <summary>What only a real browser can tell of the customers' pages.</summary>
[Trait("Category", "Long")]
public sealed class CustomerPagesTests(Browsing browsing) : IClassFixture<Browsing>, IAsyncLifetime
{
    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Browsing.Missing is not null, Browsing.Missing ?? "");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("it", 360)]
    [InlineData("it", 1280)]
    [InlineData("en", 360)]
    [InlineData("en", 1280)]
    public async Task No_page_has_a_barrier_by_day_or_by_night(string language, int width)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using var context = await browsing.Open(language, width, options => (options.BypassCSP, options.ColorScheme) = (true, scheme));
            var page = await context.NewPageAsync();
            foreach (var path in browsing.All)
            {
                await page.GotoAsync(path);
                (await page.GetAttributeAsync("html", "lang")).ShouldBe(language);
                (await Browsing.Barriers(page)).ShouldBeEmpty($"{scheme}: {await page.TitleAsync()}");
            }
        }
    }

    [Theory]
    [InlineData("it", 320)]   // WCAG 1.4.10
    [InlineData("it", 360)]
    [InlineData("en", 320)]
    [InlineData("en", 360)]
    public async Task On_a_phone_nothing_scrolls_sideways(string language, int width)
    {
        await using var context = await browsing.Open(language, width, options => options.IsMobile = true);
        var page = await context.NewPageAsync();
        foreach (var path in browsing.All)
        {
            await page.GotoAsync(path);
            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBe(width, await page.TitleAsync());
        }
    }

    [Fact]
    public async Task One_says_why_with_one_click_by_mouse_or_keyboard_without_scripts()
    {
        await using var context = await browsing.Open("it", 360, options => options.JavaScriptEnabled = false);
        var page = await context.NewPageAsync();
        await page.GotoAsync(browsing.WhyILeft);
        await page.GetByRole(AriaRole.Button, new() { Name = "Le spese di spedizione" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Grazie" }).WaitForAsync();

        await page.GotoAsync(browsing.WhyILeft);
        await page.GetByLabel("Se vuoi, aggiungi qualche parola:").FillAsync("Non riuscivo a pagare.");
        await page.GetByRole(AriaRole.Button, new() { Name = "C'è stato un problema" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Grazie" }).WaitForAsync();

        (await browsing.Told("carts")).Cast<AnswerCartQuestion>().Select(answer => (answer.Reason, answer.Words is not null)).ShouldBe(
            [(CartReason.ShippingCost, false), (CartReason.Problem, true)]);
    }

    [Fact]
    public async Task By_keyboard_one_skips_to_the_content_first_and_sees_where_one_is()
    {
        await using var context = await browsing.Open("it", 360);
        var page = await context.NewPageAsync();
        await page.GotoAsync(browsing.MyOrder);
        var (skip, content, tracking) = (page.Locator(".skip"), page.Locator("#content"), page.GetByRole(AriaRole.Link, new() { Name = "Poste" }));
        async Task<bool> InSight(ILocator link) => await link.BoundingBoxAsync() is { X: >= 0, Y: >= 0 } box && box.X + box.Width <= 360;
        (await InSight(skip)).ShouldBeFalse();

        await page.Keyboard.PressAsync("Tab");
        (await HasFocus(skip)).ShouldBeTrue();
        (await skip.TextContentAsync()).ShouldBe("Vai al contenuto");
        (await InSight(skip)).ShouldBeTrue();

        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**#content");
        (await HasFocus(content)).ShouldBeTrue();

        await page.Keyboard.PressAsync("Tab");
        (await HasFocus(tracking)).ShouldBeTrue();
        (await tracking.EvaluateAsync<string>("link => getComputedStyle(link).outlineStyle + ' ' + getComputedStyle(link).outlineWidth")).ShouldBe("solid 3px");
    }

    [Fact]
    public async Task By_keyboard_alone_one_changes_what_may_be_written()
    {
        await using var context = await browsing.Open("en", 320);
        var page = await context.NewPageAsync();
        await page.GotoAsync(browsing.MyPreferences);
        List<string> stops = [];
        for (var i = 0; i < 12; i++)   // the link to the content, the button, eight boxes and two buttons
        {
            await page.Keyboard.PressAsync("Tab");
            stops.Add(await page.EvaluateAsync<string>("document.activeElement.id || document.activeElement.textContent"));
        }

        stops.ShouldBe(
        [
            "Skip to the content", "No more mails like this", "Carts-Email", "Offers-Email", "Reviews-Email", "FollowUp-Email", "Carts-Sms", "Offers-Sms",
            "Reviews-Sms", "FollowUp-Sms", "Save", "Write me none of this any more",
        ]);
        await page.FocusAsync("#Carts-Email");
        await page.Keyboard.PressAsync("Space");
        await page.FocusAsync("text=Save");
        (await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle")).ShouldBe("solid");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("text=This is what we may write to you:");

        (await page.InnerTextAsync("main li")).ShouldBe("By text message: Offers and rewards");
        (await browsing.Told())[^1].ShouldBeOfType<RecordPermission>().ShouldSatisfyAllConditions(
            told => told.Granted.ShouldBeFalse(), told => told.Purposes.ShouldBe([Purpose.Carts]), told => told.Channel.ShouldBe(Channel.Email));
        (await context.CookiesAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("it", ColorScheme.Light)]
    [InlineData("en", ColorScheme.Dark)]
    public async Task What_the_preferences_answer_has_no_barrier_either(string language, ColorScheme scheme)
    {
        await using var context = await browsing.Open(language, 320, options => (options.BypassCSP, options.ColorScheme) = (true, scheme));
        var page = await context.NewPageAsync();
        foreach (var button in new[] { "save", "nothing" })
        {
            await page.GotoAsync(browsing.MyPreferences);
            await page.ClickAsync($"button[value={button}]");
            await page.GetByRole(AriaRole.Heading, new() { Name = language == "it" ? "Fatto" : "Done" }).WaitForAsync();
            (await Browsing.Barriers(page)).ShouldBeEmpty();
            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBe(320);
        }
    }

    [Fact]
    public async Task Without_scripts_the_pages_say_the_same()
    {
        await using var plain = await browsing.Open("en", adjust: options => options.JavaScriptEnabled = false);
        await using var usual = await browsing.Open("en");
        var (without, with) = (await plain.NewPageAsync(), await usual.NewPageAsync());
        foreach (var path in browsing.All)
        {
            await without.GotoAsync(path);
            await with.GotoAsync(path);
            (await without.InnerTextAsync("body")).ShouldBe(await with.InnerTextAsync("body"));
        }

        await without.GotoAsync(browsing.MyOrder);
        (await without.InnerTextAsync("h1")).ShouldBe("Your order 1001");
        await without.FocusAsync(".skip");
        await without.Keyboard.PressAsync("Enter");
        await without.WaitForURLAsync("**#content");
    }

    [Fact]
    public async Task Only_we_are_asked_for_anything_and_the_console_stays_empty()
    {
        await using var context = await browsing.Open("it");
        var page = await context.NewPageAsync();
        List<string> asked = [], said = [];
        context.Request += (_, request) => asked.Add(new Uri(request.Url).GetLeftPart(UriPartial.Path));
        context.Console += (_, message) => said.Add(message.Text);
        page.PageError += (_, error) => said.Add(error);

        await page.GotoAsync(browsing.MyOrder);
        (await page.EvaluateAsync<string>("getComputedStyle(document.querySelector('.timeline')).listStyleType")).ShouldBe("none", "the style sheet is in force");
        said.ShouldBeEmpty();
        await page.GotoAsync(browsing.Expired);
        await page.GotoAsync(browsing.Away);

        said.ShouldAllBe(line => line.StartsWith("Failed to load resource: the server responded with a status of"));   // 410 and 503: the pages' own
        asked.Distinct().ShouldBe(new[] { browsing.MyOrder, "/p/style.css", browsing.Expired, browsing.Away }.Select(path => $"{new Uri(browsing.Address, path)}"));
        (await context.CookiesAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("it", "Questa pagina non c'è", "rispondi a quella mail: ti legge una persona.")]
    [InlineData("en", "This page isn't here", "just reply to that mail: a person reads it.")]
    public async Task Whose_link_is_over_is_told_what_to_do(string language, string title, string advice)
    {
        await using var context = await browsing.Open(language);
        var page = await context.NewPageAsync();

        (await page.GotoAsync(browsing.Expired))!.Status.ShouldBe(410);

        (await page.TitleAsync()).ShouldBe(title);
        (await page.InnerTextAsync("h1")).ShouldBe(title);
        (await page.InnerTextAsync("main")).ShouldEndWith(advice);
    }

    private static Task<bool> HasFocus(ILocator element) => element.EvaluateAsync<bool>("element => element === document.activeElement");
}
