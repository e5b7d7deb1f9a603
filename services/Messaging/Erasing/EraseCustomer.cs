using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Sending;

namespace Engagement.Messaging.Erasing;

/// <summary>
/// Forgets how to reach a customer and lets nothing more go out to them; what is sealed and the mails in files are erased by a delivery. Refusals stay: they are
/// ids and times, and must hold beyond the erasure.
/// </summary>
public static class CustomerErasedHandler
{
    public static async Task<OutgoingMessages> Handle(
        CustomerErased erasure, IDocumentSession session, Erasures erasures, TimeProvider clock, CancellationToken ct)
    {
        var (customer, at, now) = (erasure.CustomerId, erasure.Reported.ReceivedAt, clock.GetUtcNow());
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
            if (stream.Aggregate is not { IsOpen: true } message) continue;
            outgoing.AddRange(Suppress(stream, message, session.TenantId, now));
            // An attempt under way asks for its row before it lets go.
            session.QueueSqlCommand("delete from messaging.deliveries where tenant = ? and id = ?", session.TenantId, stream.Key);
        }

        return outgoing;
    }

    /// <summary>Staff who were to find an address need not look for one.</summary>
    private static IEnumerable<object> Suppress(IEventStream<Message> stream, Message message, string tenant, DateTimeOffset now)
    {
        var told = Outbox.Suppress(stream, message, MailChannel.Erased, tenant, now);
        return message.State == MessageState.HandedToStaff
            ? [AskStaff.NoMore(message.Key, StaffTaskKind.NoAddress, WithdrawalReason.CustomerErased, now)]
            : told;
    }
}
