namespace Engagement.Gateway.Intake;

/// <summary>Gathers every fault of a body; lists the first ones and counts the rest, so that a bad body can't fill the memory.</summary>
internal sealed class FaultList
{
    public const int Listed = 1000;

    private readonly List<Fault> _faults = [];

    /// <summary>The event that is being read; null where the body is no batch.</summary>
    public int? Index { get; set; }

    public int Count { get; private set; }

    public void Add(Pointer at, string code, string message)
    {
        if (++Count <= Listed)
            _faults.Add(new Fault(Index, at.ToString(), code, message));
    }

    public Reading.Refused Refuse() => new([.. _faults.OrderBy(fault => fault.Index)], Count);
}

/// <summary>A place in an event, written out as a JSON pointer (RFC 6901) only where there is a fault to report.</summary>
internal sealed class Pointer(Pointer? parent, string name)
{
    public static readonly Pointer Event = new(null, "");

    private const int Longest = 300;

    public override string ToString()
    {
        if (parent is null)
            return name;
        var text = $"{parent}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
        return text.Length <= Longest ? text : text[..Longest];
    }
}
