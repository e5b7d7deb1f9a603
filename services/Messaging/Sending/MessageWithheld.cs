using Engagement.Contracts;
using Engagement.Messaging.Requesting;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>A message was on its way and must not go now. Handled where it is said: it crosses no queue.</summary>
/// <param name="Message">Its stream.</param>
/// <param name="Address">Where it would have gone, as the id of a guest; null where nobody had looked yet.</param>
/// <param name="Done">Ends the delivery in the same commit.</param>
public sealed record MessageWithheld(string Message, CustomerId? Address, SqlStatement Done);

public static class MessageWithheldHandler
{
    /// <summary>The gate decides anew, here where its decision can be recorded: it may even let the message go after all.</summary>
    public static async Task<OutgoingMessages> Handle(
        MessageWithheld withheld, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(withheld.Message, ct);
        session.QueueSqlCommand(withheld.Done.Sql, withheld.Done.Args);   // before a new one under the same id
        if (stream.Aggregate is not { State: MessageState.Released, Customer: not null } message) return [];   // another instance was first to say so
        return [.. await outbox.PassAsync(session, stream, message, clock.GetUtcNow(), ct, address: withheld.Address)];
    }
}
