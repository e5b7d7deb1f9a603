using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;
using Engagement.Testing;

namespace Engagement.Messaging.Tests.Composing;

/// <summary>What goes as a text message.</summary>
public class ShortTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 5, 12, 0, 0, TimeSpan.Zero);
    private static readonly Sender Shop = new("demo", "Bottega Demo", "ciao@demo.example");

    public static TheoryData<string> BuiltIn => [.. Languages.BuiltIn];

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Reads_as_approved(string language) => Approved.Match(
        string.Concat(MessageKinds.All.SelectMany(kind => new[] { Samples.Full(kind, Noon), Samples.Sparse(kind, Noon) }
            .Select(data => $"{kind.Name()}: {Short(Templates.BuiltIn(kind, language, null), data)}\n"))),
        $"short.{language}");

    [Fact]
    public void Without_short_words_it_is_the_subject_and_where_to_read_on() =>
        Short(Parse("subject: Grazie, ordine {{order}}")).ShouldBe("Bottega Demo: Grazie, ordine A-1047 https://shop.example/orders/sample");

    [Fact]
    public void So_it_is_where_they_grow_too_long_and_nothing_is_longer_than_300_characters()
    {
        Short(Parse($"subject: Grazie\nshort: {{{{order}}}} {new string('x', 300)}")).ShouldBe("Bottega Demo: Grazie https://shop.example/orders/sample");

        var cut = Short(Parse($"subject: {new string('x', 400)}"));
        cut.Length.ShouldBe(300);
        cut.ShouldEndWith("x… https://shop.example/orders/sample");
    }

    [Fact]
    public void Values_stand_in_it_as_they_are_on_one_line()
    {
        var summary = (OrderSummary)Samples.Full(MessageKind.ThankYou, Noon) with { Number = "#1001*\r\n<b>" };

        Short(Parse("subject: x\nshort: {{shop}}, {{order}}"), summary).ShouldBe("Bottega Demo, #1001* <b>");
    }

    private static Template Parse(string head) => Template.Parse(MessageKind.ThankYou, "it", $"---\n{head}\n---\n{{{{> greeting}}}}\n");

    private static string Short(Template template, MessageData? data = null) => Composer.ComposeShort(
        template, new Recipient("Giulia Rossi", ""), data ?? Samples.Full(MessageKind.ThankYou, Noon), Shop, Noon, Samples.Extras("it"));
}
