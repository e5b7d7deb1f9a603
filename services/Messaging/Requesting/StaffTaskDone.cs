using Engagement.Contracts;

namespace Engagement.Messaging.Requesting;

/// <summary>A person has found another way, or there is none: the message itself will not go any more.</summary>
public static class StaffTaskDoneHandler
{
    public static async Task Handle(StaffTaskDone done, IDocumentSession session, CancellationToken ct)
    {
        if (done.Kind is not (StaffTaskKind.UnknownCustomer or StaffTaskKind.NoAddress or StaffTaskKind.Undeliverable)) return;   // about no message
        var stream = await session.Events.FetchForWriting<Message>(Message.StreamKey(AskStaff.MessageOf(done)), ct);
        stream.AppendMany(Decide(stream.Aggregate, done));
    }

    /// <summary>Nothing, where the message has found its customer meanwhile.</summary>
    internal static MessageClosedByStaff[] Decide(Message? message, StaffTaskDone done) =>
        message is { State: MessageState.HandedToStaff or MessageState.Suppressed } && message.Reason == AskStaff.ReasonOf(done.Kind)
            ? [new MessageClosedByStaff(done.Outcome, done.At)]
            : [];
}
