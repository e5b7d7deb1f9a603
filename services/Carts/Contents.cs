using System.Text.Json.Serialization;
using Engagement.Contracts;

namespace Engagement.Carts;

/// <summary>
/// What is in a cart, whatever the order in which it was told: the newest whole state, and in the order of their times the changes since. Changes that are
/// older than the whole state are in it already.
/// </summary>
/// <param name="Lines">Of the whole state.</param>
/// <param name="AsOf">When the whole state held; null where only changes were told.</param>
/// <param name="HeardAt">Of two whole states of one time the one that was received later holds; null where it was bought then, which nothing undoes.</param>
public sealed record Contents(
    IReadOnlyList<OrderLine> Lines, Money? Total, DateTimeOffset? AsOf, IReadOnlyList<ItemChange> Changes, DateTimeOffset? HeardAt = null)
{
    /// <summary>Older ones become part of the whole state: what is then told late of before is not taken into account.</summary>
    internal const int MostChanges = 50;

    public static readonly Contents None = new([], null, null, []);

    [JsonIgnore]
    public bool IsKnown => AsOf is not null || Changes.Count > 0;

    public Contents Replace(IReadOnlyList<OrderLine> lines, Money? total, Reported reported) =>
        reported.OccurredAt < AsOf || (reported.OccurredAt == AsOf && !(HeardAt <= reported.ReceivedAt))
            ? this
            : new(lines, total, reported.OccurredAt, After(reported.OccurredAt), reported.ReceivedAt);

    /// <summary>What was in it is bought.</summary>
    public Contents Emptied(DateTimeOffset at) => at < AsOf ? this : new([], null, at, After(at));

    private IReadOnlyList<ItemChange> After(DateTimeOffset at) => [.. Changes.Where(change => change.At > at)];

    public Contents Change(ItemChange change)
    {
        if (change.At <= AsOf || Knows(change)) return this;
        ItemChange[] all = [.. ItemChange.InOrder(Changes.Append(change))];
        var old = all.Length - MostChanges;
        return old <= 0
            ? this with { Changes = all }
            : new(new Contents(Lines, null, null, all[..old]).Current(), null, all[old - 1].At, all[old..], DateTimeOffset.MinValue);
    }

    /// <summary>Something was put in after that time, or the whole state that was told since has something in it.</summary>
    public bool IsFilledAfter(DateTimeOffset at) => (AsOf > at && Lines.Count > 0) || Changes.Any(change => change.At > at && change.Line is not null);

    public bool Knows(ItemChange change) => Changes.Contains(change);

    public bool Knows(IReadOnlyList<OrderLine> lines, Money? total, DateTimeOffset at) => AsOf == at && Total == total && Lines.SequenceEqual(lines);

    /// <summary>What is in it now.</summary>
    public IReadOnlyList<OrderLine> Current()
    {
        if (Changes.Count == 0) return Lines;
        List<OrderLine> now = [.. Lines];
        foreach (var change in Changes)
        {
            var at = now.FindIndex(line => ItemOf(line) == change.Item);
            if (change.Line is { } line)
            {
                if (at < 0) now.Add(line);
                else now[at] = line with { Quantity = now[at].Quantity + line.Quantity };
            }
            else if (at >= 0)
            {
                var left = change.Quantity is { } taken ? now[at].Quantity - taken : 0;
                if (left > 0) now[at] = now[at] with { Quantity = left };
                else now.RemoveAt(at);
            }
        }

        return now;
    }

    /// <summary>The shop's own total while it holds, else the sum of the lines; null for nothing, or lines of several currencies or of one that nobody told.</summary>
    public static Money? ValueOf(IReadOnlyList<OrderLine> lines, Money? total) => total
        ?? (lines.Count > 0 && lines[0].Price.Currency.Length > 0 && lines.All(line => line.Price.Currency == lines[0].Price.Currency)
            ? new Money(lines.Sum(line => line.Price.Amount * line.Quantity), lines[0].Price.Currency)
            : null);

    public Money? Value() => ValueOf(Current(), Changes.Count == 0 ? Total : null);

    public static string ItemOf(OrderLine line) => line.Sku ?? line.Title;

    /// <summary>How many of an item are among these. Many shops tell what an item is called by in the cart and not in the order.</summary>
    public static int CountIn(IEnumerable<OrderLine> lines, OrderLine item) => lines
        .Where(line => line.Sku is { } one && item.Sku is { } other ? one == other : line.Title == item.Title).Sum(line => line.Quantity);
}

/// <summary>Something put in, or taken out.</summary>
/// <param name="Quantity">That was taken; null for all of it.</param>
/// <param name="Line">What was put in; null where it was taken out.</param>
public sealed record ItemChange(DateTimeOffset At, string Item, int? Quantity, OrderLine? Line)
{
    /// <summary>By their times; at the same time it is put in before it is taken out. Else by what they say, so that the order is always the same.</summary>
    public static IEnumerable<ItemChange> InOrder(IEnumerable<ItemChange> changes) => changes.OrderBy(change => change.At).ThenBy(change => change.Line is null)
        .ThenBy(change => change.Item, StringComparer.Ordinal).ThenBy(change => change.Line?.Quantity ?? change.Quantity ?? 0)
        .ThenBy(change => change.Line?.Price.Amount ?? 0);
}
