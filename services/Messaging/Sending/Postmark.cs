using System.Globalization;
using System.Text;

namespace Engagement.Messaging.Sending;

/// <summary>
/// Postmark calls a mail by an id of its own, in its reports and, unless it is told to keep ours, in the mail. What is hung on a mail as metadata, 80
/// characters a piece, it takes off again and gives back with every report.
/// </summary>
internal static class Postmark
{
    private const int LongestValue = 80;

    public static bool IsAt(string host) => host.EndsWith(".postmarkapp.com", StringComparison.OrdinalIgnoreCase);

    /// <summary>As Postmark wants to be handed it.</summary>
    public static OutgoingMail For(OutgoingMail mail)
    {
        var headers = new StringBuilder().Header("X-PM-KeepID", "true");
        foreach (var (index, piece) in mail.MessageId.Chunk(LongestValue).Index())
            headers.Header(string.Create(CultureInfo.InvariantCulture, $"X-PM-Metadata-engagement-{index + 1}"), new string(piece));
        return mail with { Content = (byte[])[.. Encoding.ASCII.GetBytes(headers.ToString()), .. mail.Content.Span] };
    }
}
