using Engagement.Carts.Settings;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Carts.Reading;

/// <summary>Where the customer is in the checkout, what comes next and what is missing, in words that a storefront can show as they are.</summary>
/// <param name="Position">
/// Of the step in <paramref name="Of"/> steps; 0 before the first, and null where the cart is bought or empty, or at a step that the settings don't know.
/// </param>
/// <param name="Missing">What the steps up to here still need, or the first one where the checkout hasn't begun.</param>
/// <param name="Words">All of it in a few sentences.</param>
public sealed record NextStep(string Language, int? Position, int Of, StepSeen? Here, StepSeen? Next, IReadOnlyList<NeedSeen> Missing, string Words);

public sealed record StepSeen(string Name, string Title);

public sealed record NeedSeen(string Name, string Words);

/// <summary>The guided way: <c>GET /v1/carts/{id}/next-step</c>.</summary>
public static class GetNextStep
{
    public static async Task<Results<Ok<NextStep>, NoSuch>> Handle(
        string id, string? language, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        if (await session.Events.FetchLatest<Cart>(Cart.StreamKey(GetCart.KeyOf(id)), ct) is not { } cart) return new NoSuch("cart");
        var settings = await session.SettingsAsync<CartsSettings>(ct);
        if (cart.Step is { } step && settings.Checkout().All(known => known.Name != step)) CartsMetrics.CountUnknownStep(context.Tenant());
        return TypedResults.Ok(Of(cart, settings, language));
    }

    /// <param name="asked">Comes before the customer's own language; the shop's comes after that.</param>
    internal static NextStep Of(Cart cart, CartsSettings settings, string? asked)
    {
        var language = Languages.Choose(Written(asked) ?? Written(cart.Language?.Value), settings.Language, Languages.BuiltIn);
        var steps = settings.Checkout();
        string Say(string italian, string english) => new Words(italian, english).In(language);
        NextStep At(int? position, StepSeen? here, StepSeen? next, IReadOnlyList<NeedSeen> missing, params string?[] words) =>
            new(language, position, steps.Count, here, next, missing, string.Join(' ', words.OfType<string>()));

        if (cart.State is CartState.Bought) return At(null, null, null, [], Say("Il tuo ordine è fatto: grazie!", "Your order is placed: thank you!"));
        if (cart.State is CartState.Empty) return At(null, null, null, [], Say("Il tuo carrello è vuoto.", "Your cart is empty."));
        if (cart.State is CartState.Merged) return At(null, null, null, [], Say("Questo carrello continua in un altro.", "This cart goes on in another."));

        var index = steps.ToList().FindIndex(step => step.Name == cart.Step);
        var isElsewhere = cart.Step is not null && index < 0;
        var passed = isElsewhere ? steps.ToList().FindLastIndex(step => cart.Steps.Any(known => known.Value == step.Name)) : index;
        var (here, next) = (index < 0 ? null : steps[index], isElsewhere || index + 1 == steps.Count ? null : steps[index + 1]);
        NeedSeen[] missing =
        [
            .. steps.Take(Math.Max(1, passed + 1)).SelectMany(step => step.Needs ?? []).DistinctBy(need => need.Name)
                .Where(need => !cart.Given.Contains(need.Name)).Select(need => new NeedSeen(need.Name, need.Words.In(language))),
        ];
        StepSeen? Seen(CheckoutStep? step) => step is null ? null : new(step.Name, step.Title.In(language));

        var where = isElsewhere ? Say("Stai completando l'ordine.", "You are completing your order.")
            : here is null ? Say("Il tuo carrello è pronto.", "Your cart is ready.")
            : Say($"Sei al passo {index + 1} di {steps.Count}: {here.Title.It}.", $"You are at step {index + 1} of {steps.Count}: {here.Title.En}.");
        var lacks = missing.Length == 0 ? null : Say($"Manca ancora: {List(missing, " e ")}.", $"Still missing: {List(missing, " and ")}.");
        var then = isElsewhere ? null
            : next is null ? Say("È l'ultimo passo.", "It is the last step.")
            : Say($"Poi viene: {next.Title.It}.", $"Next comes: {next.Title.En}.");
        return At(isElsewhere ? null : index + 1, Seen(here), Seen(next), missing, where, lacks, then);
    }

    private static string List(NeedSeen[] needs, string and) => needs.Length == 1
        ? needs[0].Words
        : $"{string.Join(", ", needs.SkipLast(1).Select(need => need.Words))}{and}{needs[^1].Words}";

    /// <summary>Null for a language that we don't write.</summary>
    private static string? Written(string? tag) => Languages.Primary(tag) is { } language && Languages.BuiltIn.Contains(language) ? language : null;
}
