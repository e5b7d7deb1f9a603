using Engagement.Contracts;

namespace Engagement.Orders.Paying;

/// <summary>Messaging tells what became of each message; the thank-you's are ours.</summary>
public static class LearnOfThankYouHandler
{
    public static Task<OutgoingMessages> Handle(MessageSent message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        Learn(message, session, clock, ct);

    public static Task<OutgoingMessages> Handle(MessageSuppressed message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        Learn(message, session, clock, ct);

    public static Task<OutgoingMessages> Handle(MessageFailed message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        Learn(message, session, clock, ct);

    internal static OrderEvent[] Decide(Order? order, IMessageOutcome outcome) => (order, outcome) switch
    {
        (null or { ThankYou.LeftAt: not null }, _) => [],
        (_, MessageSent sent) => [new ThankYouLeft(sent.At)],
        (_, MessageSuppressed suppressed) when order.ThankYou.Withheld != suppressed.Reason => [new ThankYouWithheld(suppressed.Reason, suppressed.At)],
        (_, MessageFailed failed) when order.ThankYou.Failed != failed.Reason => [new ThankYouFailed(failed.Reason, failed.At)],
        _ => [],
    };

    private static async Task<OutgoingMessages> Learn(IMessageOutcome outcome, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        ThankForPayment.OrderOf(outcome) is { } id ? await session.Change(id, (order, _) => Decide(order, outcome), clock, ct) : [];
}
