using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Messaging.Reading;

/// <summary>The latest messages of a shop, by state, customer or subject (<c>order/1001</c>).</summary>
public static class ListMessages
{
    private const int Most = 1000;

    public static async Task<Ok<IReadOnlyList<Message>>> Handle(
        HttpContext context, IDocumentStore store, MessageState? state, string? customer, string? subject, int? limit, CancellationToken ct)
    {
        List<string> conditions = [];
        List<object> arguments = [];
        void Where(string condition, object? value)
        {
            if (value is null) return;
            conditions.Add(condition);
            arguments.Add(value.ToString()!);
        }

        Where("d.data ->> 'State' = ?", state);
        Where("d.data ->> 'Customer' = ?", customer);
        Where("d.data -> 'Occasion' ->> 'Subject' = ?", subject);
        var where = conditions.Count == 0 ? "" : $"where {string.Join(" and ", conditions)} ";
        await using var session = store.QuerySession(context.Tenant());
        return TypedResults.Ok(await session.QueryAsync<Message>(
            $"{where}order by d.mt_last_modified desc limit ?", ct, [.. arguments, Math.Clamp(limit ?? 100, 1, Most)]));
    }
}
