using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Messaging.Reading;

/// <summary>A shop's messages, what was asked for last at the top.</summary>
public static class ListMessages
{
    private static readonly string[] Filters = ["customer", "order", "kind", "state", "subject", "reason", "after", "limit"];

    public static async Task<Ok<IReadOnlyList<Message>>> Handle(HttpContext context, IDocumentStore store, CancellationToken ct) =>
        TypedResults.Ok(await store.ListAsync<Message>(context.Tenant(), Sql(QueryOf(context.Request.Query)), ct));

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

        var limit = ListPage.Usual;
        if (Text("limit") is { } number && !int.TryParse(number, out limit)) errors.Add(new FieldError("/limit", "invalid", $"1 to {ListPage.Most}."));
        if (Text("after") is { } after && !ListPage.IsCursor(after)) errors.Add(ListPage.NoCursor);
        var subject = Text("order") is { } order ? $"order/{order}" : null;
        if (subject is not null && Text("subject") is { } other && other != subject)
            errors.Add(new FieldError("/subject", "invalid", "Not together with another order."));
        var query = new Query(
            Text("customer"), subject ?? Text("subject"), Named<MessageKind>("kind"), Named<MessageState>("state"), Text("reason"), Text("after"), limit);
        return errors.Count == 0 ? query : throw new Invalid(errors);
    }

    /// <summary>By the index on customer and cursor, the subject, or state and cursor, whichever is asked for; else by the one on the cursor.</summary>
    internal static SqlStatement Sql(Query query) => new ListPage(query.After, query.Limit, descending: true)
        .With(nameof(Message.Customer), query.Customer)
        .With(nameof(Message.Subject), query.Subject)
        .With(nameof(Message.State), query.State)
        .With(nameof(Message.Kind), query.Kind)
        .With(nameof(Message.Reason), query.Reason)
        .Sql;

    /// <param name="After">The cursor of the last message of the page before.</param>
    internal sealed record Query(
        string? Customer = null, string? Subject = null, MessageKind? Kind = null, MessageState? State = null, string? Reason = null, string? After = null,
        int Limit = ListPage.Usual);
}
