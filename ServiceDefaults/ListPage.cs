using System.Globalization;

namespace Engagement.ServiceDefaults;

/// <summary>
/// A page of documents that are listed by their <c>Cursor</c>, text that sorts as their times do: what comes and goes between two pages moves nothing. What has
/// no cursor is in no list.
/// </summary>
/// <param name="after">The cursor of the last document of the page before; null or empty for the first page.</param>
/// <param name="limit">How many, <see cref="Most"/> at most.</param>
/// <param name="descending">The latest first.</param>
/// <exception cref="Invalid"><paramref name="after"/> is no cursor: it would lead to the first page again, or to none.</exception>
public sealed class ListPage(string? after, int? limit, bool descending = false)
{
    public const int Usual = 100;

    public const int Most = 1000;

    private const string Cursor = "d.data ->> 'Cursor'";

    private readonly List<string> _conditions = [$"{Cursor} {(string.IsNullOrEmpty(after) ? "is not null" : descending ? "< ?" : "> ?")}"];
    private readonly List<object> _args = string.IsNullOrEmpty(after) ? [] : IsCursor(after) ? [after] : throw new Invalid(NoCursor);

    public static FieldError NoCursor { get; } = new("/after", "invalid", "The cursor of the last one of the page before.");

    public SqlStatement Sql => new(
        $"where {string.Join(" and ", _conditions)} order by {Cursor}{(descending ? " desc" : "")} limit ?", [.. _args, Math.Clamp(limit ?? Usual, 1, Most)]);

    /// <summary>Whether it begins with a time, as those of every list do.</summary>
    public static bool IsCursor(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const string Time = "yyyy-MM-ddTHH:mm:ss";
        return text.Length >= Time.Length
            && DateTime.TryParseExact(text.AsSpan(0, Time.Length), Time, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }

    /// <summary>Those alone whose property has this value; all of them where it is null.</summary>
    public ListPage With(string property, object? value) =>
        Where(value is bool ? $"cast(d.data ->> '{property}' as boolean) = ?" : $"d.data ->> '{property}' = ?", value);

    /// <summary>Those alone for which the condition holds; all of them where its argument is null.</summary>
    public ListPage Where(string condition, object? value)
    {
        if (value is null) return this;
        _conditions.Add(condition);
        _args.Add(value is bool ? value : value.ToString()!);
        return this;
    }
}

public static class Listing
{
    public static async Task<IReadOnlyList<T>> ListAsync<T>(this IDocumentStore store, string tenant, SqlStatement page, CancellationToken ct) where T : class
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(page);
        await using var session = store.QuerySession(tenant);
        return await session.QueryAsync<T>(page.Sql, ct, page.Args);
    }
}
