using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Requesting;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Reporting;

/// <summary>The clock says: a minute ago a provider told of a mail that nobody knew. It may have been faster than the commit that says that it left.</summary>
public sealed record ReportedEarly(ReportMessage Report) : TimeoutMessage(TimeSpan.FromMinutes(1)), IGrouped
{
    string IGrouped.GroupId => Report.GroupId;
}

/// <summary>A provider tells what became of a message. In any order, and as often as it likes.</summary>
public static class ReportMessageHandler
{
    /// <summary>A provider may be faster than the commit that says that the message left.</summary>
    private static readonly TimeSpan UntilSent = TimeSpan.FromMinutes(1);

    public static Task<OutgoingMessages> Handle(ReportMessage report, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        Record(report, isSecondLook: false, session, clock, ct);

    public static Task<OutgoingMessages> Handle(ReportedEarly early, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(early);
        return Record(early.Report, isSecondLook: true, session, clock, ct);
    }

    private static async Task<OutgoingMessages> Record(
        ReportMessage report, bool isSecondLook, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var tenant = session.TenantId;
        if (await Find(session, report, ct) is not { } key)
        {
            if (!isSecondLook) return [new ReportedEarly(report)];
            AfterCommit.Run(() => MessagingMetrics.ReportUnknown(tenant, report.Fate));
            return [];
        }

        var stream = await session.Events.FetchForWriting<Message>(key, ct);
        var message = stream.Aggregate!;
        if (message.State == MessageState.Released) return [report.DelayedFor(UntilSent)];
        if (Decide(message, report) is not { } told) return [];
        stream.AppendOne(told);
        AfterCommit.Run(() => MessagingMetrics.Reported(tenant, message, told));
        OutgoingMessages outgoing = [.. Follow(message, told, clock.GetUtcNow())];
        if (told is MessageDelivered { At: var at } && message.Address is { } id && new CustomerId(id) is var address
            && await session.LoadAsync<Address>(Address.StreamKey(address), ct) is { SoftBounces: > 0 })
            outgoing.Add(new NoteAddress(address, AddressFate.Reached, null, message.Id, at));
        return outgoing;
    }

    /// <summary>What is new in it, or null.</summary>
    internal static object? Decide(Message message, ReportMessage report) => report.Fate switch
    {
        _ when message.SentAt is null => null,   // it never left
        MessageFate.Delivered => message.DeliveredAt is null ? new MessageDelivered(report.Reported.OccurredAt) : null,
        MessageFate.Complained => message.ComplainedAt is null ? new MessageComplained(report.Reported.OccurredAt) : null,
        MessageFate.Bounced when message.BouncedAt is not null => null,
        MessageFate.Bounced when report.IsPermanent => new MessageBounced(true, report.Code, report.Reported.OccurredAt),
        MessageFate.Bounced => message is { SoftBouncedAt: null, DeliveredAt: null } ? new MessageBounced(false, report.Code, report.Reported.OccurredAt) : null,
        _ => throw new ArgumentOutOfRangeException(nameof(report), report.Fate, "No such fate."),
    };

    /// <summary>What others learn of it: the address, and where the customer still waits for the message a person, and the shop.</summary>
    internal static IEnumerable<object> Follow(Message message, object told, DateTimeOffset now)
    {
        var fate = told switch
        {
            MessageBounced { IsPermanent: true } => AddressFate.Bounced,
            MessageBounced => AddressFate.BouncedSoftly,
            MessageComplained => AddressFate.Complained,
            _ => (AddressFate?)null,
        };
        if (fate is { } known && message.Address is { } address)
            yield return new NoteAddress(new CustomerId(address), known, (told as MessageBounced)?.Code, message.Id, told is MessageBounced bounced ? bounced.At : ((MessageComplained)told).At);
        if (message.Test is not null) yield break;
        var key = message.Key;
        if (told is MessageComplained { At: var at } && message.CustomerId is { } customer)
        {
            yield return new RecordPermission(
                customer, Granted: false, Purposes: null, Channel: null, PermissionBasis.Complaint, Evidence: null, new Reported(at, now), key);
        }

        if (fate != AddressFate.Bounced) yield break;
        if (Suppression.IsOwed(message.Kind)) yield return AskStaff.For(key, StaffTaskKind.Undeliverable, message.CustomerId, message.Occasion, now);
        yield return new MessageFailed(key, message.Kind, message.CustomerId, Suppression.Bounced, now);
    }

    /// <summary>By the mail's own id, else by our key.</summary>
    private static async Task<string?> Find(IQuerySession session, ReportMessage report, CancellationToken ct)
    {
        var id = report.MessageId.Trim('<', '>', ' ');
        var found = await session.QueryAsync<Message>("where d.data ->> 'MessageId' = ? limit 1", ct, id);
        return (found is [var message] ? message : await session.LoadAsync<Message>(Message.StreamKey(new MessageKey(id)), ct))?.Id;
    }
}
