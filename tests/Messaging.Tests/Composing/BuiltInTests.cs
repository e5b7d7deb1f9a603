using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;
using Engagement.Testing;

namespace Engagement.Messaging.Tests.Composing;

/// <summary>The words of the product, as their readers get them. Thank-you's have tests of their own.</summary>
public class BuiltInTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 5, 12, 0, 0, TimeSpan.Zero);
    private static readonly Sender Shop = new("demo", "Bottega Demo", "ciao@demo.example");

    public static readonly TheoryData<MessageKind, string> Variants = new(
        from kind in MessageKinds.All where kind != MessageKind.ThankYou from language in Languages.BuiltIn select (kind, language));

    [Theory]
    [MemberData(nameof(Variants))]
    public void Reads_as_approved(MessageKind kind, string language)
    {
        var named = Compose(kind, language, "Giulia Rossi", Samples.Full(kind, Noon));
        var nameless = Compose(kind, language, "giulia.rossi@mail.example", Samples.Sparse(kind, Noon));
        Approved.Match(
            $"""
            ===== with a name, and everything known =====
            {Shown(named)}

            ===== without a name, and with little known =====
            {Shown(nameless)}

            """,
            $"{kind.Name()}.{language}");
        nameless.Text.ShouldNotContain("giulia", Case.Insensitive);
    }

    [Fact]
    public void What_a_person_wrote_keeps_its_lines_and_means_nothing_to_Markdown()
    {
        var mail = Composer.Compose(
            Templates.BuiltIn(MessageKind.InquiryReply, "it", null), new("Giulia", "g@mail.example"), Samples.Full(MessageKind.InquiryReply, Noon), Shop, Noon,
            new Extras("# sì, *due* cose:\r\n    1. <b>a mano</b>\r\n- [qui](http://x.example)\r\n\r\n\r\n\r\nAnna | Bottega\r\n"));

        mail.Text.ShouldContain("\n\n# sì, *due* cose:\n1. <b>a mano</b>\n- [qui](http://x.example)\n\nAnna | Bottega\n\n");
        mail.Html.ShouldContain("<p># sì, *due* cose:<br />\n1. &lt;b&gt;a mano&lt;/b&gt;<br />\n- [qui](http://x.example)</p>\n<p>Anna | Bottega</p>");
    }

    [Theory]
    [InlineData("http://track.example/17")]
    [InlineData("javascript:alert(1)")]
    [InlineData("track/17")]
    public void A_link_that_is_not_safe_is_left_out(string url)
    {
        var parcel = (ParcelNews)Samples.Full(MessageKind.Shipped, Noon) with { TrackingUrl = new Uri(url, UriKind.RelativeOrAbsolute) };
        var mail = Compose(MessageKind.Shipped, "it", "Giulia", parcel);
        mail.Html.ShouldNotContain("href");
        mail.Text.ShouldContain("ZA 17 X");
    }

    [Fact]
    public void A_link_keeps_every_mark_of_its_address()
    {
        var parcel = (ParcelNews)Samples.Full(MessageKind.Shipped, Noon) with { TrackingUrl = new Uri("https://track.example/a_(b)*c?q=1&n=%20x#~[y]") };
        var mail = Compose(MessageKind.Shipped, "it", "Giulia", parcel);
        mail.Text.ShouldContain("Segui il pacco: https://track.example/a_(b)*c?q=1&n=%20x#~[y]\n");
    }

    [Fact]
    public void Marketing_is_not_written_without_a_way_out() => Should.Throw<InvalidOperationException>(() => Composer.Compose(
        Templates.BuiltIn(MessageKind.Offer, "it", null), new("Giulia", "g@mail.example"), Samples.Full(MessageKind.Offer, Noon), Shop, Noon));

    [Fact]
    public void Every_kind_has_its_nature()
    {
        MessageKinds.All.Where(kind => MessageKinds.NatureOf(kind) == MessageNature.Marketing).ShouldBe(
        [
            MessageKind.CartReminder, MessageKind.CartQuestion, MessageKind.CartFarewell, MessageKind.Reward, MessageKind.Offer,
            MessageKind.ReviewInvitation, MessageKind.BackAgain,
        ]);
        MessageKinds.All.Where(kind => MessageKinds.NatureOf(kind) == MessageNature.Service).ShouldBe(
            [MessageKind.CheckIn, MessageKind.Welcome, MessageKind.InquiryReceived, MessageKind.InquiryReply, MessageKind.ReviewReply]);
        MessageKinds.All.Where(kind => MessageKinds.ReferenceOf(kind) == MessageReference.Order).ShouldBe(
        [
            MessageKind.ThankYou, MessageKind.PaymentFailed, MessageKind.Shipped, MessageKind.OutForDelivery, MessageKind.Delayed, MessageKind.Delivered,
            MessageKind.CheckIn, MessageKind.ReviewInvitation, MessageKind.OrderCancelled, MessageKind.OrderRefunded, MessageKind.DeliveryAttempted,
            MessageKind.ReadyForPickup, MessageKind.ParcelLost, MessageKind.ParcelReturned,
        ]);
        Should.Throw<ArgumentOutOfRangeException>(() => MessageKinds.NatureOf((MessageKind)99));
    }

    private static ComposedMail Compose(MessageKind kind, string language, string? name, MessageData data) => Composer.Compose(
        Templates.BuiltIn(kind, language, null), new(name, "giulia.rossi@mail.example", language), data, Shop, Noon, Samples.Extras(language));

    /// <summary>Of the page, what is this mail's own.</summary>
    private static string Shown(ComposedMail mail)
    {
        var body = mail.Html[(mail.Html.IndexOf("<main>", StringComparison.Ordinal) + 7)..mail.Html.IndexOf("<footer>", StringComparison.Ordinal)].TrimEnd();
        return $"Subject: {mail.Subject}\n\n{mail.Text}\n\n----- html -----\n{body}";
    }
}
