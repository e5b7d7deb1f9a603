using Engagement.Contracts;
using Engagement.Messaging.Addresses;
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
        foreach (var known in await session.QueryAsync<Message>(Concerned, ct, customer.Value))
        {
            var stream = await session.Events.FetchForWriting<Message>(known.Id, ct);
            if (stream.Aggregate is not { } message) continue;
            var task = AskStaff.OpenFor(message);
            if (task is { } kind) outgoing.Add(AskStaff.NoMore(message.Key, kind, WithdrawalReason.CustomerErased, now));   // nobody need look for a way
            if (!message.IsOpen) continue;
            var told = Outbox.Suppress(stream, message, MailChannel.Erased, session.TenantId, now).ToArray();
            if (task is null) outgoing.AddRange(told);   // else it was told to have failed
            // An attempt under way asks for its row before it lets go.
            session.QueueSqlCommand($"delete from {MessagingService.Model.Name}.deliveries where tenant = ? and id = ?", session.TenantId, stream.Key);
        }

        return outgoing;
    }

    /// <summary>What has not left, and what staff were asked for because of it; not the rest of a long history. By the index on customer and state.</summary>
    private static string Concerned { get; } =
        $"""
        where d.data ->> 'Customer' = ? and d.data ->> 'State' in ({Quoted(Message.OpenStates.Select(state => state.ToString()))}, 'Suppressed', 'Bounced')
            and (d.data ->> 'State' not in ('Suppressed', 'Bounced')
                or d.data ->> 'Reason' in ({Quoted([AskStaff.Undeliverable, Suppression.Bounced, Suppression.Complained])}))
        """;

    private static string Quoted(IEnumerable<string> values) => string.Join(", ", values.Select(value => $"'{value}'"));
}
