using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Erasing;

/// <summary>
/// Forgets how to reach a customer and lets nothing more go out to them; what is sealed and the mails in files are erased by a delivery. Refusals stay: they are
/// ids and times, and must hold beyond the erasure.
/// </summary>
public static class CustomerErasedHandler
{
    public static async Task<OutgoingMessages> Handle(
        CustomerErased message, IDocumentSession session, Erasures erasures, TimeProvider clock, CancellationToken ct)
    {
        var (customer, at, now) = (message.CustomerId, message.Reported.ReceivedAt, clock.GetUtcNow());
        if (await session.LoadAsync<ErasedCustomer>(customer, ct) is { } erased && erased.At >= at)
        {
            erasures.BeginAgain(session, new DataToErase(customer, at, at));   // told again: whoever asks is answered, and who has come back meanwhile stays
            return [];
        }

        erasures.Begin(session, new DataToErase(customer, at, now));
        session.Store(new ErasedCustomer(customer, at));
        session.Delete<Contact>(customer);
        OutgoingMessages outgoing = [];
        foreach (var known in await session.QueryAsync<Message>("where d.data ->> 'Customer' = ?", ct, customer.Value))
        {
            if (!known.IsOpen) continue;
            var stream = await session.Events.FetchForWriting<Message>(known.Id, ct);
            if (Decide(stream.Aggregate!, now) is not { } suppressed) continue;
            stream.AppendOne(suppressed.Event);
            outgoing.Add(suppressed.Told);
            // An attempt under way asks for its row before it lets go.
            session.QueueSqlCommand("delete from messaging.deliveries where tenant = ? and id = ?", session.TenantId, stream.Key);
            var (tenant, kind) = (session.TenantId, known.Kind);
            AfterCommit.Run(() => MessagingMetrics.Suppressed(tenant, kind, MailChannel.Erased));
        }

        return outgoing;
    }

    /// <summary>Null where it has left, or will not. Staff who were to find an address need not look for one.</summary>
    internal static (MessageSuppressed Event, object Told)? Decide(Message message, DateTimeOffset now)
    {
        if (!message.IsOpen) return null;
        var key = Message.KeyOf(message.Id);
        return (
            new MessageSuppressed(MailChannel.Erased, now),
            message.State == MessageState.HandedToStaff
                ? AskStaff.NoMore(key, StaffTaskKind.NoAddress, WithdrawalReason.CustomerErased, now)
                : new Contracts.MessageSuppressed(key, message.Kind, message.CustomerId, MailChannel.Erased, now));
    }
}
