using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Support.Reading;

/// <summary>A task as it is now.</summary>
public static class GetStaffTask
{
    public static async Task<Results<Ok<StaffTask>, NoSuch>> Handle(string key, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        return await Find(session, KeyOf(key), ct) is { } task ? TypedResults.Ok(task) : new NoSuch("task");
    }

    /// <summary>Of a task that only its withdrawal has come of, there is nothing to show yet.</summary>
    internal static async Task<StaffTask?> Find(IQuerySession session, StaffTaskKey key, CancellationToken ct) =>
        await session.Events.FetchLatest<StaffTask>(StaffTask.StreamKey(key), ct) is { Kind: not null } task ? task : null;

    /// <summary><c>%2F</c> is the one escape that ASP.NET Core leaves in a path.</summary>
    internal static StaffTaskKey KeyOf(string route) => new(route.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));
}
