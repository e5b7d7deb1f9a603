using System.Globalization;

namespace Engagement.Replay;

/// <summary>One order as the file tells it; times in UTC.</summary>
internal sealed record OrderRow(
    int Line,
    string Order,
    string? Customer,
    bool Cancelled,
    DateTimeOffset PlacedAt,
    DateTimeOffset? PaidAt,
    DateTimeOffset? ShippedAt,
    DateTimeOffset? DeliveredAt,
    DateOnly? PromisedOn);

internal sealed record MalformedRow(int Line, string Reason);

/// <summary>Reads a CSV file of orders, row by row.</summary>
internal sealed class OrdersFile
{
    private const string TimeFormat = "M/d/yyyy H:mm";
    private const string Order = "order_id";
    private const string Customer = "customer_id";
    private const string Status = "order_status";
    private const string PlacedAt = "order_purchase_timestamp";
    private const string PaidAt = "order_approved_at";
    private const string ShippedAt = "order_delivered_carrier_date";
    private const string DeliveredAt = "order_delivered_customer_date";
    private const string PromisedOn = "order_estimated_delivery_date";

    private readonly Dictionary<string, int> lineOf = new(StringComparer.Ordinal);
    private readonly List<string> fields = [];
    private readonly Dictionary<string, int> columns = new(StringComparer.OrdinalIgnoreCase);
    private readonly int width;

    private OrdersFile(string? header)
    {
        if (header is null || !CsvLine.TrySplit(header, fields))
        {
            throw RunFailedException.Usage("The file has no header line with the names of its columns.");
        }

        width = fields.Count;
        for (var i = 0; i < width; i++)
        {
            columns.TryAdd(fields[i], i);
        }

        string[] missing = [.. new[] { Order, Customer, Status, PlacedAt, PaidAt, ShippedAt, DeliveredAt, PromisedOn }.Where(name => !columns.ContainsKey(name))];
        if (missing.Length > 0)
        {
            throw RunFailedException.Usage($"The file has no column {string.Join(", ", missing)}.");
        }
    }

    public static IEnumerable<OrderRow> Read(TextReader reader, Action<MalformedRow> onMalformed)
    {
        var file = new OrdersFile(reader.ReadLine());
        var number = 1;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            if (file.TryParse(line, number, out var row, out var reason))
            {
                yield return row!;
            }
            else
            {
                onMalformed(new MalformedRow(number, reason!));
            }
        }
    }

    private bool TryParse(string line, int number, out OrderRow? row, out string? reason)
    {
        row = null;
        if (!CsvLine.TrySplit(line, fields))
        {
            reason = "a quote is not closed or stands inside a field";
            return false;
        }

        if (fields.Count != width)
        {
            reason = $"{fields.Count} fields where the header has {width}";
            return false;
        }

        if (!TryTime(PlacedAt, out var placedAt, out reason) || !TryTime(PaidAt, out var paidAt, out reason) || !TryTime(ShippedAt, out var shippedAt, out reason)
            || !TryTime(DeliveredAt, out var deliveredAt, out reason) || !TryTime(PromisedOn, out var promised, out reason))
        {
            return false;
        }

        var order = Field(Order);
        reason =
            order.Length == 0 ? $"{Order} is empty"
            : placedAt is null ? $"{PlacedAt} is empty"
            : !lineOf.TryAdd(order, number) ? $"{Order} {order} was on line {lineOf[order]} already"
            : null;
        if (reason is not null)
        {
            return false;
        }

        row = new OrderRow(
            number,
            order,
            Field(Customer) is { Length: > 0 } customer ? customer : null,
            Field(Status).Equals("canceled", StringComparison.OrdinalIgnoreCase),
            placedAt!.Value,
            paidAt,
            shippedAt,
            deliveredAt,
            promised is { } day ? DateOnly.FromDateTime(day.UtcDateTime) : null);
        return true;
    }

    private string Field(string column) => fields[columns[column]];

    private bool TryTime(string column, out DateTimeOffset? time, out string? reason)
    {
        time = null;
        reason = null;
        var text = Field(column);
        if (text.Length == 0)
        {
            return true;
        }

        // A year far off would carry the shifted times past what a date can hold.
        if (DateTime.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed) && parsed.Year is >= 1970 and < 2200)
        {
            time = new DateTimeOffset(parsed, TimeSpan.Zero);
            return true;
        }

        reason = $"{column} '{text}' is not a time such as 10/2/2017 10:56";
        return false;
    }
}
