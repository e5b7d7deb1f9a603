using Engagement.Contracts;
using Engagement.Support.Reading;

namespace Engagement.Support.Working;

/// <summary>A person takes a task, so that nobody else works on it.</summary>
public sealed record TakeStaffTask(StaffTaskKey Key, StaffMember By, long? Version = null) : IPersonsCommand;

public static class TakeStaffTaskEndpoint
{
    public static async Task<IResult> Handle(
        string key, PersonsRequest request, HttpContext context, IMessageBus bus, IDocumentStore store, CancellationToken ct) =>
        await PersonsCommand.Run(context, bus, store, new TakeStaffTask(GetStaffTask.KeyOf(key), request.Staff, request.Version), ct);
}

public static class TakeStaffTaskHandler
{
    public static Task<OutgoingMessages> Handle(TakeStaffTask command, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(command.Key, task => Decide(task, command, clock.GetUtcNow()), ct);

    internal static StaffTaskEvent[] Decide(StaffTask? task, TakeStaffTask command, DateTimeOffset now) =>
        task is { State: StaffTaskState.Taken } && task.Assignee == command.By ? []   // asked for again
        : command.MayWorkOn(task) ? [new StaffTaskTaken(command.By, now)]
        : [];
}
