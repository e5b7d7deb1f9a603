using Engagement.Messaging.Contacts;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Settings;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Reading;

/// <summary>How to write for a customer, and in whose name; nothing personal. For customers' pages, not for shops.</summary>
/// <param name="Language">Null where nobody said; then the shop's is next.</param>
public sealed record Reader(string? Language, string? Zone, string ShopName, string ShopLanguage, string ShopZone);

public static class GetReader
{
    public static async Task<Ok<Reader>> Handle(
        string? customer, HttpContext context, IDocumentStore store, IOptions<MailOptions> options, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        var contact = customer is null ? null : await session.LoadAsync<Contact>(customer, ct);
        var shop = await options.Value.SenderOfAsync(session, ct);
        return TypedResults.Ok(new Reader(contact?.Language, contact?.Zone, shop.Name, shop.Language, shop.Zone));
    }
}
