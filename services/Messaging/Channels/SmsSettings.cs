using Engagement.Contracts;
using Engagement.Messaging.Composing;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Channels;

/// <summary>Whom we ask to send texts: the shop's own provider of SMS or chats, or what stands before it.</summary>
/// <param name="Secret">
/// By Standard Webhooks, <c>whsec_…</c>. It is never shown: in answers it is <see cref="IsSet"/>, which in a request keeps the one that is set; stored it is
/// sealed.
/// </param>
public sealed record SmsSettings(string? Url, string? Secret)
{
    public const string IsSet = "set";

    public override string ToString() => "<sms settings>";

    internal static string BoundTo(string tenant) => $"sms\n{tenant}";

    /// <summary>As it is stored.</summary>
    /// <exception cref="Invalid">There is something wrong with it.</exception>
    internal static SmsSettings? Keep(HttpContext context, SmsSettings? given, SmsSettings? before)
    {
        if (given is null) return null;
        var (tenant, services) = (context.Tenant(), context.RequestServices);
        var (box, addresses) = (services.GetRequiredService<SecretBox>(), services.GetRequiredService<PublicAddresses>());
        List<FieldError> errors = [];
        if (addresses.WhyNot(given.Url) is { } rule) errors.Add(new("/sms/url", "invalid", rule));
        var secret = given.Secret is IsSet ? before?.Secret : StandardWebhooks.IsSecret(given.Secret) ? box.Seal(BoundTo(tenant), given.Secret!) : null;
        if (secret is null) errors.Add(new("/sms/secret", "invalid", "whsec_ and base64 of 24 to 64 bytes; 'set' keeps the one that is set."));
        return errors.Count > 0 ? throw new Invalid([.. errors]) : given with { Secret = secret };
    }

    internal SmsSettings Shown() => this with { Secret = Secret is null ? null : IsSet };
}

internal static class ChannelSettings
{
    private static readonly string[] Names = [.. Enum.GetNames<Channel>().Select(name => name.ToLowerInvariant())];

    public static IEnumerable<FieldError> Check(IReadOnlyDictionary<string, IReadOnlyList<string>>? channels)
    {
        foreach (var (kind, list) in channels ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            var known = MessageKinds.All.Where(k => k.Name() == kind).ToArray();
            if (known.Length == 0) yield return new($"/channels/{kind}", "unknown", "No such message.");
            else if (list is not { Count: > 0 } || list.Distinct().Count() < list.Count || list.Except(Names).Any())
                yield return new($"/channels/{kind}", "invalid", $"Some of {string.Join(", ", Names)}, each once, the first choice first.");
            else if (MessageKinds.NatureOf(known[0]) == MessageNature.Marketing && !list.SequenceEqual(["email"]))
                yield return new($"/channels/{kind}", "marketing", "Marketing goes by email alone: other ways have no way out.");
            else if (!Ways.FitsText(known[0]) && list.Contains("sms"))
                yield return new($"/channels/{kind}", "words", "What a person wrote doesn't fit a text: email, phone.");
        }
    }
}
