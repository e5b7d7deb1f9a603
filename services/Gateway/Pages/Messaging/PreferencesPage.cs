using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Pages.Messaging;

/// <summary>What a customer permits, as Messaging tells it: every purpose that can be refused, on every channel.</summary>
internal sealed record PermissionsSeen(IReadOnlyList<PermissionSeen> Permissions);

internal sealed record PermissionSeen(Purpose Purpose, Channel Channel, bool Granted);

/// <summary>My preferences: what we may write, and the way out. Looking changes nothing; a form, or the one click of RFC 8058, does.</summary>
internal sealed class PreferencesPage(IHttpClientFactory clients, IMessageBus bus, TimeProvider clock)
{
    public const int MostBytes = 16 * 1024;

    private static readonly Text Title = new("Che cosa possiamo scriverti", "What we may write to you");

    public async Task<Page> ShowAsync(PageLink link, HttpContext context, CancellationToken ct)
    {
        try
        {
            var whose = PreferencesSubject.Parse(link.Subject);
            var reader = await clients.ReaderOfAsync(link.Tenant, whose.Customer, ct);
            var language = CustomerPages.LanguageOf(context, reader.Language, reader.ShopLanguage);
            return Show(whose, await GrantedTo(link, whose, ct), language, reader.ShopName);
        }
        catch (Exception e) when (Asking.IsAway(e, ct))
        {
            return CustomerPages.TryAgain(context);
        }
    }

    /// <summary>The answer is made of what was asked for: Messaging hears of it a moment later, and need not be there just now.</summary>
    public async Task<Page> ChangeAsync(PageLink link, HttpContext context, CancellationToken ct)
    {
        if (await context.TryReadFormAsync(MostBytes, ct) is not { } form || Request.Of(form) is not { } asked)
        {
            return link.ExpiresAt <= clock.GetUtcNow()
                ? CustomerPages.NoSuchPage(context, StatusCodes.Status410Gone)
                : await ShowAsync(link, context, ct) with { Status = StatusCodes.Status400BadRequest };
        }

        var whose = PreferencesSubject.Parse(link.Subject);
        var choices = asked.Decide(whose, clock.GetUtcNow());
        bus.TenantId = link.Tenant;
        if (choices.Count > 0) await bus.InvokeAsync(new SavePreferences(choices), ct);
        foreach (var choice in choices) GatewayMetrics.Preferred(link.Tenant, choice);

        var reader = asked is Request.OneClick ? null : await clients.TryReaderOfAsync(link.Tenant, whose.Customer, ct);   // a program asks: it reads nothing
        return Changed(asked, whose, CustomerPages.LanguageOf(context, reader?.Language, reader?.ShopLanguage), reader?.ShopName);
    }

    private async Task<IReadOnlySet<Choice>> GrantedTo(PageLink link, PreferencesSubject whose, CancellationToken ct)
    {
        var seen = await clients.AskAsync<PermissionsSeen>("messaging", $"/v1/permissions/{Uri.EscapeDataString(whose.Customer)}", link.Tenant, ct);
        return seen!.Permissions.Where(permission => permission.Granted).Select(permission => new Choice(permission.Purpose, permission.Channel)).ToHashSet();
    }

    internal static Page Show(PreferencesSubject whose, IReadOnlySet<Choice> granted, string language, string? shop)
    {
        string Say(string italian, string english) => new Text(italian, english).In(language);
        Html Box(Choice choice) => Html.Of(
            $"""
            <li><input type="checkbox" id="{choice.ToString()}" name="may" value="{choice.ToString()}"{Checked(granted.Contains(choice))}><label
            for="{choice.ToString()}">{What(choice.Purpose).In(language)}</label></li>

            """);
        Html Boxes(Channel channel) => Html.Of(
            $"""
            <fieldset>
            <legend>{How(channel).In(language)}</legend>
            <ul class="boxes">
            {Html.Join(Choice.All.Where(choice => choice.Channel == channel).Select(Box))}</ul>
            </fieldset>

            """);

        return new(
            language, Title.In(language),
            Html.Of(
                $"""
                {NoMoreLikeThis(MailPurpose.Of(whose.Message), language)}
                <h2>{Say("Scegli tu", "You choose")}</h2>
                <form method="post">
                {Html.Join(Choice.All.Where(granted.Contains).Select(choice => Html.Of($"<input type=\"hidden\" name=\"was\" value=\"{choice.ToString()}\">\n")))}{
                    Html.Join(MailPurpose.Channels.Select(Boxes))}<p><button name="do" value="save">{Say("Salva", "Save")}</button></p>
                </form>
                <h2>{Say("Oppure niente", "Or nothing")}</h2>
                <form method="post">
                <p><button name="do" value="nothing">{Say("Non scrivetemi più niente di tutto questo", "Write me none of this any more")}</button></p>
                </form>
                <p class="soft">{Say(
                    "Degli ordini che fai e delle domande che ci poni ti scriviamo comunque: sono cose che aspetti tu.",
                    "About your orders and your questions we write in any case: you are waiting for that.")}</p>
                """),
            shop);
    }

