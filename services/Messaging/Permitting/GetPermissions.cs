using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Messaging.Permitting;

/// <summary>What a customer permits: every purpose that can be refused, by mail and by SMS.</summary>
public sealed record CustomerPermissions(CustomerId Customer, IReadOnlyList<PermissionNow> Permissions);

/// <param name="Granted">Where nothing was said, what goes for everybody.</param>
/// <param name="Basis">Null where nothing was said.</param>
public sealed record PermissionNow(Purpose Purpose, Channel Channel, bool Granted, PermissionBasis? Basis, DateTimeOffset? At);

public static class GetPermissions
{
    private static readonly Channel[] Shown = [Channel.Email, Channel.Sms];

    public static async Task<Ok<CustomerPermissions>> Handle(string customer, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        var id = new CustomerId(customer.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));   // the one escape that ASP.NET Core leaves in a path
        await using var session = store.QuerySession(context.Tenant());
        return TypedResults.Ok(Of(id, await session.Events.FetchLatest<Permission>(Permission.StreamKey(id), ct)));
    }

    internal static CustomerPermissions Of(CustomerId customer, Permission? permission) => new(customer,
    [
        .. from purpose in Purposes.Refusable
           from channel in Shown
           let word = permission?.On(purpose, channel)
           select new PermissionNow(purpose, channel, word?.Granted ?? !Purposes.NeedsPermission(purpose), word?.Basis, word?.At),
    ]);
}
