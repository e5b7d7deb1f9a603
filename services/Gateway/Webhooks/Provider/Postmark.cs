using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Provider;

/// <summary>
/// Postmark telling in its own words what became of mails. It signs nothing: the secret is the password in the webhook's URL. It calls a mail by an id of its
/// own; by which id we do, it gives back as <c>Metadata</c>, in pieces, where Messaging handed it the mail.
/// </summary>
internal sealed partial class Postmark : Vendor, ITellsOfMails
{
    private const int ShortestSecret = 24;

    public override string Name => "postmark";

    public override string SecretHint => $"{ShortestSecret} to 200 letters, digits, '-' and '_': it is the password in the webhook's URL.";

    public override bool IsSecret(string secret) => secret.Length >= ShortestSecret && secret.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    public void Read(ReadOnlyMemory<byte> body, Findings found, FaultList faults)
    {
        if (!StrictJson.Check(body.Span, batch: false, faults)) return;
        using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth });
        if (Fields.Of(json.RootElement, Pointer.Event, faults) is not { } record || FateOf(record) is not { } told) return;
        var id = IdOf(record);
        var at = found.Time(record, told.At);
        if (faults.Count > 0 || id.Length == 0) return;   // what else the shop sends by Postmark isn't ours
        var code = told.Fate == MessageFate.Bounced ? StatusCode().Match(record.Loose("Details", 2000) ?? "") : Match.Empty;
        found.Report(id, told.Fate, told.Permanent, code.Success ? code.Value : null, at);
    }

    protected override bool IsSigned(IHeaderDictionary headers, ReadOnlySpan<byte> body, string secret, DateTimeOffset now) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(PasswordOf(headers.Authorization)), SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>By HTTP's basic authentication, whatever the user is called.</summary>
    private static byte[] PasswordOf(string? authorization)
    {
        if (!AuthenticationHeaderValue.TryParse(authorization, out var sent) || !sent.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)) return [];
        var given = new byte[sent.Parameter?.Length ?? 0];
        if (!Convert.TryFromBase64String(sent.Parameter ?? "", given, out var length)) return [];
        var colon = given.AsSpan(0, length).IndexOf((byte)':');
        return given[(colon + 1)..length];
    }

    /// <summary>Null for what we don't keep: opens, clicks, answers by machines, and that it closes an address for a reason that it tells besides.</summary>
    /// <returns>And where it says when.</returns>
    private static (MessageFate Fate, bool Permanent, string At)? FateOf(Fields record) => record.Exact("RecordType", 40) switch
    {
        "Delivery" => (MessageFate.Delivered, false, "DeliveredAt"),
        "SpamComplaint" => (MessageFate.Complained, false, "BouncedAt"),
        // Of complaints about broadcasts it tells only here.
        "SubscriptionChange" when record.Flag("SuppressSending") && record.OptionalLine("SuppressionReason", 40) == "SpamComplaint" =>
            (MessageFate.Complained, false, "ChangedAt"),
        "Bounce" => record.Exact("Type", 40) switch
        {
            "SpamComplaint" => (MessageFate.Complained, false, "BouncedAt"),
            "Unsubscribe" or "Subscribe" or "AutoResponder" or "AddressChange" or "OpenRelayTest" or "ChallengeVerification" or "InboundError" => null,
            "HardBounce" or "BadEmailAddress" or "ManuallyDeactivated" => (MessageFate.Bounced, true, "BouncedAt"),
            _ => (MessageFate.Bounced, record.Flag("Inactive"), "BouncedAt"),   // inactive: Postmark sends nothing more there
        },
        _ => null,
    };

    /// <summary>The mail's Message-ID; empty where it isn't ours.</summary>
    private static string IdOf(Fields record)
    {
        if (record.OptionalObject("Metadata") is not { } metadata) return "";
        var id = new StringBuilder();
        for (var piece = 1; metadata.OptionalLine($"engagement-{piece}", 80, MailProvider.Id) is { } text; piece++) id.Append(text);
        return id.ToString();
    }

    /// <summary>A status by RFC 3463 in what a server said.</summary>
    [GeneratedRegex($@"(?<![\d.]){MailProvider.StatusPattern}(?!\.?\d)", RegexOptions.CultureInvariant)]
    private static partial Regex StatusCode();
}
