using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Testing;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Addresses;

public class NoteAddressTests
{
    private const string Message = "message/thank-you/order-1001";

    private static readonly AddressBounced Gone = new("5.1.1", Message, Noon);
    private static readonly AddressBouncedSoftly Full = new("4.2.2", Message, Noon);
    private static readonly AddressComplained Spam = new(Message, Noon);

    [Fact]
    public void An_address_that_is_gone_is_remembered_once() => Given().When(Note(AddressFate.Bounced, "5.1.1")).Then(Gone)
        .When(Note(AddressFate.Bounced, "5.1.2")).ThenNothing().When(Note(AddressFate.BouncedSoftly, "4.2.2")).ThenNothing();

    [Fact]
    public void So_is_a_complaint_beside_a_bounce_too() =>
        Given(Gone).When(Note(AddressFate.Complained)).Then(Spam).When(Note(AddressFate.Complained)).ThenNothing();

    [Fact]
    public void Five_soft_bounces_in_a_row_are_one_for_good() =>
        Given(Full, Full, Full).When(Note(AddressFate.BouncedSoftly, "4.2.2")).Then(Full)
            .When(Note(AddressFate.BouncedSoftly, "4.2.2")).Then(Full, Gone with { Code = "4.2.2" });

    [Fact]
    public void What_arrives_between_them_begins_the_count_anew() =>
        Given(Full, Full, Full, Full).When(Note(AddressFate.Reached)).Then(new AddressReached(Noon))
            .When(Note(AddressFate.BouncedSoftly, "4.2.2")).Then(Full);

    [Fact]
    public void What_arrives_where_nothing_was_wrong_is_no_news() => Given().When(Note(AddressFate.Reached)).ThenNothing();

    [Fact]
    public void What_a_person_has_cleared_is_not_brought_back_by_what_was_before() =>
        Given(Gone, new AddressCleared("anna", Noon)).When(Note(AddressFate.Bounced, "5.1.1")).ThenNothing()
            .When(Note(AddressFate.Bounced, "5.1.1") with { At = Noon.AddTicks(1) }).Then(Gone with { At = Noon.AddTicks(1) });

    [Fact]
    public void Who_complained_still_gets_what_was_bought_and_asked_and_where_nobody_is_nothing_goes()
    {
        var (gone, spam) = (new Address("a").Apply(Gone), new Address("a").Apply(Spam));
        MessageKind[] kinds = [MessageKind.ThankYou, MessageKind.InquiryReply, MessageKind.CheckIn, MessageKind.Offer];

        kinds.Select(kind => Suppression.WhyNot(null, kind)).ShouldBe([null, null, null, null]);
        kinds.Select(kind => Suppression.WhyNot(spam, kind)).ShouldBe([null, null, "complained", "complained"]);
        kinds.Select(kind => Suppression.WhyNot(gone.Apply(Spam), kind)).ShouldBe(["bounced", "bounced", "bounced", "bounced"]);
        Suppression.WhyNot(gone.Apply(new AddressCleared("anna", Noon)), MessageKind.Offer).ShouldBeNull();
    }

    [Theory]
    [InlineData("+39 333 123 45 67", null, "+393331234567")]
    [InlineData("0039 333/1234567", "DE", "+393331234567")]
    [InlineData("333 1234567", "it", "+393331234567")]
    [InlineData("06 1234567", "IT", "+39061234567")]
    [InlineData("+49 (0)30 123456", null, "+4930123456")]
    [InlineData("030 123456", "DE", "+4930123456")]
    [InlineData("333 1234567", null, null)]
    [InlineData("333 1234567", "Italia", null)]
    [InlineData("+39", "IT", null)]
    [InlineData("call me", "IT", null)]
    [InlineData("+39 333 1234567890123", null, null)]
    [InlineData("+٣٩٣٣٣١٢٣٤٥٦٧", null, null)]
    [InlineData("", "IT", null)]
    [InlineData(null, null, null)]
    public void Phone_numbers_are_one_however_they_are_written(string? written, string? country, string? expected)
    {
        PhoneNumber.TryCreate(written, country, out var number).ShouldBe(expected is not null);
        number.ShouldBe(expected);
    }

    private static Spec<Address> Given(params object[] events) =>
        new Spec<Address>("address/a", (address, note, _) => NoteAddressHandler.Decide(address, (NoteAddress)note)).Given(events);

    private static NoteAddress Note(AddressFate fate, string? code = null) => new(new("a"), fate, code, Message, Noon);
}
