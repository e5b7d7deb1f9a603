using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Erasing;

/// <summary>
/// Erases what no transaction of ours can reach: the customer's key, in its own database, and with it everything sealed; and the mails that lie in files. Twice:
/// another process may use the key for a while, and an attempt that was under way may still write its mail.
/// </summary>
public sealed class ErasureChannel(IDocumentStore store, Vault vault, IMailTransport transport, IServiceScopeFactory scopes, ILogger<ErasureChannel> log)
    : IDeliveryChannel
{
    public const string KindOfDelivery = "erasure";

    public string Kind => KindOfDelivery;

    public async Task<DeliveryOutcome> AttemptAsync(Delivery delivery, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        var erasing = delivery.Read<DataToErase>();
        await using var session = store.QuerySession(delivery.Tenant);
        // Who has come back meanwhile has a key of their own; the erased one never comes back.
        if (!erasing.Again || await session.LoadAsync<Contact>(erasing.Customer, ct) is null)
            await vault.EraseAsync(delivery.Tenant, new CustomerId(erasing.Customer), ct);
        if (transport is EmlFolder folder) folder.Erase(await MailsOf(session, erasing, ct));
        return DeliveryOutcome.Delivered;
    }

    public Task DeliveredAsync(Delivery delivery, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return scopes.Record(delivery, new ErasurePassed(delivery.Read<DataToErase>(), done), ct);
    }

    /// <summary>It is owed, so it is never given up: from the beginning, in a while.</summary>
    public Task GivenUpAsync(Delivery delivery, string error, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        log.LogError("Shop {Shop}: a customer's data could not be erased in {Attempts} attempts ({Error}); it is tried again.", delivery.Tenant, delivery.Attempt, error);
        return scopes.Record(delivery, new ErasureFailed(delivery.Read<DataToErase>(), done), ct);
    }

    private static async Task<IReadOnlySet<string>> MailsOf(IQuerySession session, DataToErase erasing, CancellationToken ct) =>
        (await session.QueryAsync<Message>("where d.data ->> 'Customer' = ?", ct, erasing.Customer))
        .Where(message => message.RequestedAt <= erasing.RequestedUntil)
        .Select(message => MessageId.For(message.Key, session.TenantId, domain: ""))
        .ToHashSet();
}
