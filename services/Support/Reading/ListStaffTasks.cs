using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Support.Reading;

/// <summary>
/// A shop's tasks, what is due first at the top; those still to do unless a state is asked for. A page goes on after a task's cursor, so tasks that come and
/// go meanwhile move nothing.
/// </summary>
public static class ListStaffTasks
{
    private const int Most = 1000;

    public static async Task<Ok<IReadOnlyList<StaffTask>>> Handle([AsParameters] Query query, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        var sql = Sql(query);
        await using var session = store.QuerySession(context.Tenant());
        return TypedResults.Ok(await session.QueryAsync<StaffTask>(sql.Sql, ct, sql.Args));
    }

    /// <summary>By the index on IsClosed and Cursor, whatever else is asked for.</summary>
    internal static SqlStatement Sql(Query query)
    {
        List<string> conditions = [];
        List<object> arguments = [];
        void Where(string condition, object? value)
        {
            if (value is null) return;
            conditions.Add(condition);
            arguments.Add(value is bool ? value : value.ToString()!);
        }

        Where("cast(d.data ->> 'IsClosed' as boolean) = ?", query.State is StaffTaskState.Done or StaffTaskState.Withdrawn);
        Where("d.data ->> 'Cursor' > ?", query.After ?? "");
        Where("d.data ->> 'Cursor' < ?", query.DueBefore is { } due ? StaffTask.CursorBefore(due) : null);
        Where("d.data ->> 'State' = ?", query.State);
        Where("d.data ->> 'Kind' = ?", query.Kind);
        Where("d.data ->> 'Urgency' = ?", query.Urgency);
        Where("d.data ->> 'Assignee' = ?", query.Assignee);
        var where = string.Join(" and ", conditions);
        return new SqlStatement($"where {where} order by d.data ->> 'Cursor' limit ?", [.. arguments, Math.Clamp(query.Limit ?? 100, 1, Most)]);
    }

    /// <param name="DueBefore">Not at that very time.</param>
    /// <param name="After">The cursor of the last task of the page before.</param>
    public sealed record Query(
        StaffTaskState? State = null, StaffTaskKind? Kind = null, Urgency? Urgency = null, string? Assignee = null,
        [property: FromQuery(Name = "due_before")] DateTimeOffset? DueBefore = null, string? After = null, int? Limit = null);
}
