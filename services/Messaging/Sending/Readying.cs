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

/// <summary>
/// What every way of sending a message begins with. It is done at the moment of sending, so that nothing personal waits in the clear. Thread-safe.
/// </summary>
public sealed class Readying(Vault vault, PageLinks links, IOptions<MailOptions> options, TimeProvider clock)
{
    /// <summary>How long a mail's link to its page works.</summary>
    private static readonly TimeSpan PageLasts = TimeSpan.FromDays(180);

    /// <summary>How long a mail's way out works: longer than most people keep their mails.</summary>
    private static readonly TimeSpan WayOutLasts = TimeSpan.FromDays(3 * 365);

    /// <summary>Loads the message and opens its contact; else what the attempt comes to.</summary>
    /// <param name="batch">With what else the attempt asks for; it is executed here.</param>
    internal async Task<(Opened? Opened, DeliveryOutcome? Ended)> OpenAsync(Delivery delivery, IBatchedQuery batch, CancellationToken ct)
    {
        var stream = delivery.Read<MessageToSend>().Message;
        var (asked, reader, shops) = (batch.Load<Message>(stream), batch.ContactOfAsync(delivery.Tenant, stream), batch.SettingsAsync<MessagingSettings>());
        await batch.Execute(ct);
        var message = await asked;
        if (message is not { State: MessageState.Released, Customer: not null })
            return (null, DeliveryOutcome.Refused($"the message is {message?.State.ToString() ?? "unknown"}"));
        if (message.Withdrawn is not null) return (null, DeliveryOutcome.Withheld);
        if (await reader is not { } contact) return (null, DeliveryOutcome.Refused("no contact"));
        if (await vault.OpenAsync(delivery.Tenant, contact, ct) is not { } details) return (null, DeliveryOutcome.Refused(MailChannel.Erased));
        var settings = await shops;
        return (new(message, contact, details, settings, settings.SenderFor(delivery.Tenant, options.Value)), null);
    }

    /// <summary>Asks whether the message may go there now; else what the attempt comes to.</summary>
    /// <param name="address">Where it goes, as the id of a guest.</param>
    internal async Task<(Allowed? Allowed, DeliveryOutcome? Ended)> AllowAsync(
        IQuerySession session, Delivery delivery, Opened opened, CustomerId address, Channel channel, CancellationToken ct)
    {
        var (message, contact, _, settings, shop) = opened;
        delivery.Found = new Attempted(address);
        var batch = session.CreateBatchQuery();
        var (permissions, whyNot, isStopped, inUse) = (
            batch.PermissionsAsync(message, address), batch.WhyNotToAsync(address, message.Kind), batch.IsSendingStoppedAsync(),
            batch.InUseAsync(Writer.WordsFor(message, contact.Language, shop)));
        await batch.Execute(ct);
        if (await whyNot is { } suppressed) return (null, DeliveryOutcome.Refused(suppressed));
        var (byCustomer, atAddress) = await permissions;
        var situation = new Situation(message, byCustomer, atAddress, Pace: null, settings.Rules(), Zones.Of(contact.Zone, shop.Zone), await isStopped)
        {
            IsReleased = true, Channel = channel,
        };
        if (Gate.Decide(situation, clock.GetUtcNow()) is not Verdict.Send) return (null, DeliveryOutcome.Withheld);
        return (new(await inUse, LastLook.For(delivery.Tenant, message, address, byCustomer, atAddress)), null);
    }

    /// <summary>Null where what a person wrote to the customer is erased.</summary>
    internal async Task<Extras?> ExtrasFor(IQuerySession session, Message message, CancellationToken ct)
    {
        if (message.Test is { } test) return Samples.Extras(test.Language);
        var tenant = session.TenantId;
        if (message.Data is not IPersonalWords data) return new Extras(Unsubscribe: WayOutOf(message, tenant), Page: PageOf(message, tenant));
        var words = await vault.OpenAsync<PersonalWords>(tenant, new CustomerId(message.Customer!), data.Words, ct);
        return words is null ? null : new Extras(words.Text);
    }

    /// <summary>Where the customer says no to mails like this. By the time of the asking, so that a repeat is the same mail.</summary>
    private Uri? WayOutOf(Message message, string tenant) => Purposes.CanBeRefused(message.Purpose)
        ? links.UrlOf(new PageLink(
            PagePurposes.Preferences, tenant, new PreferencesSubject(new CustomerId(message.Customer!), message.Key).ToString(),
            message.RequestedAt + WayOutLasts))
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
}

/// <summary>A message that waits to leave, and whom it goes to. <see cref="ToString"/> says nothing personal.</summary>
internal sealed record Opened(Message Message, Contact Contact, ContactDetails Details, MessagingSettings Settings, Sender Shop)
{
    public override string ToString() => "<opened>";
}

/// <summary>A message that may go.</summary>
/// <param name="Words">Those that it is written in.</param>
/// <param name="LastLook">What is asked just before the point of no return.</param>
internal sealed record Allowed(WordsInUse Words, SqlStatement LastLook);
