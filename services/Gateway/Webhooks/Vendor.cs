using System.Security.Cryptography;
using System.Text;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Webhooks.Provider;
using Engagement.Gateway.Webhooks.Shopify;
using Engagement.Gateway.Webhooks.WooCommerce;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Webhooks;

/// <summary>Who sends webhooks, and how they prove it.</summary>
internal abstract class Vendor
{
    /// <summary>What is checked where there is no secret, so that it takes as long.</summary>
    internal static readonly string Dummy = StandardWebhooks.NewSecret();

    public static IReadOnlyList<Vendor> All { get; } = [ShopifyShop.Vendor, WooCommerceShop.Vendor, new CustomShop(), new MailProvider(), new Postmark()];

    public abstract string Name { get; }

    public virtual string SecretHint => "between 8 and 200 characters.";

    public static Vendor? Find(string name) => All.FirstOrDefault(vendor => vendor.Name == name);

    public virtual bool IsSecret(string secret) => true;

    /// <summary>Whether the body was signed with one of the secrets. The work is the same for two secrets, one and none.</summary>
    public bool Verify(HttpRequest request, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets, DateTimeOffset now)
    {
        var valid = false;
        for (var i = 0; i < WebhookSources.MostSecrets; i++)
        {
            var signed = IsSigned(request.Headers, body, i < secrets.Count ? secrets[i] : Dummy, now);
            valid |= signed && i < secrets.Count;
        }

        return valid;
    }

    protected abstract bool IsSigned(IHeaderDictionary headers, ReadOnlySpan<byte> body, string secret, DateTimeOffset now);
}

/// <summary>A shop's own software; the body is CloudEvents, as at <c>/v1/events</c>.</summary>
internal sealed class CustomShop() : SignedByStandard("custom");

/// <summary>Whoever signs by Standard Webhooks.</summary>
internal abstract class SignedByStandard(string name) : Vendor
{
    public override string Name => name;

    public override string SecretHint => "whsec_ and the base64 of 24 to 64 bytes.";

    public override bool IsSecret(string secret) => StandardWebhooks.IsSecret(secret);

    protected override bool IsSigned(IHeaderDictionary headers, ReadOnlySpan<byte> body, string secret, DateTimeOffset now) => StandardWebhooks.Verify(
        [secret], headers[StandardWebhooks.IdHeader], headers[StandardWebhooks.TimestampHeader], headers[StandardWebhooks.SignatureHeader], body,
            now) == WebhookCheck.Valid;
}

/// <summary>A shop system whose webhooks have topics, signed in a header with the base64 of HMAC-SHA256 over the raw body.</summary>
internal sealed class ShopSystem(string name, string signatureHeader, string topicHeader, IReadOnlyList<Topic> topics) : Vendor
{
    private readonly Dictionary<string, Topic> _topics = topics.ToDictionary(topic => topic.Name, StringComparer.OrdinalIgnoreCase);

    public override string Name => name;

    /// <summary>An unsigned form that says only that there is a webhook.</summary>
    public Func<HttpRequest, ReadOnlyMemory<byte>, bool> IsPing { get; init; } = (_, _) => false;

    /// <summary>The signature, by which a webhook that comes again is known; nobody without the secret can make or guess it.</summary>
    public string Signature(HttpRequest request) => request.Headers[signatureHeader].ToString();

    /// <summary>The topics that have an owner.</summary>
    public IEnumerable<string> Owned => topics.Where(topic => topic is { Read: not null, Duty: false }).Select(topic => topic.Name);

    public Topic? TopicOf(HttpRequest request) => Topic(request.Headers[topicHeader].ToString());

    public Topic? Topic(string topic) => _topics.GetValueOrDefault(topic.Trim());

    protected override bool IsSigned(IHeaderDictionary headers, ReadOnlySpan<byte> body, string secret, DateTimeOffset now)
    {
        var expected = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(headers[signatureHeader].ToString()), Encoding.ASCII.GetBytes(expected));
    }
}

/// <summary>What a webhook can be about.</summary>
/// <param name="Read">Finds the facts in it; null where what it tells has no owner yet: it is kept until it has one.</param>
/// <param name="Duty">A person's right to be forgotten or told: it is kept until it is done, and counted. With a reader we do it ourselves.</param>
internal sealed record Topic(string Name, Action<Fields, Findings>? Read = null, bool Duty = false);
