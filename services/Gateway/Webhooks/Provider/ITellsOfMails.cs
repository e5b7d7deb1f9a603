using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.Provider;

/// <summary>Who sends a shop's mails on, and tells what became of them.</summary>
internal interface ITellsOfMails
{
    /// <summary>All of it or nothing: what is wrong is among the faults.</summary>
    void Read(ReadOnlyMemory<byte> body, Findings found, FaultList faults);
}

internal static class Reports
{
    /// <param name="id">The mail's Message-ID, or its message's key.</param>
    public static void Report(this Findings found, string id, MessageFate fate, bool permanent, string? code, DateTimeOffset? at)
    {
        var reported = found.At(at);
        found.Add($"{id}/{NameOf(fate)}/{permanent}/{at?.UtcTicks}", new ReportMessage(id, fate, permanent, code, reported), reported);
    }

    private static string NameOf(MessageFate fate) => fate switch
    {
        MessageFate.Delivered => "delivered", MessageFate.Bounced => "bounced", MessageFate.Complained => "complained",
        _ => throw new ArgumentOutOfRangeException(nameof(fate), fate, "No such fate."),
    };
}
