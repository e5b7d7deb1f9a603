namespace Engagement.ProofHost;

/// <summary>Appends to a stream, and sends one of everything: to a handler, a saga, a timer soon, a timer far off, another service.</summary>
public sealed record Pack(string Box, int No);

public sealed record BoxPacked(int No);

public sealed record Box(string Id, IReadOnlyList<int> Nos)
{
    public static Box Create(IEvent<BoxPacked> e) => new(e.StreamKey!, [e.Data.No]);

    public Box Apply(BoxPacked e) => this with { Nos = [.. Nos, e.No] };
}

public sealed record NotePacked(string Box, int No);

public sealed record CountPacked(string TallyId, int No);

public sealed record CheckSoon(string Box, int No);

public sealed record CheckFarOff(string Box, int No);

public sealed record TellElsewhere(string Box, int No);

/// <summary>Ends the process that handles it.</summary>
public sealed record Kill(string Box);

public static class PackHandler
{
    /// <summary>Every fifth fails at its first attempt, after it has done everything.</summary>
    public static async Task<OutgoingMessages> Handle(Pack message, IDocumentSession session, Envelope envelope, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Box>($"box/{message.Box}", ct);
        stream.AppendOne(new BoxPacked(message.No));
        var timers = new OutgoingMessages();
        timers.Delay(new CheckSoon(message.Box, message.No), TimeSpan.FromMilliseconds(20));
        timers.Delay(new CheckFarOff(message.Box, message.No), TimeSpan.FromDays(30));
        if (message.No % 5 == 0 && envelope is { Attempts: 1, Destination: not null })
        {
            await session.SaveChangesAsync(ct);
            throw new InvalidOperationException("The tape is torn.");
        }

        return [new NotePacked(message.Box, message.No), new CountPacked(message.Box, message.No), new TellElsewhere(message.Box, message.No), .. timers];
    }
}

public static class NotePackedHandler
{
    public static void Handle(NotePacked message, IDocumentSession session) => session.Leave("noted", message.No);
}

public static class CheckSoonHandler
{
    public static void Handle(CheckSoon message, IDocumentSession session) => session.Leave("checked", message.No);
}

public static class CheckFarOffHandler
{
    public static void Handle(CheckFarOff message, IDocumentSession session) => session.Leave("checked far off", message.No);
}

public static class KillHandler
{
    public static void Handle(Kill _) => Environment.FailFast("killed by a message");
}

public sealed class TallySaga : Saga
{
    public string Id { get; set; } = "";

    public List<int> Nos { get; set; } = [];

    public void StartOrHandle(CountPacked message) => Nos.Add(message.No);
}

internal static class Left
{
    public const string Table = "create table if not exists effects (id bigserial primary key, grp varchar not null, no integer not null)";

    public static void Leave(this IDocumentSession session, string group, int no) =>
        session.QueueSqlCommand("insert into effects (grp, no) values (?, ?)", group, no);
}
