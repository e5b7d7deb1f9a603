using Engagement.Carts.Settings;
using static Engagement.Carts.Tests.Telling;

namespace Engagement.Carts.Tests.Settings;

/// <summary>What a shop can't have meant.</summary>
public class SettingsTests
{
    private static readonly Words Title = new("Cassa", "Till");

    public static TheoryData<CartsSettings, string> Wrong => new()
    {
        { Usual with { AbandonedAfterMinutes = 120 }, "/steps" },
        { Usual with { CheckoutSteps = [new("contact", Title, null), new("bought", Title, null)] }, "/checkoutSteps/1/name" },
        { Usual with { Incentives = [new(1, "TORNA5", Percent: 5), new(1, "TORNA9", Percent: 9)] }, "/incentives/1/step" },
        { Usual with { Incentives = [new(1, "TORNA5", Currency: "EUR", Percent: 5)] }, "/incentives/0/currency" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Is_said_by_its_field(CartsSettings settings, string field) => settings.Check().Select(error => error.Field).ShouldBe([field]);

    [Theory]
    [InlineData(5)]
    [InlineData(60)]
    public void What_holds_where_nothing_is_set_can_be_set(int minutes) =>
        (Usual with { AbandonedAfterMinutes = minutes }).WithDefaults().Check().ShouldBeEmpty();
}
