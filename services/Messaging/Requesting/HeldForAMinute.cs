using Engagement.Contracts;
using Engagement.Messaging.Switching;

namespace Engagement.Messaging.Requesting;

/// <summary>
/// The clock says: a message was held a while ago. Where its shop's messages were let go at that very moment, nobody has seen it; here it is found.
/// </summary>
public sealed record HeldForAMinute(MessageKey Key, CustomerId Customer) : TimeoutMessage(TimeSpan.FromSeconds(60)), IGrouped
{
    string IGrouped.GroupId => $"customer/{Customer.Value}";
}

public static class HeldForAMinuteHandler
{
    /// <summary>While the shop's messages are stopped nothing: they will be let go all together.</summary>
    public static Task<OutgoingMessages> Handle(HeldForAMinute due, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct) =>
        PassHeldHandler.Handle(new PassHeld(due.Key, due.Customer), session, outbox, clock, ct);
}
