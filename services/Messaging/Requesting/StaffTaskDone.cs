using Engagement.Contracts;
using Engagement.Messaging.Addresses;

namespace Engagement.Messaging.Requesting;

/// <summary>A person has found another way, or there is none: the message itself will not go any more.</summary>
public static class StaffTaskDoneHandler
{
    public static async Task Handle(StaffTaskDone done, IDocumentSession session, CancellationToken ct)
    {
        if (AskStaff.MessageOf(done) is not { } key) return;   // somebody else's task
        var stream = await session.Events.FetchForWriting<Message>(Message.StreamKey(key), ct);
        stream.AppendMany(Decide(stream.Aggregate, done));
    }

    /// <summary>Nothing, where the message has found its customer meanwhile.</summary>
    internal static MessageClosedByStaff[] Decide(Message? message, StaffTaskDone done) =>
        message is { State: MessageState.HandedToStaff or MessageState.Suppressed or MessageState.Bounced } && WasAskedFor(message.Reason, done.Kind)
            ? [new MessageClosedByStaff(done.Outcome, done.At)]
            : [];

    private static bool WasAskedFor(string? reason, StaffTaskKind kind) =>
        reason == AskStaff.ReasonOf(kind) || (kind == StaffTaskKind.Undeliverable && reason is Suppression.Bounced or Suppression.Complained);
}
