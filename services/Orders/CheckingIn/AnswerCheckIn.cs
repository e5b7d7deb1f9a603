using Engagement.Contracts;

namespace Engagement.Orders.CheckingIn;

public static class AnswerCheckInHandler
{
    public static Task<OutgoingMessages> Handle(AnswerCheckIn message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message, Decide, clock, ct);

    /// <summary>The same answer again says nothing new, but words do.</summary>
    internal static OrderEvent[] Decide(Order? order, AnswerCheckIn message) => order?.CheckIn.Answers.Any(answer =>
        answer.Answer == message.Answer && (message.Words is null ? answer == order.CheckIn.Answer || answer.Reported.OccurredAt == message.Reported.OccurredAt
            : answer.Words == message.Words)) == true
            ? []
            : [new CheckInAnswered(message.Answer, message.Words, message.Reported)];
}
