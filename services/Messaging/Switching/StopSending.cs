using System.Text.RegularExpressions;
using Engagement.Contracts;
using Engagement.Messaging.Requesting;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Switching;

/// <summary>A person stops everything that the shop would send, at once: what is owed too.</summary>
public sealed record StopSending(string By, string? Reason) : IGrouped
{
    string IGrouped.GroupId => SendingSwitch.Key;
}

/// <summary>A request's body.</summary>
/// <param name="By">The shop's id of whoever asks: no spaces and no <c>@</c>, for it stands in events.</param>
/// <param name="Reason">Nothing personal.</param>
public sealed partial record SwitchRequest(string? By, string? Reason = null)
{
    private const int LongestReason = 200;

    /// <exception cref="Invalid">Something is wrong with it.</exception>
    public string CheckedBy()
    {
        if (By is null || !Person().IsMatch(By)) throw new Invalid(new FieldError("/by", "invalid", "An id of 1 to 64 letters, digits, '.', '_' and '-'."));
        if (Reason is not null && (Reason.Length > LongestReason || Reason.Any(c => c == '@' || char.IsControl(c))))
            throw new Invalid(new FieldError("/reason", "invalid", $"At most {LongestReason} characters, on one line, and nobody's address."));
        return By;
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex Person();
}

public static class StopSendingEndpoint
{
    public static Task<IResult> Handle(SwitchRequest request, HttpContext context, IMessageBus bus, IDocumentStore store, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        return GetSending.After(new StopSending(request.CheckedBy(), request.Reason), context, bus, store, ct);
    }
}

public static class StopSendingHandler
{
    public static async Task<OutgoingMessages> Handle(StopSending command, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var stream = await session.Events.FetchForWriting<SendingSwitch>(SendingSwitch.Key, ct);
        if (Decide(stream.Aggregate, command, now) is not { } stopped) return [];
        stream.AppendOne(stopped);
        var stops = (stream.Aggregate?.Stops ?? 0) + 1;
        return [new SendingSwitched(true, command.By, now), AskStaff.ToResume(stops, now)];
    }

    /// <summary>Null where it is stopped already.</summary>
    internal static SendingStopped? Decide(SendingSwitch? sending, StopSending command, DateTimeOffset now) =>
        sending is { IsStopped: true } ? null : new SendingStopped(command.By, command.Reason, now);
}
