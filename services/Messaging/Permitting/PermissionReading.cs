using Engagement.Contracts;

namespace Engagement.Messaging.Permitting;

internal static class PermissionReading
{
    /// <summary>What the customer said, and what was said at the address; one round trip, and none for what can't be refused.</summary>
    public static async Task<(Permission? ByCustomer, Permission? AtAddress)> PermissionsAsync(
        this IQuerySession session, Message message, CustomerId? address, CancellationToken ct)
    {
        if (message is not { Test: null, CustomerId: { } customer } || !Purposes.CanBeRefused(message.Purpose)) return (null, null);
        var keys = new[] { customer, address ?? customer }.Select(Permission.StreamKey).ToArray();
        var found = await session.LoadManyAsync<Permission>(ct, [.. keys.Distinct()]);
        return (found.FirstOrDefault(permission => permission.Id == keys[0]), found.FirstOrDefault(permission => permission.Id == keys[1]));
    }
}

internal static class Zones
{
    /// <summary>The customer's, else the shop's; a name that nobody knows counts as none.</summary>
    public static TimeZoneInfo Of(string? customers, string shops) => Find(customers) ?? Find(shops) ?? TimeZoneInfo.Utc;

    private static TimeZoneInfo? Find(string? id) => id is not null && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : null;
}
