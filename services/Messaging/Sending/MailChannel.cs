using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;

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
    IDocumentStore store, Readying readying, CustomerIds customers, Writer writer, IMailTransport transport, IServiceScopeFactory scopes) : IDeliveryChannel
{
    public const string KindOfDelivery = "mail";

    /// <summary>Why nothing is sent to a customer whose key is gone.</summary>
    internal const string Erased = "erased";

    /// <summary>Why marketing isn't sent by an installation that can't make links: its reader could not end it.</summary>
    internal const string NoWayOut = "no-way-out";

    /// <summary>The server may have taken the mail and not said so: there is no hurry to risk a second one.</summary>
    private static readonly TimeSpan AfterDoubt = TimeSpan.FromMinutes(15);

    public string Kind => KindOfDelivery;

    public Allowance Allow(int most) => transport.Allow(most);

    public void Begun(int deliveries) => transport.Begun(deliveries);

    public async Task<DeliveryOutcome> AttemptAsync(Delivery delivery, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        await using var session = store.QuerySession(delivery.Tenant);
        var batch = session.CreateBatchQuery();
        var looks = batch.SettingsAsync<LayoutSettings>();
        var (opened, ended) = await readying.OpenAsync(delivery, batch, ct);
        if (opened is null) return ended!;
        var (message, contact, details, _, shop) = opened;
        if (!Mailbox.TryCreate(details.Email, details.Name, out var to)) return DeliveryOutcome.Refused("no usable address");
        var address = customers.ForGuest(delivery.Tenant, to.Address);
        (var allowed, ended) = await readying.AllowAsync(session, delivery, opened, address, Channel.Email, ct);
        if (allowed is null) return ended!;

        if (await readying.ExtrasFor(session, message, ct) is not { } extras) return DeliveryOutcome.Refused(Erased);
        if (extras.Unsubscribe is null && message.Nature == MessageNature.Marketing) return DeliveryOutcome.Refused(NoWayOut);

        var words = await writer.WriteAsync(
            session, message, new Recipient(details.Name, to.Address, contact.Language, contact.Zone), shop, await looks, extras, allowed.Words, ct);
        var wayOut = message.Nature == MessageNature.Marketing ? extras.Unsubscribe : null;
        var mail = MailFactory.Create(words.Mail, to, shop, message.Key, message.RequestedAt, wayOut);
        delivery.Found = new Attempted(address, words.Language, words.TemplateVersion, MessageId: mail.MessageId);
        MessagingMetrics.Composed(delivery.Tenant, message.Kind);
        bool? mayGo = null;
        try
        {
            return await transport.SendAsync(mail, async token => (mayGo = await delivery.StillMineAsync(allowed.LastLook, token)) is true, ct)
                ? DeliveryOutcome.Delivered
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

    private static string Describe(DeliveryException e) => e.ReplyCode is { } code ? $"smtp {code} {e.StatusCode}".TrimEnd() : e.GetType().Name;
}
