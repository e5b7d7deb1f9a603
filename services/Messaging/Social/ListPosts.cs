using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Messaging.Social;

/// <summary>The calendar, by the posts' times. A page goes on after a post's cursor, so posts that come and go meanwhile move nothing.</summary>
public static class ListPosts
{
    private const int Most = 1000;

    public static async Task<Ok<IEnumerable<PostShown>>> Handle([AsParameters] Query query, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        var sql = Sql(query);
        await using var session = store.QuerySession(context.Tenant());
        return TypedResults.Ok((await session.QueryAsync<Post>(sql.Sql, ct, sql.Args)).Select(PostShown.Of));
    }

    /// <summary>By the index on Cursor, whatever else is asked for.</summary>
    internal static SqlStatement Sql(Query query)
    {
        var from = query.From is { } first ? Post.CursorBefore(first) : "";
        List<string> conditions = ["d.data ->> 'Cursor' > ?"];   // no cursor is the beginning of a time itself
        List<object> arguments = [string.CompareOrdinal(query.After, from) > 0 ? query.After! : from];
        if (query.Until is { } until)
        {
            conditions.Add("d.data ->> 'Cursor' < ?");
            arguments.Add(Post.CursorBefore(until));
        }

        if (query.State is { } state)
        {
            conditions.Add("d.data ->> 'State' = ?");
            arguments.Add(state.ToString());
        }

        return new SqlStatement($"where {string.Join(" and ", conditions)} order by d.data ->> 'Cursor' limit ?", [.. arguments, Math.Clamp(query.Limit ?? 100, 1, Most)]);
    }

    /// <param name="Until">Not at that very time.</param>
    /// <param name="After">The cursor of the last post of the page before.</param>
    public sealed record Query(
        DateTimeOffset? From = null, DateTimeOffset? Until = null, PostState? State = null, string? After = null, int? Limit = null);
}
