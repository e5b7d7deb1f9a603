using Engagement.Messaging.Sending;

namespace Engagement.Messaging.Tests.Sending;

public class MailboxTests
{
    [Theory]
    [InlineData("giulia@mail.example", "giulia@mail.example")]
    [InlineData("  Giulia.Rossi+shop@Mail.Example ", "Giulia.Rossi+shop@mail.example")]
    [InlineData("o'neil_!#$%&*/=?^`{|}~@mail.example", "o'neil_!#$%&*/=?^`{|}~@mail.example")]
    [InlineData("giulia@caffè.example", "giulia@xn--caff-8oa.example")]
    [InlineData("root@localhost", "root@localhost")]
    public void An_address_is_taken_as_servers_take_it(string text, string address)
    {
        Mailbox.TryCreate(text, null, out var mailbox).ShouldBeTrue();
        mailbox!.Address.ShouldBe(address);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("giulia")]
    [InlineData("@mail.example")]
    [InlineData("giulia@")]
    [InlineData("giulia@mail..example")]
    [InlineData("giulia@.example")]
    [InlineData("giulia@mail_box.example")]
    [InlineData(".giulia@mail.example")]
    [InlineData("giulia..rossi@mail.example")]
    [InlineData("giulia rossi@mail.example")]
    [InlineData("\"giulia rossi\"@mail.example")]
    [InlineData("perché@mail.example")]
    [InlineData("a@mail.example,b@mail.example")]
    [InlineData("a@mail.example>\r\nRCPT TO:<b@mail.example")]
    [InlineData("a@mail.example\r\nBcc: b@mail.example")]
    [InlineData("a<b>@mail.example")]
    public void What_is_no_address_is_refused(string? text) => Mailbox.TryCreate(text, null, out _).ShouldBeFalse();

    [Fact]
    public void Addresses_have_their_lengths()
    {
        Mailbox.TryCreate(new string('a', 64) + "@mail.example", null, out _).ShouldBeTrue();
        Mailbox.TryCreate(new string('a', 65) + "@mail.example", null, out _).ShouldBeFalse();
        Mailbox.TryCreate("a@" + string.Join('.', Enumerable.Repeat(new string('b', 60), 5)), null, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("Giulia Rossi", "Giulia Rossi")]
    [InlineData(" Giulia\r\nBcc:\tRossi ", "Giulia Bcc: Rossi")]
    [InlineData("giulia@mail.example", null)]
    [InlineData(" ", null)]
    public void A_display_name_is_one_line_and_no_address(string name, string? expected)
    {
        Mailbox.TryCreate("giulia@mail.example", name, out var mailbox).ShouldBeTrue();
        mailbox!.DisplayName.ShouldBe(expected);
        mailbox.ToString().ShouldBe("<mailbox>");
    }
}
