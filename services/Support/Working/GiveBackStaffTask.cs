using Engagement.Contracts;
using Engagement.Support.Reading;

namespace Engagement.Support.Working;

/// <summary>A person leaves a task to the others; anybody may do it for a colleague who is away.</summary>
public sealed record GiveBackStaffTask(StaffTaskKey Key, StaffMember By, long? Version = null) : IPersonsCommand;

public static class GiveBackStaffTaskEndpoint
{
    public static async Task<IResult> Handle(
        string key, PersonsRequest request, HttpContext context, IMessageBus bus, IDocumentStore store, CancellationToken ct) =>
        await PersonsCommand.Run(context, bus, store, new GiveBackStaffTask(GetStaffTask.KeyOf(key), request.Staff, request.Version), ct);
}

public static class GiveBackStaffTaskHandler
{
    public static Task<OutgoingMessages> Handle(GiveBackStaffTask command, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(command.Key, task => Decide(task, command, clock.GetUtcNow()), ct);

    internal static StaffTaskEvent[] Decide(StaffTask? task, GiveBackStaffTask command, DateTimeOffset now) =>
        task is { State: StaffTaskState.Open } ? []   // asked for again
        : command.MayWorkOn(task, evenIfTaken: true) ? [new StaffTaskGivenBack(command.By, now)]
        : [];
}
