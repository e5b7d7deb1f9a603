using System.Text.Json.Serialization;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Gateway.Shops;

/// <summary>Puts a new key, of the same name and scopes, beside the old one, which then ends.</summary>
/// <param name="OldExpiresAt">When the old key ends; in 24 hours where it isn't said.</param>
/// <param name="ExpiresAt">When the new one does, if ever.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RotateKey(DateTimeOffset? OldExpiresAt, DateTimeOffset? ExpiresAt);

public static class RotateKeyEndpoint
{
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    public static async Task<Results<Created<ShownKey>, NoSuch>> Handle(
        string shop, string id, RotateKey? body, IDocumentStore store, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (body?.ExpiresAt <= now) throw new Invalid(new FieldError("/expiresAt", "past", "A key expires in the future, or not at all."));
        if (body?.OldExpiresAt < now) throw new Invalid(new FieldError("/oldExpiresAt", "past", "The old key can't have ended before now."));
        await using var session = store.LightweightSession(ApiKeys.Registry);
        if ((await session.KeysOf(shop, ct)).FirstOrDefault(key => key.PublicId() == id) is not { } old) return new NoSuch("key");
        if (!old.IsValid(now)) throw new Rejected("key-ended", "This key has ended: make a new one.");

        var secret = ApiKeys.New();
        var key = ApiKeys.Of(secret, shop, old.Name, now, old.Scopes ?? Scopes.BeforeScopes) with { ExpiresAt = body?.ExpiresAt };
        session.Insert(key);
        session.End(old, nameof(ApiKey.ExpiresAt), Earlier(body?.OldExpiresAt ?? now + Overlap, old.ExpiresAt));
        await session.SaveChangesAsync(ct);
        return TypedResults.Created($"/v1/shops/{shop}/keys/{key.PublicId()}", ShownKey.Of(key, secret: secret));
    }

    /// <summary>Sets one time of a key and nothing else, so that of two changes at once neither is lost.</summary>
    internal static void End(this IDocumentSession session, ApiKey key, string property, DateTimeOffset at) => session.QueueSqlCommand(
        "update gateway.mt_doc_apikey set data = data || jsonb_build_object(?::text, ?::text) where tenant_id = ? and id = ?",
        property, at.ToUniversalTime().ToString("O"), ApiKeys.Registry, key.Id);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset? other) => other < one ? other.Value : one;
}
