using Engagement.Messaging.Requesting;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Messaging.Reading;

/// <summary>What people have to do, the oldest first; <c>page</c> counts from 0.</summary>
public static class ListStaffTasks
{
    private const int PageSize = 1000;

    public static async Task<Ok<IReadOnlyList<StaffTask>>> Handle(HttpContext context, IDocumentStore store, int? page, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        return TypedResults.Ok(await session.QueryAsync<StaffTask>("order by d.data ->> 'RaisedAt', d.id limit ? offset ?", ct, PageSize, PageSize * Math.Max(0, page ?? 0)));
    }
}