    internal static Page Changed(Request asked, PreferencesSubject whose, string language, string? shop)
    {
        string Say(string italian, string english) => new Text(italian, english).In(language);
        var about = MailPurpose.Of(whose.Message) is { } purpose && Purposes.CanBeRefused(purpose) ? What(purpose) : default(Text?);
        var title = Say("Fatto", "Done");
        var said = asked switch
        {
            Request.OneClick or Request.NoMoreLikeThis when about is { } what => Html.Of(
                $"""
                <p class="state">{Say("Per e-mail non ti scriviamo più per questo:", "We no longer write to you by e-mail for this:")} {what.In(language)}.</p>
                """),
            Request.OneClick or Request.NoMoreLikeThis => Html.Of(
                $"""
                <p class="state">{Say(
                    "Per e-mail non ti scriviamo più, se non di ordini e risposte.", "We no longer write to you by e-mail, but about orders and answers.")}</p>
                """),
            Request.Save { Are: { Count: > 0 } may } => Html.Of(
                $"""
                <p class="state">{Say("Questo ti possiamo scrivere:", "This is what we may write to you:")}</p>
                <ul>
                {Html.Join(Choice.All.Where(may.Contains).Select(choice =>
                    Html.Of($"<li>{How(choice.Channel).In(language)}: {What(choice.Purpose).In(language)}</li>\n")))}</ul>
                """),
            _ => Html.Of(
                $"""
                <p class="state">{Say(
                    "Non ti scriviamo più niente di tutto questo, solo di ordini e risposte.",
                    "We write you none of this any more, only about orders and answers.")}</p>
                """),
        };
        return new(
            language, title,
            Html.Of(
                $"""
                {said}
                <p>{Say(
                    "Se una mail è già partita, può ancora arrivare. Puoi cambiare idea quando vuoi, con lo stesso collegamento.",
                    "A mail that has left already may still arrive. You can change your mind whenever you like, by the same link.")}</p>
                """),
            shop);
    }

    /// <summary>What led here, and its end by one button; nothing where the mail doesn't say, or is owed.</summary>
    private static Html NoMoreLikeThis(Purpose? purpose, string language)
    {
        string Say(string italian, string english) => new Text(italian, english).In(language);
        Text? from = purpose switch
        {
            Purpose.Carts => new(
                "Vieni da una nostra mail su quello che avevi lasciato nel carrello.", "You come from a mail of ours about what you had left in your cart."),
            Purpose.Offers => new("Vieni da una nostra mail con un'offerta o un premio.", "You come from a mail of ours with an offer or a reward."),
            Purpose.Reviews => new(
                "Vieni da una nostra mail che ti invitava a scrivere una recensione.", "You come from a mail of ours that invited you to write a review."),
            Purpose.FollowUp => new(
                "Vieni da una nostra mail di benvenuto, o che chiedeva se tutto è andato bene.",
                "You come from a mail of ours that welcomed you, or asked whether all was well."),
            Purpose.Orders => new("Vieni da una nostra mail su un tuo ordine.", "You come from a mail of ours about an order of yours."),
            Purpose.Answers => new("Vieni da una nostra mail che ti rispondeva.", "You come from a mail of ours that answered you."),
            _ => null,
        };
        if (from is not { } mail) return Html.Empty;
        var button = Html.Of(
            $"""
            <form method="post">
            <p><button name="do" value="no-more">{Say("Non scrivetemi più mail come questa", "No more mails like this")}</button></p>
            </form>
            """);
        return Html.Of($"<p class=\"state\">{mail.In(language)}</p>\n{(Purposes.CanBeRefused(purpose!.Value) ? button : Html.Empty)}");
    }

    private static Html Checked(bool isChecked) => new(isChecked ? " checked" : "");

    private static Text How(Channel channel) => channel == Channel.Sms ? new("Per SMS", "By text message") : new("Per e-mail", "By e-mail");

    private static Text What(Purpose purpose) => purpose switch
    {
        Purpose.Carts => new("Un promemoria di quello che lascio nel carrello", "A reminder of what I leave in my cart"),
        Purpose.Offers => new("Offerte e premi", "Offers and rewards"),
        Purpose.Reviews => new("L'invito a recensire quello che ho comprato", "An invitation to review what I bought"),
        Purpose.FollowUp => new("Il benvenuto, e la domanda se tutto è andato bene", "A welcome, and the question whether all was well"),
        _ => throw new ArgumentOutOfRangeException(nameof(purpose), purpose, "Can't be refused."),
    };
}
