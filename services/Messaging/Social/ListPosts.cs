using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Messaging.Social;

/// <summary>The calendar, by the posts' times.</summary>
public static class ListPosts
{
    public static async Task<Ok<IEnumerable<PostShown>>> Handle([AsParameters] Query query, HttpContext context, IDocumentStore store, CancellationToken ct) =>
        TypedResults.Ok((await store.ListAsync<Post>(context.Tenant(), Sql(query), ct)).Select(PostShown.Of));

    /// <summary>By the index on Cursor, whatever else is asked for.</summary>
    internal static SqlStatement Sql(Query query) => new ListPage(query.After, query.Limit)
        .Where("d.data ->> 'Cursor' > ?", query.From is { } from ? Post.CursorBefore(from) : null)   // no cursor is the beginning of a time itself
        .Where("d.data ->> 'Cursor' < ?", query.Until is { } until ? Post.CursorBefore(until) : null)
        .With(nameof(Post.State), query.State)
        .Sql;

    /// <param name="Until">Not at that very time.</param>
    /// <param name="After">The cursor of the last post of the page before.</param>
    public sealed record Query(
        DateTimeOffset? From = null, DateTimeOffset? Until = null, PostState? State = null, string? After = null, int? Limit = null);
}
