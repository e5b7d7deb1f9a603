using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Settings;
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
    IDocumentStore store, Vault vault, Writer writer, IMailTransport transport, IOptions<MailOptions> options, PageLinks links, IServiceScopeFactory scopes)
    : IDeliveryChannel
{
    public const string KindOfDelivery = "mail";

    /// <summary>Why nothing is sent to a customer whose key is gone.</summary>
    internal const string Erased = "erased";

    /// <summary>The server may have taken the mail and not said so: there is no hurry to risk a second one.</summary>
    private static readonly TimeSpan AfterDoubt = TimeSpan.FromMinutes(15);

    /// <summary>How long a mail's link to its page works.</summary>
    private static readonly TimeSpan PageLasts = TimeSpan.FromDays(180);

    public string Kind => KindOfDelivery;

    public async Task<DeliveryOutcome> AttemptAsync(Delivery delivery, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        await using var session = store.QuerySession(delivery.Tenant);
        var message = await Load(session, delivery, ct);
        if (message is not { State: MessageState.Released, Customer: { } customer }) return DeliveryOutcome.Refused($"the message is {message?.State.ToString() ?? "unknown"}");
        if (await session.LoadAsync<Contact>(customer, ct) is not { } contact) return DeliveryOutcome.Refused("no contact");
        if (await vault.OpenAsync(delivery.Tenant, contact, ct) is not { } details) return DeliveryOutcome.Refused(Erased);
        if (!Mailbox.TryCreate(details.Email, details.Name, out var to)) return DeliveryOutcome.Refused("no usable address");

        if (await ExtrasFor(session, message, ct) is not { } extras) return DeliveryOutcome.Refused(Erased);
        if (extras.Unsubscribe is null && MessageKinds.NatureOf(message.Kind) == MessageNature.Marketing) return DeliveryOutcome.Refused("no way out");

        var shop = await options.Value.SenderOfAsync(session, ct);
        var words = await writer.WriteAsync(session, message, new Recipient(details.Name, to.Address, contact.Language, contact.Zone), shop, extras, ct);
        var mail = MailFactory.Create(words, to, shop, Message.KeyOf(message.Id), message.Kind, message.Occasion.Subject, message.RequestedAt);
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

    public Task DeliveredAsync(Delivery delivery, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return Record(delivery.Tenant, new MailDelivered(delivery.Read<MailToSend>().Message, done), ct);
    }

    public Task GivenUpAsync(Delivery delivery, string error, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        ArgumentNullException.ThrowIfNull(done);
        return Record(delivery.Tenant, new MailGivenUp(delivery.Read<MailToSend>().Message, error, done), ct);
    }

    /// <summary>By a handler, so that what it tells others leaves with its commit.</summary>
    private async Task Record(string tenant, object outcome, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        bus.TenantId = tenant;
        await bus.InvokeAsync(outcome, ct);
    }

    private static async Task<Message?> Load(IQuerySession session, Delivery delivery, CancellationToken ct) =>
        await session.Events.FetchLatest<Message>(delivery.Read<MailToSend>().Message, ct);

    /// <summary>Null where what a person wrote to the customer is erased. Nobody gives marketing a way out yet, so only tests of it are sent.</summary>
    private async Task<Extras?> ExtrasFor(IQuerySession session, Message message, CancellationToken ct)
    {
        if (message.Test is { } test) return Samples.Extras(test.Language);
        if (message.Data is not IPersonalWords data) return new Extras(Page: PageOf(message, session.TenantId));
        var words = await vault.OpenAsync<PersonalWords>(session.TenantId, new CustomerId(message.Customer!), data.Words, ct);
        return words is null ? null : new Extras(words.Text);
    }

    /// <summary>Where the customer can look further. By the time of the asking, so that a repeat is the same mail.</summary>
    private Uri? PageOf(Message message, string tenant) => message.Data is OrderSummary order
        ? links.UrlOf(new PageLink(PagePurposes.Order, tenant, order.Order, message.RequestedAt + PageLasts))
        : null;

    private static string Describe(DeliveryException e) => e.ReplyCode is { } code ? $"smtp {code} {e.StatusCode}".TrimEnd() : e.GetType().Name;
}
