using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Sending;

/// <summary>A delivery's payload: the stream of the message to send.</summary>
public sealed record MailToSend(string Message);

/// <summary>
/// Sends mails: opens the contact, composes, hands over. It composes at the moment of sending, so that nothing personal waits in the
/// clear; while neither the contact nor the template changes, the same message gives the same bytes each time, a repeat included.
/// </summary>
public sealed class MailChannel(
    IDocumentStore store, Vault vault, Writer writer, IMailTransport transport, IOptions<MailOptions> options, TimeProvider clock) : IDeliveryChannel
{
    public const string KindOfDelivery = "mail";

    /// <summary>The server may have taken the mail and not said so: there is no hurry to risk a second one.</summary>
    private static readonly TimeSpan AfterDoubt = TimeSpan.FromMinutes(15);

    public string Kind => KindOfDelivery;

    public async Task<DeliveryOutcome> AttemptAsync(Delivery delivery, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        await using var session = store.QuerySession(delivery.Tenant);
        var message = await Load(session, delivery, ct);
        if (message is not { State: MessageState.Released, Customer: { } customer }) return DeliveryOutcome.Refused($"the message is {message?.State.ToString() ?? "unknown"}");
        if (await session.LoadAsync<Contact>(customer, ct) is not { } contact) return DeliveryOutcome.Refused("no contact");
        if (await vault.OpenAsync<ContactDetails>(delivery.Tenant, new CustomerId(customer), contact.Details, ct) is not { } details) return DeliveryOutcome.Refused("erased");
        if (!Mailbox.TryCreate(details.Email, details.Name, out var to)) return DeliveryOutcome.Refused("no usable address");

        if (await ExtrasFor(session, message, ct) is not { } extras) return DeliveryOutcome.Refused("erased");
        if (extras.Unsubscribe is null && MessageKinds.NatureOf(message.Kind) == MessageNature.Marketing) return DeliveryOutcome.Refused("no way out");

        var shop = options.Value.SenderOf(delivery.Tenant);
        var words = await writer.WriteAsync(session, message, new Recipient(details.Name, to.Address, contact.Language, contact.Zone), shop, extras, ct);
        var key = new MessageKey(message.Id["message/".Length..]);
        var mail = MailFactory.Create(words, to, shop, key, message.Kind, message.Occasion.Subject, message.RequestedAt);
        MessagingMetrics.Composed(delivery.Tenant, message.Kind);
        try
        {
            return await transport.SendAsync(mail, delivery.StillMineAsync, ct) ? DeliveryOutcome.Delivered : DeliveryOutcome.Lost;
        }
        catch (TemporaryFailure e)
        {
            return DeliveryOutcome.Failed(Describe(e), e.InDoubt ? AfterDoubt : null);
        }
        catch (PermanentFailure e)
        {
            return DeliveryOutcome.Refused(Describe(e));
        }
    }

    public async Task DeliveredAsync(Delivery delivery, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        ArgumentNullException.ThrowIfNull(done);
        await using var session = store.LightweightSession(delivery.Tenant);
        var stream = await session.Events.FetchForWriting<Message>(delivery.Read<MailToSend>().Message, ct);
        var now = clock.GetUtcNow();
        var sent = stream.Aggregate is { State: MessageState.Released } message ? message : null;   // or another instance sent it too, and was first to say so
        if (sent is not null) stream.AppendOne(new MessageSent(MailFactory.IdOf(sent.Kind, sent.Occasion.Subject, options.Value.SenderOf(delivery.Tenant)), now));
        session.QueueSqlCommand(done.Sql, done.Args);
        await session.SaveChangesAsync(ct);
        if (sent is not null) MessagingMetrics.Sent(delivery.Tenant, sent, now);
    }

    public async Task GivenUpAsync(Delivery delivery, string error, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        ArgumentNullException.ThrowIfNull(done);
        await using var session = store.LightweightSession(delivery.Tenant);
        var stream = await session.Events.FetchForWriting<Message>(delivery.Read<MailToSend>().Message, ct);
        var now = clock.GetUtcNow();
        var reason = error == "erased" ? error : "undeliverable";
        var suppressed = stream.Aggregate is { State: MessageState.Released } message ? message : null;
        if (suppressed is not null)
        {
            stream.AppendOne(new MessageSuppressed(reason, now));
            if (reason != "erased") session.Store(new Requesting.StaffTask(stream.Key, reason, suppressed.Customer, suppressed.Occasion.Subject, now));
        }

        session.QueueSqlCommand(done.Sql, done.Args);
        await session.SaveChangesAsync(ct);
        if (suppressed is not null) MessagingMetrics.Suppressed(delivery.Tenant, suppressed.Kind, reason);
    }

    private static async Task<Message?> Load(IQuerySession session, Delivery delivery, CancellationToken ct) =>
        await session.Events.FetchLatest<Message>(delivery.Read<MailToSend>().Message, ct);

    /// <summary>Null where what a person wrote to the customer is erased. Nobody gives marketing a way out yet, so only tests of it are sent.</summary>
    private async Task<Extras?> ExtrasFor(IQuerySession session, Message message, CancellationToken ct)
    {
        if (message.Test is { } test) return Samples.Extras(test.Language);
        if (message.Data is not IPersonalWords data) return new Extras();
        var words = await vault.OpenAsync<PersonalWords>(session.TenantId, new CustomerId(message.Customer!), data.Words, ct);
        return words is null ? null : new Extras(words.Text);
    }

    private static string Describe(DeliveryException e) => e.ReplyCode is { } code ? $"smtp {code} {e.StatusCode}".TrimEnd() : e.GetType().Name;
}
