using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Support.Reading;

/// <summary>A shop's tasks, what is due first at the top; those still to do unless a state is asked for.</summary>
public static class ListStaffTasks
{
    public static async Task<Ok<IReadOnlyList<StaffTask>>> Handle(
        [AsParameters] Query query, HttpContext context, IDocumentStore store, CancellationToken ct) =>
        TypedResults.Ok(await store.ListAsync<StaffTask>(context.Tenant(), Sql(query), ct));

    /// <summary>By the index on IsClosed and Cursor, whatever else is asked for.</summary>
    internal static SqlStatement Sql(Query query) => new ListPage(query.After, query.Limit)
        .With(nameof(StaffTask.IsClosed), query.State is StaffTaskState.Done or StaffTaskState.Withdrawn)
        .Where("d.data ->> 'Cursor' < ?", query.DueBefore is { } due ? StaffTask.CursorBefore(due) : null)
        .With(nameof(StaffTask.State), query.State)
        .With(nameof(StaffTask.Kind), query.Kind)
        .With(nameof(StaffTask.Urgency), query.Urgency)
        .With(nameof(StaffTask.Assignee), query.Assignee)
        .Sql;

    /// <param name="DueBefore">Not at that very time.</param>
    /// <param name="After">The cursor of the last task of the page before.</param>
    public sealed record Query(
        StaffTaskState? State = null, StaffTaskKind? Kind = null, Urgency? Urgency = null, string? Assignee = null,
        [property: FromQuery(Name = "due_before")] DateTimeOffset? DueBefore = null, string? After = null, int? Limit = null);
}
