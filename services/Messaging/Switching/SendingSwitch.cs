using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Switching;

/// <summary>Whether a shop's messages are stopped, all of them; its stream key is <c>sending</c>.</summary>
public sealed record SendingSwitch(string Id)
{
    public const string Key = "sending";

    public bool IsStopped { get; init; }

    public string? By { get; init; }

    public string? Reason { get; init; }

    /// <summary>Since when it is so.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>How often it was stopped.</summary>
    public int Stops { get; init; }

    public static SendingSwitch Create(IEvent<SendingStopped> e) => new SendingSwitch(e.StreamKey!).Apply(e.Data);

    public SendingSwitch Apply(SendingStopped e) => this with { IsStopped = true, By = e.By, Reason = e.Reason, At = e.At, Stops = Stops + 1 };

    public SendingSwitch Apply(SendingResumed e) => this with { IsStopped = false, By = e.By, Reason = null, At = e.At };
}

/// <param name="By">The shop's id of the person who did it.</param>
/// <param name="Reason">Nothing personal.</param>
public sealed record SendingStopped(string By, string? Reason, DateTimeOffset At);

public sealed record SendingResumed(string By, DateTimeOffset At);

public static class SendingSwitchReading
{
    /// <summary>Whether nothing may leave: to be asked where something is taken, and by <see cref="MayGo"/> just before it leaves.</summary>
    public static async Task<bool> IsSendingStoppedAsync(this IQuerySession session, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        return await session.Events.FetchLatest<SendingSwitch>(SendingSwitch.Key, ct) is { IsStopped: true };
    }

    /// <summary>The same, with what else the batch asks for.</summary>
    public static async Task<bool> IsSendingStoppedAsync(this IBatchedQuery batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return await batch.Load<SendingSwitch>(SendingSwitch.Key) is { IsStopped: true };
    }

    /// <summary>The condition of the shop's switch at the point of no return, for <see cref="Delivery.StillMineAsync(SqlStatement, CancellationToken)"/>.</summary>
    public static SqlStatement MayGo(string tenant) => new(
        $"not exists (select from {MessagingService.Model.Name}.mt_doc_sendingswitch s where s.tenant_id = ? and s.id = '{SendingSwitch.Key}' and s.data ->> 'IsStopped' = 'true')",
        tenant);
}
