using Engagement.Contracts;

namespace Engagement.Messaging.Permitting;

internal static class PermissionReading
{
    /// <summary>What the customer said, and what was said at the address; nothing is asked for what can't be refused.</summary>
    public static async Task<(Permission? ByCustomer, Permission? AtAddress)> PermissionsAsync(this IBatchedQuery batch, Message message, CustomerId? address)
    {
        if (message is not { Test: null, CustomerId: { } customer } || !Purposes.CanBeRefused(message.Purpose)) return (null, null);
        var byCustomer = batch.Load<Permission>(Permission.StreamKey(customer));
        var atAddress = address is { } other && other != customer ? batch.Load<Permission>(Permission.StreamKey(other)) : byCustomer;
        return (await byCustomer, await atAddress);
    }
}

internal static class Zones
{
    /// <summary>The customer's, else the shop's; a name that nobody knows counts as none.</summary>
    public static TimeZoneInfo Of(string? customers, string shops) => Find(customers) ?? Find(shops) ?? TimeZoneInfo.Utc;

    private static TimeZoneInfo? Find(string? id) => id is not null && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : null;
}
