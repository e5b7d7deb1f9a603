using Engagement.Contracts;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Contacts;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Requesting;

/// <summary>Takes a message once, however often it is asked for, and sends it as soon as its customer can be reached.</summary>
public static class SendMessageHandler
{
    public static async Task<OutgoingMessages> Handle(SendMessage message, IDocumentSession session, Outbox outbox, TimeProvider clock, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Message>(Message.StreamKey(message.Key), ct);
        var now = clock.GetUtcNow();
        OutgoingMessages outgoing = [];
        switch (stream.Aggregate)
        {
            case null:
                stream.AppendOne(new MessageRequested(message.Kind, message.CustomerId, message.Occasion, message.Data, now));
                break;
            case { State: MessageState.HandedToStaff, Reason: AskStaff.UnknownCustomer } when message.CustomerId is { } found:
                stream.AppendOne(new MessageCustomerFound(found, message.Data, now));
                outgoing.Add(AskStaff.NoMore(message.Key, StaffTaskKind.UnknownCustomer, WithdrawalReason.CustomerFound, now));
                break;
            default:
                return outgoing;   // asked for again
        }

        var contact = message.CustomerId is { } customer ? await session.LoadAsync<Contact>(customer, ct) : null;
        var way = await session.WayToAsync(message.Kind, contact, ct);
        switch (Decide(message, way, now))
        {
            case Fate.Stale:
                stream.AppendOne(new MessageSuppressed("stale", now));
                AfterCommit.Run(() => MessagingMetrics.Suppressed(session.TenantId, message.Kind, "stale"));
                return [.. outgoing, new Contracts.MessageSuppressed(message.Key, message.Kind, message.CustomerId, "stale", now)];
            case Fate.Release:
                outbox.Release(session, stream, now, way!.Value);
                return outgoing;
            case Fate.HandToStaff:
                return [.. outgoing, .. Outbox.HandToStaff(stream, message.Kind, message.Occasion, message.CustomerId, StaffTaskKind.UnknownCustomer, now)];
            case Fate.Wait:
                return [.. outgoing, new ContactPatienceEnded(message.Key, message.CustomerId!.Value)];
            default:
                throw new InvalidOperationException("A message has no other fate.");
        }
    }

    internal static Fate Decide(SendMessage message, Channel? way, DateTimeOffset now) =>
        !message.Occasion.EvenIfStale && now - message.Occasion.OccurredAt > Freshness ? Fate.Stale
        : message.CustomerId is null ? Fate.HandToStaff
        : way is Channel.Email or Channel.Sms ? Fate.Release   // a person is not asked to call before a better way had its time
        : Fate.Wait;

    /// <summary>An occasion older than this is not written about.</summary>
    internal static readonly TimeSpan Freshness = TimeSpan.FromHours(72);

    internal enum Fate
    {
        Stale,
        Release,
        HandToStaff,
        Wait,
    }
}
