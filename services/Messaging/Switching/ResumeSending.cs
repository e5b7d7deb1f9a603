using Engagement.Contracts;
using Engagement.Messaging.Requesting;

namespace Engagement.Messaging.Switching;

/// <summary>A person lets the shop's messages go on.</summary>
public sealed record ResumeSending(string By) : IGrouped
{
    string IGrouped.GroupId => SendingSwitch.Key;
}

public static class ResumeSendingEndpoint
{
    public static Task<IResult> Handle(SwitchRequest request, HttpContext context, IMessageBus bus, IDocumentStore store, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        return GetSending.After(new ResumeSending(request.CheckedBy()), context, bus, store, ct);
    }
}

public static class ResumeSendingHandler
{
    public static async Task<OutgoingMessages> Handle(ResumeSending command, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var stream = await session.Events.FetchForWriting<SendingSwitch>(SendingSwitch.Key, ct);
        if (Decide(stream.Aggregate, command, now) is not { } resumed) return [];
        stream.AppendOne(resumed);
        return [new SendingSwitched(false, command.By, now), AskStaff.Resumed(stream.Aggregate!.Stops, now), new LetHeldGo(stream.Aggregate.Stops)];
    }

    /// <summary>Null where nothing is stopped.</summary>
    internal static SendingResumed? Decide(SendingSwitch? sending, ResumeSending command, DateTimeOffset now) =>
        sending is { IsStopped: true } ? new SendingResumed(command.By, now) : null;
}
