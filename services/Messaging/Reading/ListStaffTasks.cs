using Engagement.Messaging.Requesting;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Messaging.Reading;

/// <summary>What people have to do, the oldest first.</summary>
public static class ListStaffTasks
{
    public static async Task<Ok<IReadOnlyList<StaffTask>>> Handle(HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        return TypedResults.Ok(await session.QueryAsync<StaffTask>("order by d.data ->> 'RaisedAt' limit 1000", ct));
    }
}
