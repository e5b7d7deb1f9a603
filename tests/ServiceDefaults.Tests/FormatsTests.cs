using System.Globalization;
using Engagement.Contracts;

namespace Engagement.ServiceDefaults.Tests;

public class FormatsTests
{
    [Theory]
    [InlineData("it", "59.90", "EUR", "59,90 €")]
    [InlineData("it", "1234567.5", "EUR", "1.234.567,50 €")]
    [InlineData("it", "59.90", "USD", "59,90 USD")]
    [InlineData("it", "-5", "GBP", "-5,00 £")]
    [InlineData("it", "5990", "JPY", "5.990 JPY")]
    [InlineData("en", "59.90", "EUR", "€59.90")]
    [InlineData("en", "1234567.5", "USD", "$1,234,567.50")]
    [InlineData("en", "-5", "GBP", "-£5.00")]
    [InlineData("en", "5990", "JPY", "¥5,990")]
    [InlineData("en", "59.90", "CHF", "CHF 59.90")]
    [InlineData("en", "1.2345", "KWD", "KWD 1.235")]
    [InlineData("en", "0.005", "EUR", "€0.01")]
    [InlineData("en", "-0.001", "EUR", "€0.00")]
    [InlineData("it", "59.90", "xyz", "59,90 XYZ")]
    [InlineData("it", "59.90", "", "59,90")]
    [InlineData("it", "59.90", null, "59,90")]
    public void Money_is_written_as_the_reader_writes_it(string language, string amount, string? currency, string expected) =>
        Formats.For(language, null).Money(new(decimal.Parse(amount, CultureInfo.InvariantCulture), currency!)).Replace('\u00a0', ' ').ShouldBe(expected);

    [Theory]
    [InlineData("it", "it-IT", "giovedì 12 marzo 2026")]
    [InlineData("it", "de-DE", "giovedì 12 marzo 2026")]
    [InlineData("en", "en", "Thursday 12 March 2026")]
    [InlineData("en", "en-GB", "Thursday 12 March 2026")]
    [InlineData("en", "en-US", "Thursday, March 12, 2026")]
    public void Dates_are_written_as_the_reader_writes_them(string language, string tag, string expected) =>
        Formats.For(language, tag).LongDate(new DateOnly(2026, 3, 12)).ShouldBe(expected);
}
