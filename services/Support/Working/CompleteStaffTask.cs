using Engagement.Contracts;
using Engagement.Support.Reading;

namespace Engagement.Support.Working;

/// <summary>A person has done a task, whether taken before or not.</summary>
public sealed record CompleteStaffTask(StaffTaskKey Key, StaffMember By, StaffTaskOutcome Outcome, long? Version = null) : IPersonsCommand;

public static class CompleteStaffTaskEndpoint
{
    public sealed record Request(StaffMember Staff, StaffTaskOutcome? Outcome = null, long? Version = null);

    public static async Task<IResult> Handle(string key, Request request, HttpContext context, IMessageBus bus, IDocumentStore store, CancellationToken ct) =>
        request.Outcome is { } outcome && Enum.IsDefined(outcome)
            ? await PersonsCommand.Run(context, bus, store, new CompleteStaffTask(GetStaffTask.KeyOf(key), request.Staff, outcome, request.Version), ct)
            : TypedResults.Problem(
                statusCode: StatusCodes.Status400BadRequest,
                title: $"Say in 'outcome' what came of it: {string.Join(", ", Enum.GetNames<StaffTaskOutcome>())}.");
}

public static class CompleteStaffTaskHandler
{
    public static Task<OutgoingMessages> Handle(CompleteStaffTask command, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(command.Key, task => Decide(task, command, clock.GetUtcNow()), ct);

    internal static StaffTaskEvent[] Decide(StaffTask? task, CompleteStaffTask command, DateTimeOffset now) =>
        task is { State: StaffTaskState.Done } && task.Assignee == command.By && task.Outcome == command.Outcome ? []   // said again
        : command.MayWorkOn(task) ? [new StaffTaskCompleted(command.By, command.Outcome, now)]
        : [];
}
