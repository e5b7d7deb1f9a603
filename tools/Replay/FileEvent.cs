using System.Text.Json;

namespace Engagement.Replay;

/// <summary>How the file's times are told to the server.</summary>
/// <param name="Shift">Added to every time.</param>
/// <param name="EvenIfStale">Asks for messages however old their occasions are.</param>
internal sealed record Timing(TimeSpan Shift, bool EvenIfStale)
{
    public static readonly Timing AsInFile = new(TimeSpan.Zero, EvenIfStale: false);

    public DateTimeOffset Move(DateTimeOffset time) => time + Shift;

    public DateOnly Move(DateOnly day) => day.AddDays((int)Math.Round(Shift.TotalDays, MidpointRounding.AwayFromZero));
}

/// <summary>Something that happened, on one line of a file; written as a CloudEvent.</summary>
/// <param name="line">The line of the file that tells of it.</param>
/// <param name="time">When it happened, as the file has it.</param>
/// <param name="rank">Its place among events of the same minute.</param>
internal abstract class FileEvent(int line, DateTimeOffset time, int rank)
{
    public int Line => line;

    public DateTimeOffset Time => time;

    /// <summary>Stable, so that a repeated run is recognised.</summary>
    public abstract string Id { get; }

    /// <summary>Events of one group arrive in order.</summary>
    public abstract string Group { get; }

    protected abstract string Source { get; }

    protected abstract string Type { get; }

    public static int InTimeOrder(FileEvent x, FileEvent y) =>
        (x.Time, x.Rank, x.Line).CompareTo((y.Time, y.Rank, y.Line));

    public void Write(Utf8JsonWriter json, Timing timing)
    {
        json.WriteStartObject();
        json.WriteString("specversion"u8, "1.0"u8);
        json.WriteString("id"u8, Id);
        json.WriteString("source"u8, Source);
        json.WriteString("type"u8, Type);
        json.WriteString("time"u8, timing.Move(time).UtcDateTime);
        if (timing.EvenIfStale)
        {
            json.WriteBoolean("evenifstale"u8, true);
        }

        json.WriteString("datacontenttype"u8, "application/json"u8);
        json.WriteStartObject("data"u8);
        WriteData(json, timing);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    protected abstract void WriteData(Utf8JsonWriter json, Timing timing);

    private int Rank => rank;
}
