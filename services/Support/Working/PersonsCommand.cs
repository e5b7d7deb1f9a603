using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Engagement.Support.Reading;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Support.Working;

/// <summary>What a person asks for in a request.</summary>
public interface IPersonsCommand
{
    StaffTaskKey Key { get; }

    StaffMember By { get; }

    /// <summary>The task's as that person saw it, where it must not have changed since.</summary>
    long? Version { get; }
}

/// <summary>A request's body: who asks, and which version of the task that person saw.</summary>
public sealed record PersonsRequest(StaffMember Staff, long? Version = null);

internal static class PersonsCommand
{
    /// <summary>Answers with the task as it is then. Of two people at once the second decides on what the first has done.</summary>
    public static async Task<Results<Ok<StaffTask>, NoSuch, ProblemHttpResult>> Run(
        HttpContext context, IMessageBus bus, IDocumentStore store, IPersonsCommand command, CancellationToken ct)
    {
        if (!command.By.IsValid)
        {
            return TypedResults.Problem(
                statusCode: StatusCodes.Status400BadRequest, title: "Say in 'staff' who asks: an id of 1 to 64 letters, digits, '.', '_' and '-'.");
        }

        bus.TenantId = context.Tenant();
        await bus.InvokeAsync(command, ct);
        await using var session = store.QuerySession(context.Tenant());
        return await GetStaffTask.Find(session, command.Key, ct) is { } task ? TypedResults.Ok(task) : new NoSuch("task");
    }

    /// <summary>Whether there is such a task.</summary>
    /// <param name="evenIfTaken">By somebody else, that is.</param>
    /// <exception cref="Rejected">There is, but it can't be worked on by this person, or not any more.</exception>
    public static bool MayWorkOn(this IPersonsCommand command, StaffTask? task, bool evenIfTaken = false) => task switch
    {
        null or { Kind: null } => false,
        { State: StaffTaskState.Withdrawn } => throw new Rejected("withdrawn", "There is nothing to do any more: the task was withdrawn."),
        { State: StaffTaskState.Done } => throw new Rejected("done", "The task is done already."),
        { Assignee: { } other } when other != command.By && !evenIfTaken => throw new Rejected("taken", "Somebody else has taken the task."),
        _ when command.Version is { } seen && seen != task.Version => throw new Rejected("changed", "The task has changed since it was read."),
        _ => true,
    };
}
