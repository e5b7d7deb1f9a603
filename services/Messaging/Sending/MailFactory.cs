using System.Text;
using Engagement.Contracts;
using Engagement.Messaging.Composing;

namespace Engagement.Messaging.Sending;

/// <summary>Packs composed words into a mail. The same words, key and time give the same bytes.</summary>
public static class MailFactory
{
    /// <param name="key">The message's; it names the Message-ID.</param>
    /// <param name="at">The mail's date: keep it with the message, so that a repeat is the same mail.</param>
    /// <param name="oneClick">Where one POST ends mails like this (RFC 8058).</param>
    /// <exception cref="FormatException">The shop's own address is no address.</exception>
    public static OutgoingMail Create(ComposedMail words, Mailbox to, Sender shop, MessageKey key, DateTimeOffset at, Uri? oneClick = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(shop);

        var from = ShopsMailbox(shop.Address, shop);
        var id = IdOf(key, shop);
        var mail = new StringBuilder(words.Text.Length + (2 * words.Html.Length) + 1024).DateHeader(at).MailboxHeader("From", from);
        if (shop.ReplyTo is { } replyTo)
            mail.MailboxHeader("Reply-To", ShopsMailbox(replyTo, shop));

        mail.MailboxHeader("To", to)
            .TextHeader("Subject", words.Subject)
            .Header("Message-ID", $"<{id}>")
            .Header("Auto-Submitted", "auto-generated")
            .TextHeader("X-Engagement-Key", key);
        if (oneClick is not null) mail.UrlHeader("List-Unsubscribe", oneClick).Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        mail.Alternatives(words.Text, words.Html, seed: id);
        return new(id, from, to, Encoding.ASCII.GetBytes(mail.ToString()));
    }

    /// <summary>The Message-ID of that mail.</summary>
    /// <exception cref="FormatException">The shop's own address is no address.</exception>
    public static string IdOf(MessageKey key, Sender shop)
    {
        ArgumentNullException.ThrowIfNull(shop);
        return MessageId.For(key, shop.Tenant, ShopsMailbox(shop.Address, shop).Domain);
    }

    private static Mailbox ShopsMailbox(string address, Sender shop) => Mailbox.TryCreate(address, shop.Name, out var mailbox)
        ? mailbox
        : throw new FormatException($"The address that shop {shop.Tenant} sends from, {address}, is no address (Mail:From, Mail:ReplyTo).");
}
