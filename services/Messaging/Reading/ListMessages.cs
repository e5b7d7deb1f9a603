using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Messaging.Reading;

/// <summary>
/// A shop's messages, what was asked for last at the top. A page goes on after a message's cursor, so messages that come meanwhile move nothing.
/// </summary>
public static class ListMessages
{
    private const int Most = 1000;

    private static readonly string[] Filters = ["customer", "order", "kind", "state", "subject", "reason", "after", "limit"];

    public static async Task<Ok<IReadOnlyList<Message>>> Handle(HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        var sql = Sql(QueryOf(context.Request.Query));
        await using var session = store.QuerySession(context.Tenant());
        return TypedResults.Ok(await session.QueryAsync<Message>(sql.Sql, ct, sql.Args));
    }

    /// <summary>A filter that nobody knows would show everything: it is refused, as is a value that nothing has.</summary>
    /// <exception cref="Invalid">With all that is wrong.</exception>
    internal static Query QueryOf(IQueryCollection given)
    {
        List<FieldError> errors = [.. given.Keys.Except(Filters).Select(name => new FieldError($"/{name}", "unknown", $"One of {string.Join(", ", Filters)}."))];
        string? Text(string name) => given[name] is [{ Length: > 0 } value, ..] ? value : null;
        T? Named<T>(string name) where T : struct, Enum
        {
            if (Text(name) is not { } text) return null;
            var plain = text.Replace("-", "", StringComparison.Ordinal);   // as templates and webhooks write it: thank-you
            if (Enum.GetNames<T>().FirstOrDefault(known => known.Equals(plain, StringComparison.OrdinalIgnoreCase)) is { } known) return Enum.Parse<T>(known);
            errors.Add(new FieldError($"/{name}", "unknown", $"One of {string.Join(", ", Enum.GetNames<T>())}."));
            return null;
        }

        var limit = 100;
        if (Text("limit") is { } number && !int.TryParse(number, out limit)) errors.Add(new FieldError("/limit", "invalid", $"1 to {Most}."));
        var subject = Text("order") is { } order ? $"order/{order}" : null;
        if (subject is not null && Text("subject") is { } other && other != subject)
            errors.Add(new FieldError("/subject", "invalid", "Not together with another order."));
        var query = new Query(
            Text("customer"), subject ?? Text("subject"), Named<MessageKind>("kind"), Named<MessageState>("state"), Text("reason"), Text("after"),
            Math.Clamp(limit, 1, Most));
        return errors.Count == 0 ? query : throw new Invalid(errors);
    }

    /// <summary>By the index on customer and cursor, the subject, or state and cursor, whichever is asked for; else by the one on the cursor.</summary>
    internal static SqlStatement Sql(Query query)
    {
        List<string> conditions = [];
        List<object> arguments = [];
        void Where(string condition, object? value)
        {
            if (value is null) return;
            conditions.Add(condition);
            arguments.Add(value.ToString()!);
        }

        Where("d.data ->> 'Customer' = ?", query.Customer);
        Where("d.data ->> 'Subject' = ?", query.Subject);
        Where("d.data ->> 'State' = ?", query.State);
        Where("d.data ->> 'Kind' = ?", query.Kind);
        Where("d.data ->> 'Reason' = ?", query.Reason);
        Where("d.data ->> 'Cursor' < ?", query.After);
        var where = conditions.Count == 0 ? "" : $"where {string.Join(" and ", conditions)} ";
        return new SqlStatement($"{where}order by d.data ->> 'Cursor' desc limit ?", [.. arguments, query.Limit]);
    }

    /// <param name="After">The cursor of the last message of the page before.</param>
    internal sealed record Query(
        string? Customer = null, string? Subject = null, MessageKind? Kind = null, MessageState? State = null, string? Reason = null, string? After = null,
        int Limit = 100);
}
