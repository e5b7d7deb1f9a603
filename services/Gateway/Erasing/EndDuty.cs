using Engagement.Contracts;
using Engagement.Gateway.Webhooks;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Erasing;

/// <summary>A customer's data are gone: the duty that asked for it is done when the last of the customer's ids is.</summary>
public static class CustomerDataErasedHandler
{
    public static async Task Handle(CustomerDataErased message, IDocumentSession session, ILogger<EraseCustomer> log, CancellationToken ct)
    {
        session.ForgetKeptOf([message.CustomerId]);   // what came in the meantime
        var duties = await session.QueryAsync<KeptWebhook>(
            "where d.data ->> 'DueAt' is not null and d.data -> 'Awaits' @> to_jsonb(?::text)", ct, message.CustomerId.Value);
        foreach (var duty in duties)
        {
            var left = Decide(duty, message);
            if (left == duty) continue;
            if (left is not null)
            {
                session.Store(left);
                continue;
            }

            session.Delete<KeptWebhook>(duty.Id);
            var (shop, vendor, topic) = (session.TenantId, duty.Vendor, duty.Topic);
            AfterCommit.Run(() =>
            {
                GatewayMetrics.Webhook(shop, vendor, topic, "done");
                log.LogInformation("Shop {Shop}: {Vendor}'s {Topic} is done.", shop, vendor, topic);
            });
        }
    }

    /// <summary>What is left of the duty; null where nothing is. An answer to an earlier request doesn't count.</summary>
    internal static KeptWebhook? Decide(KeptWebhook duty, CustomerDataErased erased)
    {
        if (erased.At < duty.ReceivedAt || duty.Awaits?.Contains(erased.CustomerId) != true) return duty;
        CustomerId[] left = [.. duty.Awaits.Where(customer => customer != erased.CustomerId)];
        return left.Length == 0 ? null : duty with { Awaits = left };
    }
}
