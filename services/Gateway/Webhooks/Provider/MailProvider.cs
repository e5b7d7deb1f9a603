using System.Text.Json;
using System.Text.RegularExpressions;
using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Provider;

/// <summary>
/// Who sends a shop's mails on, telling what became of them: <c>{"type": "bounced", "messageId": "…", "permanent": true, "code": "5.1.1", "at": "…"}</c>, or an
/// array of these.
/// </summary>
internal sealed partial class MailProvider() : SignedByStandard("provider"), ITellsOfMails
{
    public const int MostReports = CloudEventsReader.MostEvents;

    internal const string StatusPattern = @"[245]\.[0-9]{1,3}\.[0-9]{1,3}";

    private static readonly LineRule Status = new(text => StatusCode().IsMatch(text), "not_a_status", "Must be a status by RFC 3463, such as 5.1.1.");
    internal static readonly LineRule Id = new(
        text => !text.Any(char.IsWhiteSpace) && text.Trim('<', '>').Length > 0, "not_a_message_id", "Must be the mail's Message-ID, or its message's key.");

    private static readonly LineRule Types = LineRule.Of("delivered", "bounced", "complained");

    public void Read(ReadOnlyMemory<byte> body, Findings found, FaultList faults)
    {
        if (!StrictJson.Check(body.Span, IsArray(body.Span), faults)) return;
        using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth });
        if (json.RootElement.ValueKind != JsonValueKind.Array)
        {
            Read(json.RootElement, found, faults);
            return;
        }

        if (json.RootElement.GetArrayLength() > MostReports)
        {
            faults.Index = null;
            faults.Add(Pointer.Event, "too_many", $"There must not be more than {MostReports}.");
            return;
        }

        var index = 0;
        foreach (var report in json.RootElement.EnumerateArray())
        {
            faults.Index = index++;
            Read(report, found, faults);
        }
    }

    private static void Read(JsonElement json, Findings found, FaultList faults)
    {
        if (Fields.Of(json, Pointer.Event, faults) is not { } report) return;
        var known = faults.Count;
        var type = report.Exact("type", 20, Types);
        var id = report.Exact("messageId", 500, Id).Trim('<', '>');
        var permanent = report.Flag("permanent");
        var code = report.OptionalLine("code", 11, Status);
        var at = found.Time(report, "at");
        if (faults.Count > known) return;
        var fate = type switch { "delivered" => MessageFate.Delivered, "bounced" => MessageFate.Bounced, _ => MessageFate.Complained };
        found.Report(id, fate, permanent, code, at);
    }

    private static bool IsArray(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n"u8) is [(byte)'[', ..];

    [GeneratedRegex($@"^{StatusPattern}\z", RegexOptions.CultureInvariant)]
    private static partial Regex StatusCode();
}
