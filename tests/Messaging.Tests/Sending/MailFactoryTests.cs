using System.Text;
using System.Text.RegularExpressions;
using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Sending;
using Engagement.Testing;

namespace Engagement.Messaging.Tests.Sending;

public class MailFactoryTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 5, 13, 7, 9, TimeSpan.FromHours(1));
    private static readonly Sender Shop = new("demo", "Bottega Demo", "ciao@demo.example");
    private static readonly ComposedMail Words = new(
        "Grazie, Giulia! Il tuo ordine 1001 è confermato", "Ciao Giulia,\n\n.tutto = bene \n", "<p>Ciao Giulia,</p>\n");

    [Fact]
    public void Reads_as_approved() => Approved.Match(Packed(Words).ReplaceLineEndings("\n"), "mail");

    [Fact]
    public void A_repeat_is_the_same_mail() => Packed(Words).ShouldBe(Packed(Words));

    [Fact]
    public void Replies_go_where_the_shop_wants_them() =>
        Packed(Words, Shop with { ReplyTo = "persone@demo.example" }).ShouldContain("\r\nReply-To: Bottega Demo <persone@demo.example>\r\n");

    [Fact]
    public void A_name_with_marks_is_quoted() =>
        Packed(Words, name: "Rossi, Giulia \"Giu\"").ShouldContain("\r\nTo: \"Rossi, Giulia \\\"Giu\\\"\" <giulia@mail.example>\r\n");

    [Fact]
    public void Long_and_foreign_names_and_subjects_stay_in_short_lines_and_whole()
    {
        var name = string.Join(' ', Enumerable.Repeat("Łucja Żółć 🌷 田中", 10));
        var subject = new string('x', 300) + " =?utf-8?Q?no?= " + string.Concat(Enumerable.Repeat("però 🎁 ", 40)).Trim();
        var mail = Packed(Words with { Subject = subject }, name: name);
        mail.Split("\r\n").ShouldAllBe(line => line.Length <= 76);
        Decoded(Header(mail, "Subject")).ShouldBe(subject);
        Decoded(Header(mail, "To")).ShouldBe(name + " <giulia@mail.example>");
    }

    [Fact]
    public void Every_line_is_short_ascii_and_ends_in_crlf()
    {
        var mail = Packed(new("x", new string('è', 500) + "\n" + new string('=', 500) + " \r\n\t\n" + new string('.', 500), new string('x', 5000)));
        mail.Replace("\r\n", "").ShouldAllBe(c => c >= ' ' && c <= '~');
        mail.Split("\r\n").ShouldAllBe(line => line.Length <= 76);
        mail.Split("\r\n").ShouldAllBe(line => !line.EndsWith(' '));
    }

    [Theory]
    [InlineData("X\r\nBcc: all@mail.example")]
    [InlineData("X\nBcc: all@mail.example")]
    public void Nothing_can_be_injected_into_a_header(string value)
    {
        var mail = Packed(Words with { Subject = value }, Shop with { Name = value }, name: value, key: value);
        mail.Split("\r\n").ShouldNotContain(line => line.StartsWith("Bcc"));
        mail[..mail.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Replace("\r\n", "").ShouldAllBe(c => c >= ' ' && c <= '~');
    }

    [Fact]
    public void A_shop_without_a_proper_address_is_told_which_setting_is_wrong() =>
        Should.Throw<FormatException>(() => Packed(Words, Shop with { Address = "ciao" })).Message.ShouldContain("Mail:From");

    private static string Packed(ComposedMail words, Sender? shop = null, string name = "Giulia Rossi", string key = "thank-you/order-1001")
    {
        Mailbox.TryCreate("giulia@mail.example", name, out var to).ShouldBeTrue();
        var mail = MailFactory.Create(words, to!, shop ?? Shop, new(key), At);
        mail.MessageId.ShouldBe(MessageId.For(new(key), "demo", "demo.example"));
        return Encoding.ASCII.GetString(mail.Content.Span);
    }

    private static string Header(string mail, string name) => Regex.Match(mail, $@"\r\n{name}: ([^\r]*(?:\r\n [^\r]*)*)").Groups[1].Value.Replace("\r\n", "");

    /// <summary>RFC 2047: the white space between two encoded words is not part of the text.</summary>
    private static string Decoded(string header) => Regex.Replace(
        Regex.Replace(header, @"(\?=) +(=\?)", "$1$2"),
        @"=\?utf-8\?Q\?([^? ]*)\?=",
        word => Encoding.UTF8.GetString([.. Regex.Matches(word.Groups[1].Value.Replace('_', ' '), "=([0-9A-F]{2})|(.)")
            .Select(m => m.Groups[1].Success ? Convert.ToByte(m.Groups[1].Value, 16) : (byte)m.Value[0])]));
}
