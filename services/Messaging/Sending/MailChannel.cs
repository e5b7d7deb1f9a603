using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Switching;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Sending;

/// <summary>A delivery's payload: the stream of the message to send.</summary>
public sealed record MessageToSend(string Message);

/// <summary>What an attempt found out.</summary>
/// <param name="Address">Where the mail goes, as the id of a guest with that address.</param>
/// <param name="Language">Null where nothing was written.</param>
/// <param name="GoneBy">Where the server says that there is nobody, its status; else null.</param>
/// <param name="MessageId">What it is called, once it is written.</param>
public sealed record Attempted(CustomerId Address, string? Language = null, int TemplateVersion = 0, string? GoneBy = null, string? MessageId = null);

/// <summary>
/// Sends mails: opens the contact, composes, hands over. It composes at the moment of sending, so that nothing personal waits in the
/// clear; while neither the contact nor the template changes, the same message gives the same bytes each time, a repeat included.
/// </summary>
public sealed class MailChannel(
    IDocumentStore store, Vault vault, CustomerIds customers, Writer writer, IMailTransport transport, IOptions<MailOptions> options, PageLinks links,
    TimeProvider clock, IServiceScopeFactory scopes)
    : IDeliveryChannel
{
    public const string KindOfDelivery = "mail";

    /// <summary>Why nothing is sent to a customer whose key is gone.</summary>
    internal const string Erased = "erased";

    /// <summary>Why marketing isn't sent by an installation that can't make links: its reader could not end it.</summary>
    internal const string NoWayOut = "no-way-out";

    /// <summary>The server may have taken the mail and not said so: there is no hurry to risk a second one.</summary>
    private static readonly TimeSpan AfterDoubt = TimeSpan.FromMinutes(15);

    /// <summary>How long a mail's link to its page works.</summary>
    private static readonly TimeSpan PageLasts = TimeSpan.FromDays(180);

    /// <summary>How long a mail's way out works: longer than most people keep their mails.</summary>
    private static readonly TimeSpan WayOutLasts = TimeSpan.FromDays(3 * 365);

    public string Kind => KindOfDelivery;

    public Allowance Allow(int most) => transport.Allow(most);

    public void Begun(int deliveries) => transport.Begun(deliveries);

    public async Task<DeliveryOutcome> AttemptAsync(Delivery delivery, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        await using var session = store.QuerySession(delivery.Tenant);
        var stream = delivery.Read<MessageToSend>().Message;
        var first = session.CreateBatchQuery();
        var (asked, reader, shops, looks) =
            (first.Load<Message>(stream), first.ContactOfAsync(delivery.Tenant, stream), first.SettingsAsync<MessagingSettings>(), first.SettingsAsync<LayoutSettings>());
        await first.Execute(ct);
        var message = await asked;
        if (message is not { State: MessageState.Released, Customer: not null }) return DeliveryOutcome.Refused($"the message is {message?.State.ToString() ?? "unknown"}");
        if (message.Withdrawn is not null) return DeliveryOutcome.Withheld;
        if (await reader is not { } contact) return DeliveryOutcome.Refused("no contact");
        if (await vault.OpenAsync(delivery.Tenant, contact, ct) is not { } details) return DeliveryOutcome.Refused(Erased);
        if (!Mailbox.TryCreate(details.Email, details.Name, out var to)) return DeliveryOutcome.Refused("no usable address");

        var settings = await shops;
        var shop = settings.SenderFor(delivery.Tenant, options.Value);
        var address = customers.ForGuest(delivery.Tenant, to.Address);
        var then = session.CreateBatchQuery();
        var (permissions, whyNot, isStopped, inUse) = (
            then.PermissionsAsync(message, address), then.WhyNotToAsync(address, message.Kind), then.IsSendingStoppedAsync(),
            then.InUseAsync(Writer.WordsFor(message, contact.Language, shop)));
        await then.Execute(ct);
        var (byCustomer, atAddress) = await permissions;
        delivery.Found = new Attempted(address);
        if (await whyNot is { } suppressed) return DeliveryOutcome.Refused(suppressed);
        var situation = new Situation(
            message, byCustomer, atAddress, Pace: null, settings.Rules(), Zones.Of(contact.Zone, shop.Zone), await isStopped);
        if (Gate.Decide(situation with { IsReleased = true }, clock.GetUtcNow()) is not Verdict.Send) return DeliveryOutcome.Withheld;

        if (await ExtrasFor(session, message, ct) is not { } extras) return DeliveryOutcome.Refused(Erased);
        if (extras.Unsubscribe is null && message.Nature == MessageNature.Marketing) return DeliveryOutcome.Refused(NoWayOut);

        var words = await writer.WriteAsync(
            session, message, new Recipient(details.Name, to.Address, contact.Language, contact.Zone), shop, await looks, extras, await inUse, ct);
        var wayOut = message.Nature == MessageNature.Marketing ? extras.Unsubscribe : null;
        var mail = MailFactory.Create(words.Mail, to, shop, message.Key, message.RequestedAt, wayOut);
        delivery.Found = new Attempted(address, words.Language, words.TemplateVersion, MessageId: mail.MessageId);
        MessagingMetrics.Composed(delivery.Tenant, message.Kind);
        var lastLook = LastLook.For(delivery.Tenant, message, address, byCustomer, atAddress);
        bool? mayGo = null;
        try
        {
            return await transport.SendAsync(mail, async token => (mayGo = await delivery.StillMineAsync(lastLook, token)) is true, ct) ? DeliveryOutcome.Delivered
                : mayGo is false ? DeliveryOutcome.Withheld
                : DeliveryOutcome.Lost;
        }
        catch (TemporaryFailure e)
        {
            return DeliveryOutcome.Failed(Describe(e), e.InDoubt ? AfterDoubt : null);
        }
        catch (PermanentFailure e)
        {
            if (e.AboutAddress) delivery.Found = new Attempted(address, GoneBy: e.StatusCode ?? "");
            return DeliveryOutcome.Refused(Describe(e));
        }
    }

    public Task DeliveredAsync(Delivery delivery, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return scopes.Record(delivery, new MessageLeft(delivery.Read<MessageToSend>().Message, FoundBy(delivery)!, done), ct);
    }

    public Task WithheldAsync(Delivery delivery, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return scopes.Record(delivery, new MessageWithheld(delivery.Read<MessageToSend>().Message, FoundBy(delivery)?.Address, done), ct);
    }

    public Task GivenUpAsync(Delivery delivery, string error, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        ArgumentNullException.ThrowIfNull(done);
        return scopes.Record(delivery, new MessageGivenUp(delivery.Read<MessageToSend>().Message, FoundBy(delivery), error, done), ct);
    }

    internal static Attempted? FoundBy(Delivery delivery) => (Attempted?)delivery.Found;

    /// <summary>Null where what a person wrote to the customer is erased.</summary>
    internal async Task<Extras?> ExtrasFor(IQuerySession session, Message message, CancellationToken ct)
    {
        if (message.Test is { } test) return Samples.Extras(test.Language);
        if (message.Data is not IPersonalWords data) return new Extras(Unsubscribe: WayOutOf(message, session.TenantId), Page: PageOf(message, session.TenantId));
        var words = await vault.OpenAsync<PersonalWords>(session.TenantId, new CustomerId(message.Customer!), data.Words, ct);
        return words is null ? null : new Extras(words.Text);
    }

    /// <summary>Where the customer says no to mails like this. By the time of the asking, so that a repeat is the same mail.</summary>
    private Uri? WayOutOf(Message message, string tenant) => Purposes.CanBeRefused(message.Purpose)
        ? links.UrlOf(new PageLink(
            PagePurposes.Preferences, tenant, new PreferencesSubject(new CustomerId(message.Customer!), message.Key).ToString(), message.RequestedAt + WayOutLasts))
        : null;

    /// <summary>Where the customer can look further. By the time of the asking, so that a repeat is the same mail.</summary>
    private Uri? PageOf(Message message, string tenant)
    {
        Uri? To(string purpose, OrderId order) => links.UrlOf(new PageLink(purpose, tenant, order, message.RequestedAt + PageLasts));
        return message.Data switch
        {
            OrderSummary order => To(PagePurposes.Order, order.Order),
            ParcelNews parcel => To(PagePurposes.Order, parcel.Order),
            OrderArrived order => To(PagePurposes.CheckIn, order.Order),
            _ => null,
        };
    }

    private static string Describe(DeliveryException e) => e.ReplyCode is { } code ? $"smtp {code} {e.StatusCode}".TrimEnd() : e.GetType().Name;
}
