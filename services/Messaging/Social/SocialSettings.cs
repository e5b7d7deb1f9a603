using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Social;

/// <summary>Where a shop's posts go.</summary>
/// <param name="Url">Of the shop's webhook that posts; none, and nothing can be planned.</param>
/// <param name="Secret">Its signatures'. Kept sealed; shown as <c>set</c>, and left out or <c>set</c> it stays as it is.</param>
/// <param name="RemindAfterDays">Without a post for so long, staff are reminded; 0 is never.</param>
public sealed record SocialSettings(string? Url, string? Secret, int? RemindAfterDays) : ISettings
{
    private const string Set = "set";
    private const int DefaultDays = 7;
    private const int MostDays = 365;

    public SocialSettings() : this(null, null, null)
    {
    }

    public static string StreamKey => $"{ShopSettings.Key}/social";

    public IEnumerable<FieldError> Check()
    {
        if (Secret is not (null or Set) && !StandardWebhooks.IsSecret(Secret))
            yield return new("/secret", "invalid", $"{StandardWebhooks.SecretPrefix} and 24 to 64 bytes in base64.");
        if (RemindAfterDays is < 0 or > MostDays) yield return new("/remindAfterDays", "invalid", $"0 (never) to {MostDays} days.");
    }

    /// <summary>When staff are reminded of a silence; null for never.</summary>
    public DateTimeOffset? RemindAt(DateTimeOffset since) =>
        Url is not null && (RemindAfterDays ?? DefaultDays) is > 0 and var days ? since.AddDays(days) : null;

    /// <summary>What a sealed secret is bound to.</summary>
    internal static string SecretOf(string tenant) => $"social webhook\n{tenant}";

    internal static SocialSettings Shown(HttpContext context, SocialSettings known) => known with
    {
        Secret = known.Secret is null ? null : Set,
        RemindAfterDays = known.RemindAfterDays ?? DefaultDays,
    };

    /// <summary>The secret is sealed, or stays as it is, and goes with the address.</summary>
    internal static async Task<SocialSettings> KeepAsync(HttpContext context, SocialSettings given, SocialSettings known)
    {
        var services = context.RequestServices;
        if (given.Url is not null && services.GetRequiredService<PublicAddresses>().WhyNot(given.Url) is { } rule)
            throw new Invalid(new FieldError("/url", "invalid", rule));
        var (box, bound) = (services.GetRequiredService<SecretBox>(), SecretOf(context.Tenant()));
        var isNew = given.Secret is not (null or Set) && (known.Secret is null || box.Open(bound, known.Secret) != given.Secret);
        var secret = given.Url is null ? null : isNew ? box.Seal(bound, given.Secret!) : known.Secret;
        if (given.Url is not null && secret is null) throw new Invalid(new FieldError("/secret", "required", "That of the webhook's signatures."));
        var bus = services.GetRequiredService<IMessageBus>();
        bus.TenantId = context.Tenant();
        await bus.PublishAsync(new SocialSettingsSettled());
        return given with { Secret = secret };
    }
}
