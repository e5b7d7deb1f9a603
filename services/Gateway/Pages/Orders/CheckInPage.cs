using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Pages.Orders;

/// <summary>Has it arrived, and is it right? Looking changes nothing; one click on a button answers, with words or without.</summary>
internal sealed class CheckInPage(IHttpClientFactory clients, IMessageBus bus, Vault vault, TimeProvider clock)
{
    public const int MostBytes = 64 * 1024;
    private const int LongestWords = 4000;

    public async Task<Page> ShowAsync(PageLink link, HttpContext context, CancellationToken ct) => await WithOrder(link, context, (order, reader, language) =>
        Task.FromResult(Ask(order.Placed?.Number ?? link.Subject, reader, language)), ct);

    /// <summary>The answer goes to Orders, what was written sealed for its customer alone.</summary>
    public async Task<Page> AnswerAsync(PageLink link, HttpContext context, CancellationToken ct)
    {
        if (Read(await context.TryReadFormAsync(MostBytes, ct)) is not var (answer, words))
        {
            var asked = await ShowAsync(link, context, ct);
            return asked.Status == StatusCodes.Status200OK ? asked with { Status = StatusCodes.Status400BadRequest } : asked;
        }

        return await WithOrder(link, context, async (order, reader, language) =>
        {
            var customer = new CustomerId(order.Customer!);
            Sealed? written = words is null ? null : await vault.SealAsync(link.Tenant, customer, new PersonalWords(words), ct);
            var now = clock.GetUtcNow();
            bus.TenantId = link.Tenant;
            await bus.PublishAsync(new AnswerCheckIn(new OrderId(link.Subject), customer, answer, written, new Reported(now, now)));
            GatewayMetrics.Answered(link.Tenant, answer);
            return Thank(answer, reader, language);
        }, ct);
    }

    private async Task<Page> WithOrder(PageLink link, HttpContext context, Func<OrderSeen, Reader, string, Task<Page>> show, CancellationToken ct)
    {
        try
        {
            if (await clients.AskAsync<OrderSeen>("orders", $"/v1/orders/{Uri.EscapeDataString(link.Subject)}", link.Tenant, ct) is not { Customer: { } customer } order
                || !await vault.KnowsAsync(link.Tenant, new CustomerId(customer), ct))   // erased: what is written now must not get a key anew
                return CustomerPages.NoSuchPage(context, StatusCodes.Status404NotFound);
            var reader = await clients.ReaderOfAsync(link.Tenant, customer, ct);
            return await show(order, reader, CustomerPages.LanguageOf(context, reader.Language, reader.ShopLanguage));
        }
        catch (Exception e) when (Asking.IsAway(e, ct))
        {
            return CustomerPages.TryAgain(context);
        }
    }

    /// <summary>Null for what is no form of ours.</summary>
    private static (CheckInAnswer Answer, string? Words)? Read(IFormCollection? form)
    {
        if (form is null) return null;
        var words = form["words"].ToString().ReplaceLineEndings("\n").Trim();
        return (form["answer"].ToString(), words.Length <= LongestWords) switch
        {
            ("happy", true) => (CheckInAnswer.Happy, words.Length == 0 ? null : words),
            ("unhappy", true) => (CheckInAnswer.Unhappy, words.Length == 0 ? null : words),
            _ => null,
        };
    }

    internal static Page Ask(string called, Reader reader, string language)
    {
        string Say(string italian, string english) => new Text(italian, english).In(language);
        return new(
            language, Say($"Il tuo ordine {called}: tutto bene?", $"Your order {called}: is all well?"),
            Html.Of(
                $"""
                <form method="post">
                <p><label for="words">{Say("Se vuoi, scrivici due righe", "If you like, write us a line or two")}</label></p>
                <p><textarea id="words" name="words" rows="5" maxlength="{LongestWords}"></textarea></p>
                <p><button name="answer" value="happy">{Say("È arrivato, e va bene", "It has arrived, and it is right")}</button>
                <button name="answer" value="unhappy">{Say("Qualcosa non va", "Something is not right")}</button></p>
                </form>
                <p class="soft">{Say(
                    "«Qualcosa non va» vale anche se non è arrivato: una persona ti risponde presto.",
                    "“Something is not right” is also for what hasn't arrived: a person answers you soon.")}</p>
                """),
            reader.ShopName);
    }

    internal static Page Thank(CheckInAnswer answer, Reader reader, string language)
    {
        string Say(string italian, string english) => new Text(italian, english).In(language);
        return answer == CheckInAnswer.Happy
            ? new(
                language, Say("Grazie, ci fa piacere", "Thank you, we are glad"),
                Html.Of($"<p class=\"state\">{Say("Buon divertimento con quello che hai scelto.", "Enjoy what you have chosen.")}</p>"), reader.ShopName)
            : new(
                language, Say("Grazie di avercelo detto", "Thank you for telling us"),
                Html.Of($"""
                    <p class="state">{Say("Ci dispiace. Una persona lo legge subito e ti contatta.", "We are sorry. A person reads it right away and will get in touch.")}</p>
                    """),
                reader.ShopName);
    }
}
