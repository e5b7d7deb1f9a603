
namespace Engagement.ServiceDefaults.Tests;

public class LanguagesTests
{
    [Theory]
    [InlineData("it", null, "it")]
    [InlineData("it-IT", "en", "it")]
    [InlineData("EN-gb", "it", "en")]
    [InlineData("en_US.UTF-8", "it", "en")]
    [InlineData("zh-Hant-TW", "en", "en")]
    [InlineData("itl", "en", "en")]
    [InlineData("de", "fr", "it")]
    [InlineData(null, null, "it")]
    [InlineData("", "", "it")]
    public void The_customers_language_then_the_shops_then_Italian(string? customer, string? shop, string expected) =>
        Languages.Choose(customer, shop, Languages.BuiltIn).ShouldBe(expected);

    [Fact]
    public void English_comes_after_Italian() => Languages.Choose("de", null, ["en", "fr"]).ShouldBe("en");

    [Theory]
    [InlineData("en-US", "US")]
    [InlineData("zh-Hant-TW", "TW")]
    [InlineData("it", null)]
    [InlineData(null, null)]
    public void The_region_of_a_tag(string? tag, string? expected) => Languages.Region(tag).ShouldBe(expected);
}
