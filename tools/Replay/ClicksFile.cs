using System.Globalization;

namespace Engagement.Replay;

internal enum ClickKind
{
    View,
    Cart,
    RemoveFromCart,
    Purchase,
}

/// <summary>One click as the file tells it; its time in UTC.</summary>
internal sealed record Click(int Line, DateTimeOffset Time, ClickKind Kind, string Product, string? Category, string? Brand, decimal Price, string User, string Session);

/// <summary>Reads a CSV file of clicks, row by row.</summary>
internal static class ClicksFile
{
    private static readonly string[] Columns =
        ["event_time", "event_type", "product_id", "category_code", "brand", "price", "user_id", "user_session"];

    private static readonly string[] TimeFormats = ["yyyy-MM-dd HH:mm:ss 'UTC'", "yyyy-MM-dd HH:mm:ss"];

    public static IEnumerable<Click> Read(TextReader reader, Action<MalformedRow> onMalformed)
    {
        List<string> fields = [];
        if (reader.ReadLine() is not { } header || !CsvLine.TrySplit(header, fields))
            throw RunFailedException.Usage("The file has no header line with the names of its columns.");
        int[] at = [.. Columns.Select(column => fields.FindIndex(name => name.Equals(column, StringComparison.OrdinalIgnoreCase)))];
        if (Columns.Where((_, i) => at[i] < 0).ToArray() is { Length: > 0 } missing) throw RunFailedException.Usage($"The file has no column {string.Join(", ", missing)}.");

        var (width, number) = (fields.Count, 1);
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (!CsvLine.TrySplit(line, fields)) onMalformed(new MalformedRow(number, "a quote is not closed or stands inside a field"));
            else if (fields.Count != width) onMalformed(new MalformedRow(number, $"{fields.Count} fields where the header has {width}"));
            else if (Parse(number, i => fields[at[i]], out var click) is { } reason) onMalformed(new MalformedRow(number, reason));
            else yield return click!;
        }
    }

    /// <summary>Why it can't be understood; null where it can.</summary>
    private static string? Parse(int line, Func<int, string> field, out Click? click)
    {
        click = null;
        string? Some(int i) => field(i) is { Length: > 0 } text ? text : null;
        if (!DateTime.TryParseExact(field(0), TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) || time.Year is < 1970 or >= 2200)
            return $"event_time '{field(0)}' is not a time such as 2019-10-01 00:00:00 UTC";
        ClickKind? kind = field(1) switch
        {
            "view" => ClickKind.View,
            "cart" => ClickKind.Cart,
            "remove_from_cart" => ClickKind.RemoveFromCart,
            "purchase" => ClickKind.Purchase,
            _ => null,
        };
        if (kind is null) return $"event_type '{field(1)}' is none of view, cart, remove_from_cart and purchase";
        if (Some(2) is not { } product) return "product_id is empty";
        if (Some(6) is not { } user) return "user_id is empty";
        if (!decimal.TryParse(field(5), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price)) return $"price '{field(5)}' is not an amount";
        click = new Click(line, new DateTimeOffset(time, TimeSpan.Zero), kind.Value, product, Some(3), Some(4), price, user, Some(7) ?? user);
        return null;
    }
}
