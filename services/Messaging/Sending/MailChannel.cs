using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Contacts;
using Engagement.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Sending;

/// <summary>A delivery's payload: the stream of the message to send.</summary>
public sealed record MailToSend(string Message);

/// <summary>
/// Sends mails: opens the contact, composes, hands over. It composes at the moment of sending, so that nothing personal waits in the
/// clear; the same message gives the same bytes each time, a repeat included.
/// </summary>
public sealed class MailChannel(
    IDocumentStore store, IServiceScopeFactory scopes, Vault vault, IMailTransport transport, IOptions<MailOptions> options, TimeProvider clock) : IDeliveryChannel
{
    public const string KindOfDelivery = "mail";

    /// <summary>Why nothing is sent to a customer whose key is gone.</summary>
    internal const string Erased = "erased";

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
        if (await vault.OpenAsync<ContactDetails>(delivery.Tenant, new CustomerId(customer), contact.Details, ct) is not { } details) return DeliveryOutcome.Refused(Erased);
        if (!Mailbox.TryCreate(details.Email, details.Name, out var to)) return DeliveryOutcome.Refused("no usable address");

        var mail = Compose(message, contact, details, to, options.Value.SenderOf(delivery.Tenant));
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
        await using var scope = scopes.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        bus.TenantId = delivery.Tenant;
        await bus.InvokeAsync(new MailGivenUp(delivery.Read<MailToSend>().Message, error, done), ct);
    }

    private static async Task<Message?> Load(IQuerySession session, Delivery delivery, CancellationToken ct) =>
        await session.Events.FetchLatest<Message>(delivery.Read<MailToSend>().Message, ct);

    private static OutgoingMail Compose(Message message, Contact contact, ContactDetails details, Mailbox to, Sender shop)
    {
        var template = Templates.BuiltIn(message.Kind, contact.Language, shop.Language);
        var words = Composer.Compose(template, new Recipient(details.Name, to.Address, contact.Language, contact.Zone), message.Data, shop, message.RequestedAt);
        return MailFactory.Create(words, to, shop, Message.KeyOf(message.Id), message.Kind, message.Occasion.Subject, message.RequestedAt);
    }

    private static string Describe(DeliveryException e) => e.ReplyCode is { } code ? $"smtp {code} {e.StatusCode}".TrimEnd() : e.GetType().Name;
}
