using Engagement.Contracts;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Settings;
using static Engagement.Messaging.Tests.Messages;

namespace Engagement.Messaging.Tests.Channels;

public class WaysTests
{
    private static readonly MessagingSettings Nothing = new();
    private static readonly MessagingSettings Sms = new() { Sms = new("https://sms.example", "sealed") };

    [Fact]
    public void A_mail_goes_first_then_a_text_where_the_shop_has_a_provider_and_only_then_a_person_calls()
    {
        Choose(MessageKind.Shipped, Sms, email: true, phone: true).ShouldBe(Channel.Email);
        Choose(MessageKind.Shipped, Sms, phone: true).ShouldBe(Channel.Sms);
        Choose(MessageKind.Shipped, Nothing, phone: true).ShouldBe(Channel.Phone);
        Choose(MessageKind.Shipped, Sms).ShouldBeNull();
    }

    [Fact]
    public void Nobody_is_called_for_what_is_not_owed_and_marketing_goes_by_mail_alone()
    {
        Choose(MessageKind.InquiryReply, Sms, phone: true).ShouldBe(Channel.Phone);   // no text has room for what a person wrote
        Choose(MessageKind.CheckIn, Nothing, phone: true).ShouldBeNull();
        Choose(MessageKind.CheckIn, Sms, phone: true).ShouldBe(Channel.Sms);
        Choose(MessageKind.Offer, Sms, phone: true).ShouldBeNull();
    }

    [Fact]
    public void The_shop_s_own_list_holds_where_it_has_one()
    {
        var own = Sms with { Channels = new Dictionary<string, IReadOnlyList<string>> { ["shipped"] = ["sms", "email"], ["check-in"] = ["phone"] } };

        Choose(MessageKind.Shipped, own, email: true, phone: true).ShouldBe(Channel.Sms);
        Choose(MessageKind.Shipped, own, email: true).ShouldBe(Channel.Email);
        Choose(MessageKind.CheckIn, own, email: true, phone: true).ShouldBe(Channel.Phone);
        Choose(MessageKind.CheckIn, own, email: true).ShouldBeNull();
        Choose(MessageKind.Delivered, own, email: true, phone: true).ShouldBe(Channel.Email);
    }

    [Theory]
    [InlineData("shipped", "email sms phone", null)]
    [InlineData("offer", "email", null)]
    [InlineData("offer", "email sms", "marketing")]
    [InlineData("inquiry-reply", "email sms", "words")]
    [InlineData("shipped", "", "invalid")]
    [InlineData("shipped", "email email", "invalid")]
    [InlineData("shipped", "pigeon", "invalid")]
    [InlineData("shipped", "0", "invalid")]
    [InlineData("Shipped", "email", "unknown")]
    public void A_list_has_known_ways_each_once(string kind, string list, string? code) =>
        ChannelSettings.Check(new Dictionary<string, IReadOnlyList<string>> { [kind] = list.Split(' ', StringSplitOptions.RemoveEmptyEntries) })
            .Select(error => error.Code).ShouldBe(code is null ? [] : [code]);

    private static Channel? Choose(MessageKind kind, MessagingSettings settings, bool email = false, bool phone = false) =>
        Ways.Choose(kind, new Contact("c-1", new Sealed("…"), email, null, null, Noon) { HasPhone = phone }, settings);
}
