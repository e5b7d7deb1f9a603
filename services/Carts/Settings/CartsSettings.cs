using System.Globalization;
using System.Text.RegularExpressions;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Settings;

/// <summary>How a shop cares for carts that were left.</summary>
/// <param name="AbandonedAfterMinutes">Without activity, a cart counts as left after so long.</param>
/// <param name="Steps">When its customer is written to, after the last activity, as <c>72:00:00</c>; none for never.</param>
/// <param name="CheckoutSteps">In their order.</param>
/// <param name="AttributionDays">For how long after a message that was sent an order counts as won back.</param>
/// <param name="Incentives">What is offered with a step; none unless the shop wants it.</param>
/// <param name="Language">For customers who didn't say theirs: <c>it</c> or <c>en</c>.</param>
/// <param name="Zone">The IANA time zone by whose days carts are counted.</param>
public sealed partial record CartsSettings(
    int? AbandonedAfterMinutes, IReadOnlyList<string>? Steps, IReadOnlyList<CheckoutStep>? CheckoutSteps, int? AttributionDays,
    IReadOnlyList<StepIncentive>? Incentives, string? Language, string? Zone) : ISettings
{
    private const int MostSteps = 3;
    private const int MostCheckoutSteps = 20;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private static readonly IReadOnlyList<string> Gentle = ["01:00:00", "24:00:00", "72:00:00"];

    private static readonly IReadOnlyList<CheckoutStep> Usual =
    [
        new("contact", new Words("I tuoi dati", "Your details"), [new("email", new Words("il tuo indirizzo e-mail", "your e-mail address"))]),
        new("shipping", new Words("Consegna", "Delivery"), [new("address", new Words("l'indirizzo di consegna", "the address to deliver to"))]),
        new("payment", new Words("Pagamento", "Payment"), []),
    ];

    public CartsSettings() : this(null, null, null, null, null, null, null)
    {
    }

    public TimeSpan AbandonedAfter() => TimeSpan.FromMinutes(AbandonedAfterMinutes ?? 60);

    public TimeSpan Attribution() => TimeSpan.FromDays(AttributionDays ?? 5);

    public IReadOnlyList<TimeSpan> Plan() => [.. (Steps ?? Gentle).Select(step => Read(step)!.Value)];

    public IReadOnlyList<CheckoutStep> Checkout() => CheckoutSteps ?? Usual;

    public DateOnly DayOf(DateTimeOffset instant) => Formats.DayOf(instant, null, Zone ?? "Europe/Rome");

    public Incentive? IncentiveFor(int step) => Incentives?.FirstOrDefault(incentive => incentive.Step == step) is { } offered
        ? new Incentive(offered.Code, offered is { Amount: { } amount, Currency: { } currency } ? new Money(amount, currency) : null, offered.Percent)
        : null;

    public CartsSettings WithDefaults() => new(
        AbandonedAfterMinutes ?? 60, Steps ?? Gentle, Checkout(), AttributionDays ?? 5, Incentives ?? [], Language ?? "it", Zone ?? "Europe/Rome");

    public IEnumerable<FieldError> Check()
    {
        if (AbandonedAfterMinutes is < 5 or > 7 * 24 * 60) yield return new("/abandonedAfterMinutes", "out_of_range", "Between 5 minutes and 7 days.");
        if (AttributionDays is < 1 or > 30) yield return new("/attributionDays", "out_of_range", "Between 1 and 30.");
        if (Language is not null && !Languages.BuiltIn.Contains(Language))
            yield return new("/language", "unknown", $"One of {string.Join(", ", Languages.BuiltIn)}.");
        if (Zone is not null && !(TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out var zone) && zone.HasIanaId))
            yield return new("/zone", "unknown", "An IANA time zone, such as Europe/Rome.");
        foreach (var error in CheckSteps().Concat(CheckCheckout()).Concat(CheckIncentives())) yield return error;
    }

    private IEnumerable<FieldError> CheckSteps()
    {
        if (Steps is null)
        {
            if (Read(Gentle[0]) < AbandonedAfter()) yield return new("/steps", "required", "Where a cart counts as left after more than an hour, say when to write.");
            yield break;
        }

        if (Steps.Count > MostSteps) yield return new("/steps", "too_many", $"At most {MostSteps}.");
        TimeSpan? before = null;
        for (var i = 0; i < Steps.Count; i++)
        {
            var step = Read(Steps[i]);
            if (step is null) yield return new($"/steps/{i}", "invalid", "Hours, minutes and seconds, such as 72:00:00.");
            else if (step < AbandonedAfter() || step > Longest)
                yield return new($"/steps/{i}", "out_of_range", "Not before the cart counts as left, and within 30 days.");
            else if (step < before + TimeSpan.FromHours(1))
                yield return new($"/steps/{i}", "too_early", "At least an hour after the step before.");
            before = step ?? before;
        }
    }

    private IEnumerable<FieldError> CheckCheckout()
    {
        if (CheckoutSteps is null) yield break;
        if (CheckoutSteps.Count is 0 or > MostCheckoutSteps) yield return new("/checkoutSteps", "too_many", $"1 to {MostCheckoutSteps}.");
        for (var i = 0; i < CheckoutSteps.Count; i++)
        {
            var step = CheckoutSteps[i];
            if (step?.Name is null || !Name().IsMatch(step.Name)) yield return new($"/checkoutSteps/{i}/name", "invalid", "1 to 50 letters, digits, '_' and '-'.");
            else if (step.Name is "cart" or "bought") yield return new($"/checkoutSteps/{i}/name", "reserved", "What comes before the first step and after the last.");
            else if (CheckoutSteps.Take(i).Any(other => other?.Name == step.Name)) yield return new($"/checkoutSteps/{i}/name", "repeated", "Each step once.");
            if (step?.Title is not { IsComplete: true }) yield return new($"/checkoutSteps/{i}/title", "required", "Its words in 'it' and 'en'.");
            for (var n = 0; n < step?.Needs?.Count; n++)
            {
                var need = step.Needs[n];
                if (need?.Name is null || !Name().IsMatch(need.Name))
                    yield return new($"/checkoutSteps/{i}/needs/{n}/name", "invalid", "1 to 50 letters, digits, '_' and '-'.");
                if (need?.Words is not { IsComplete: true }) yield return new($"/checkoutSteps/{i}/needs/{n}/words", "required", "Its words in 'it' and 'en'.");
            }
        }
    }

    private IEnumerable<FieldError> CheckIncentives()
    {
        for (var i = 0; i < Incentives?.Count; i++)
        {
            var offered = Incentives[i];
            if (offered is null || offered.Step < 1 || offered.Step > (Steps ?? Gentle).Count) yield return new($"/incentives/{i}/step", "unknown", "One of the steps, from 1.");
            if (Incentives.Take(i).Any(other => other?.Step == offered?.Step)) yield return new($"/incentives/{i}/step", "repeated", "Each step once.");
            if (offered is { Amount: null, Currency: not null }) yield return new($"/incentives/{i}/currency", "unknown", "Goes with an amount.");
            if (string.IsNullOrWhiteSpace(offered?.Code) || offered.Code.Length > 50 || offered.Code.Any(char.IsControl))
                yield return new($"/incentives/{i}/code", "invalid", "1 to 50 characters.");
            if ((offered?.Amount is null) == (offered?.Percent is null)) yield return new($"/incentives/{i}", "required", "Either an amount or a percent.");
            if (offered?.Percent is < 1 or > 100) yield return new($"/incentives/{i}/percent", "out_of_range", "Between 1 and 100.");
            if (offered is { Amount: not null } && !(offered.Amount > 0 && offered.Currency is { Length: 3 } currency && currency.All(char.IsAsciiLetterUpper)))
                yield return new($"/incentives/{i}/amount", "invalid", "More than nothing, with its currency such as EUR.");
        }
    }

    /// <summary>Hours may be more than a day's, which TimeSpan doesn't read.</summary>
    private static TimeSpan? Read(string? text) => text is not null && Duration().Match(text) is { Success: true, Groups: var part }
        ? new TimeSpan(Number(part[1]), Number(part[2]), Number(part[3]))
        : null;

    private static int Number(Group part) => int.Parse(part.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])\z")]
    private static partial Regex Duration();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,50}\z")]
    private static partial Regex Name();
}

/// <summary>A step of a shop's checkout.</summary>
/// <param name="Name">As <c>checkout.step_reached</c> calls it.</param>
/// <param name="Needs">What the customer has to give there.</param>
public sealed record CheckoutStep(string Name, Words Title, IReadOnlyList<Need>? Needs);

/// <param name="Name">As <c>given</c> calls it.</param>
/// <param name="Words">As a customer would say it: 'your e-mail address'.</param>
public sealed record Need(string Name, Words Words);

/// <summary>The same in each language.</summary>
public sealed record Words(string It, string En)
{
    private const int Longest = 200;

    internal bool IsComplete => new[] { It, En }.All(text => !string.IsNullOrWhiteSpace(text) && text.Length <= Longest && !text.Any(char.IsControl));

    public string In(string language) => language == "en" ? En : It;
}

/// <summary>What a shop offers with a step.</summary>
public sealed record StepIncentive(int Step, string Code, decimal? Amount = null, string? Currency = null, int? Percent = null);
