using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Channels;

/// <summary>What the shop's provider is asked to send. <see cref="ToString"/> says nothing personal.</summary>
/// <param name="Id">Our key: by it the provider reports what became of it.</param>
/// <param name="To">By E.164.</param>
public sealed record TextToSend(string Type, string Id, string Kind, string To, string? Name, string Language, string Text)
{
    public override string ToString() => "<text>";
}

/// <summary>
/// Sends texts by a webhook to the shop's provider, signed by Standard Webhooks. Any 2xx is a success; other 4xx than 408 and 429 refuse the message; what else
/// fails is tried again, under the same webhook-id.
/// </summary>
public sealed class SmsChannel(
    IDocumentStore store, Readying readying, CustomerIds customers, SecretBox secrets, Writer writer, PublicAddresses addresses, RealTime real,
    IServiceScopeFactory scopes) : IDeliveryChannel, IDisposable
{
    public const string KindOfDelivery = "sms";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly HttpClient _http = addresses.Client("Engagement-Webhooks/1");

    public string Kind => KindOfDelivery;

    public async Task<DeliveryOutcome> AttemptAsync(Delivery delivery, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        var tenant = delivery.Tenant;
        await using var session = store.QuerySession(tenant);
        var (opened, ended) = await readying.OpenAsync(delivery, session.CreateBatchQuery(), ct);
        if (opened is null) return ended!;
        var (message, contact, details, settings, shop) = opened;
        if (settings.Sms is not { Url: { } url, Secret: { } secret }) return DeliveryOutcome.Refused("no sms provider");

        // An Italian shop's customers write Italian numbers.
        var country = details.Address?.Country is { Length: 2 } home ? home : Languages.Region(contact.Language) ?? (shop.Language == "it" ? "IT" : null);
        if (!PhoneNumber.TryCreate(details.Phone, country, out var number)) return DeliveryOutcome.Refused("no usable number");
        var address = customers.ForPhone(tenant, number);
        (var allowed, ended) = await readying.AllowAsync(session, delivery, opened, address, Channel.Sms, ct);
        if (allowed is null) return ended!;

        if (!Ways.FitsText(message.Kind)) return DeliveryOutcome.Refused("no text");
        if (await readying.ExtrasFor(session, message, ct) is not { } extras) return DeliveryOutcome.Refused(MailChannel.Erased);
        var (text, language, version) = await writer.WriteShortAsync(
            session, message, new Recipient(details.Name, "", contact.Language, contact.Zone), shop, extras, allowed.Words, ct);
        delivery.Found = new Attempted(address, language, version, MessageId: message.Key);
        MessagingMetrics.Composed(tenant, message.Kind);
        using var request = RequestOf(
            tenant, url, secrets.Open(SmsSettings.BoundTo(tenant), secret),
            new TextToSend("message", message.Key, message.Kind.Name(), number, details.Name, language, text));
        return await delivery.StillMineAsync(allowed.LastLook, ct) switch
        {
            true => await _http.DeliverAsync(request, status => status is >= 400 and < 500, real, ct),
            false => DeliveryOutcome.Withheld,
            null => DeliveryOutcome.Lost,
        };
    }

    public Task DeliveredAsync(Delivery delivery, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return scopes.Record(delivery, new MessageLeft(delivery.Read<MessageToSend>().Message, MailChannel.FoundBy(delivery)!, done), ct);
    }

    public Task WithheldAsync(Delivery delivery, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return scopes.Record(delivery, new MessageWithheld(delivery.Read<MessageToSend>().Message, MailChannel.FoundBy(delivery)?.Address, done), ct);
    }

    public Task GivenUpAsync(Delivery delivery, string error, SqlStatement done, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        ArgumentNullException.ThrowIfNull(done);
        return scopes.Record(delivery, new MessageGivenUp(delivery.Read<MessageToSend>().Message, MailChannel.FoundBy(delivery), error, done), ct);
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage RequestOf(string tenant, string url, string secret, TextToSend text)
    {
        var id = $"msg_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant}\n{text.Id}")).AsSpan(0, 16))}";
        return StandardWebhooks.Post(new Uri(url), [secret], id, real.Now, "application/json", JsonSerializer.SerializeToUtf8Bytes(text, Json));
    }
}
