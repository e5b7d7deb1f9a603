using Engagement.Contracts;

namespace Engagement.Support.Raising;

public static class WithdrawStaffTaskHandler
{
    public static Task<OutgoingMessages> Handle(WithdrawStaffTask message, IDocumentSession session, CancellationToken ct) =>
        session.Record(message.Key, task => Decide(task, message), ct);

    /// <summary>Also of a task that has not come yet: it will be withdrawn when it comes.</summary>
    internal static StaffTaskEvent[] Decide(StaffTask? task, WithdrawStaffTask message) =>
        task is { IsClosed: true } ? [] : [new StaffTaskWithdrawn(message.Reason, message.At)];
}
