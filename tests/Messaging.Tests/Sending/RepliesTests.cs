using Engagement.Messaging.Sending;
using static Engagement.Messaging.Sending.SmtpConnection;

namespace Engagement.Messaging.Tests.Sending;

/// <summary>What a refusal is about.</summary>
public class RepliesTests
{
    [Theory]
    [InlineData(550, "5.1.1", "Recipient", true)]    // no such mailbox
    [InlineData(550, "5.1.2", "Recipient", true)]    // no such domain
    [InlineData(550, "5.1.1", "Mail", true)]         // said late
    [InlineData(550, "5.1.10", "Recipient", true)]   // the domain takes no mail
    [InlineData(550, "5.2.1", "Recipient", true)]    // switched off
    [InlineData(550, null, "Recipient", true)]
    [InlineData(551, null, "Recipient", true)]
    [InlineData(553, null, "Recipient", true)]
    [InlineData(550, "5.7.1", "Recipient", false)]   // policy: the status counts, not the code
    [InlineData(552, "5.2.2", "Recipient", false)]   // full
    [InlineData(552, null, "Recipient", false)]
    [InlineData(554, null, "Recipient", false)]
    [InlineData(550, "5.1.8", "Recipient", false)]   // our address
    [InlineData(550, "5.1.7", "Mail", false)]
    [InlineData(550, "5.1.0", "Sender", false)]
    [InlineData(550, null, "Sender", false)]
    [InlineData(550, null, "Mail", false)]           // it may be the content
    public void A_5xx_is_about_the_address(int code, string? status, string step, bool isAboutAddress) =>
        IsAboutAddress(code, status, Enum.Parse<Step>(step)).ShouldBe(isAboutAddress);

    [Theory]
    [InlineData(421, null, "closing", true)]
    [InlineData(432, "4.3.2", "sender thread limit exceeded", true)]
    [InlineData(450, "4.7.1", "Error: too much mail from 192.0.2.1", true)]
    [InlineData(451, "4.3.2", "not now", true)]
    [InlineData(454, null, "Throttling failure: maximum sending rate exceeded", true)]
    [InlineData(451, "4.7.1", "greylisted, come again", false)]
    [InlineData(450, "4.2.1", "this user receives mail too quickly", false)]
    [InlineData(452, "4.2.2", "mailbox full", false)]
    public void A_4xx_asks_us_to_be_slower(int code, string? status, string text, bool isAboutServer) =>
        IsAboutServer(code, status, text).ShouldBe(isAboutServer);
}
