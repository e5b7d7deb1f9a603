namespace Engagement.EventStore;

/// <summary>
/// Tells how far the event sequence can be read without skipping an event that commits late. A missing number is waited for until
/// every transaction of the time it was first missed has ended: an append holds a transaction id before it draws a number.
/// Not thread-safe.
/// </summary>
internal sealed class GaplessReader
{
    private (long After, long Xmax)? _gap;

    /// <summary>Whether the last reading stopped at a gap.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>How many of the numbers, in order and all above <paramref name="position"/>, may be read now.</summary>
    /// <param name="xmin">The oldest transaction under way in the snapshot that showed the numbers.</param>
    /// <param name="xmax">The first transaction not begun in that snapshot.</param>
    public int Readable(long position, IReadOnlyList<long> numbers, long xmin, long xmax)
    {
        IsWaiting = false;
        var last = position;
        for (var i = 0; i < numbers.Count; i++)
        {
            if (numbers[i] != last + 1 && !IsDead(last, xmin, xmax))
            {
                IsWaiting = true;
                return i;
            }

            last = numbers[i];
        }

        return numbers.Count;
    }

    private bool IsDead(long after, long xmin, long xmax)
    {
        if (_gap is { } known && known.After == after) return xmin >= known.Xmax;
        if (xmin >= xmax) return true;   // nobody was under way when the gap was seen
        _gap = (after, xmax);
        return false;
    }
}
