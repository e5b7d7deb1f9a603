using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Pages.Carts;

/// <summary>Why was it left? One click says it. Looking changes nothing; a form does, and what the customer writes leaves here sealed.</summary>
internal sealed class CartQuestionPage(IHttpClientFactory clients, IMessageBus bus, Vault vault, TimeProvider clock)
{
    public const int MostBytes = 16 * 1024;
    public const int MostWords = 2000;

    private static readonly (CartReason Reason, Text Words)[] Reasons =
    [
        (CartReason.Price, new("Il prezzo", "The price")),
        (CartReason.ShippingCost, new("Le spese di spedizione", "The shipping costs")),
        (CartReason.JustLooking, new("Guardavo soltanto", "I was just looking")),
        (CartReason.Problem, new("C'è stato un problema", "There was a problem")),
        (CartReason.Other, new("Altro", "Something else")),
    ];

    public async Task<Page> ShowAsync(PageLink link, HttpContext context, CancellationToken ct)
    {
        if (await WhoseAsync(link, ct) is not { } whose) return CustomerPages.NoSuchPage(context, StatusCodes.Status404NotFound);
        var reader = await clients.TryReaderOfAsync(link.Tenant, whose.Customer, ct);
        return Ask(CustomerPages.LanguageOf(context, reader?.Language, reader?.ShopLanguage), reader?.ShopName);
    }

    /// <summary>Carts hears of it a moment later, and need not be there just now.</summary>
    public async Task<Page> AnswerAsync(PageLink link, HttpContext context, CancellationToken ct)
    {
        if (await WhoseAsync(link, ct) is not { } whose) return CustomerPages.NoSuchPage(context, StatusCodes.Status404NotFound);
        if (Read(await context.TryReadFormAsync(MostBytes, ct)) is not var (reason, words)) return await ShowAsync(link, context, ct) with { Status = StatusCodes.Status400BadRequest };

        Sealed? written = words is null ? null : await vault.SealAsync(link.Tenant, whose.Customer, new PersonalWords(words), ct);
        bus.TenantId = link.Tenant;
        await bus.SendAsync(new AnswerCartQuestion(whose.Cart, whose.Number, whose.Customer, reason, written, clock.GetUtcNow()));

        var reader = await clients.TryReaderOfAsync(link.Tenant, whose.Customer, ct);
        return Thank(reason, CustomerPages.LanguageOf(context, reader?.Language, reader?.ShopLanguage), reader?.ShopName);
    }

    /// <summary>Null for a link to nothing, or of a customer who was erased: whoever was written to had a key, and no answer is to make a new one.</summary>
    private async Task<CartQuestionSubject?> WhoseAsync(PageLink link, CancellationToken ct) =>
        CartQuestionSubject.Parse(link.Subject) is { } whose && await vault.KnowsAsync(link.Tenant, whose.Customer, ct) ? whose : null;

    /// <summary>Null for what is no form of ours.</summary>
    private static (CartReason Reason, string? Words)? Read(IFormCollection? form)
    {
        if (form is null || Reasons.FirstOrDefault(reason => reason.Reason.ToString() == form["why"]) is not { Words.Italian: not null } said) return null;
        var words = form["words"].ToString().Replace("\r\n", "\n", StringComparison.Ordinal).Trim();
        return words.Length > MostWords ? null : (said.Reason, words.Length == 0 ? null : words);
    }

    internal static Page Ask(string language, string? shop)
    {
        string Say(string italian, string english) => new Text(italian, english).In(language);
        return new(
            language, Say("Che cosa ti ha fermato?", "What held you back?"),
            Html.Of(
                $"""
                <p>{Say("Basta un clic, e ci aiuta a fare meglio. Del tuo carrello non ti scriviamo più.",
                    "One click is enough, and helps us to do better. We won't write about your cart again.")}</p>
                <form method="post">
                <p><label for="words">{Say("Se vuoi, aggiungi qualche parola:", "Add a few words, if you like:")}</label><br>
                <textarea id="words" name="words" rows="3" maxlength="{MostWords}"></textarea></p>
                <ul class="choices">
                {Html.Join(Reasons.Select(reason => Html.Of(
                    $"<li><button name=\"why\" value=\"{reason.Reason.ToString()}\">{reason.Words.In(language)}</button></li>\n")))}</ul>
                </form>
                """),
            shop);
    }

    internal static Page Thank(CartReason reason, string language, string? shop)
    {
        string Say(string italian, string english) => new Text(italian, english).In(language);
        var more = reason == CartReason.Problem
            ? Say("Una persona guarda che cosa non ha funzionato.", "A person looks into what went wrong.")
            : Say("Ne teniamo conto.", "We take it to heart.");
        return new(language, Say("Grazie", "Thank you"), Html.Of($"<p class=\"state\">{Say("Grazie di avercelo detto.", "Thank you for telling us.")} {more}</p>"), shop);
    }
}
