namespace Engagement.Bench.Shop;

/// <summary>Adds to the tally of a key: the work of the messages that are counted.</summary>
public sealed record AddToTally(string Key, int By, string Reason);

public sealed record Tally(string Id, long Total, string LastReason);

public static class AddToTallyHandler
{
    public static async Task Handle(AddToTally message, Envelope envelope, IDocumentSession session, Arrivals arrivals, CancellationToken ct)
    {
        var tally = await session.LoadAsync<Tally>(message.Key, ct) ?? new Tally(message.Key, 0, "");
        session.Store(tally with { Total = tally.Total + message.By, LastReason = message.Reason });
        Held.Run(() => arrivals.Add(envelope.ScheduledTime));
    }
}

/// <summary>Adds to the counter of a key, which is a saga.</summary>
public sealed record CountSale(string CounterId, int By, string Reason);

/// <summary>Counts sales, with a version that notices two steps at once.</summary>
public sealed class CounterSaga : Saga
{
    public string Id { get; set; } = "";

    public long Total { get; set; }

    public string LastReason { get; set; } = "";

    public void StartOrHandle(CountSale message, Arrivals arrivals)
    {
        Count(message);
        Held.Run(() => arrivals.Add(null));
    }

    internal CounterSaga Count(CountSale message)
    {
        (Id, Total, LastReason) = (message.CounterId, Total + message.By, message.Reason);
        return this;
    }
}

/// <summary>Costs its handler nothing.</summary>
public sealed record Nothing(int Number);

public static class NothingHandler
{
    public static void Handle(Nothing message, Arrivals arrivals) => Held.Run(() => arrivals.Add(null));
}

/// <summary>Sends one message per key: what a setup multiplies by SQL.</summary>
public sealed record SendTemplates(string[] Keys, DateTimeOffset? Due, bool Empty);

public static class SendTemplatesHandler
{
    public static OutgoingMessages Handle(SendTemplates message)
    {
        var outgoing = new OutgoingMessages();
        foreach (var key in message.Keys)
        {
            object one = message.Empty ? new Nothing(outgoing.Count) : new AddToTally(key, 1, "It was due");
            outgoing.Add(message.Due is { } due ? one.ScheduledAt(due) : one);
        }

        return outgoing;
    }
}
