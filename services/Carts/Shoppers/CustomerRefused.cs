using Engagement.Carts.Recovery;
using Engagement.Contracts;

namespace Engagement.Carts.Shoppers;

/// <summary>Whoever refuses mails about carts, or is erased, hears no more of any cart.</summary>
public static class CustomerRefusedHandler
{
    public static async Task<OutgoingMessages> Handle(PermissionChanged message, IDocumentSession session, CancellationToken ct)
    {
        if (message is not { Granted: false, Purpose: Purpose.Carts, Channel: Channel.Email }) return [];
        var shopper = await session.ShopperAsync(message.CustomerId, ct);
        return shopper.KnownAs is { } account
            ? [message with { CustomerId = account }]
            : session.Remember(shopper, Decide(shopper, RecoveryEnd.Refused, message.At));
    }

    public static async Task<OutgoingMessages> Handle(CustomerErased message, IDocumentSession session, CancellationToken ct) =>
        await Erase(message.CustomerId, message.Reported.OccurredAt, account => message with { CustomerId = account }, session, ct);

    public static async Task<OutgoingMessages> Handle(CustomerDataErased message, IDocumentSession session, CancellationToken ct) =>
        await Erase(message.CustomerId, message.At, account => message with { CustomerId = account }, session, ct);

    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, RecoveryEnd reason, DateTimeOffset at) => shopper.StoppedAt >= at
        ? (shopper, [])
        : (shopper with { StoppedAt = at }, [.. shopper.Carts.Select(known => new StopRecovery(known.Cart, reason, at))]);

    private static async Task<OutgoingMessages> Erase(
        CustomerId customer, DateTimeOffset at, Func<CustomerId, object> of, IDocumentSession session, CancellationToken ct)
    {
        var shopper = await session.ShopperAsync(customer, ct);
        return shopper.KnownAs is { } account ? [of(account)] : session.Remember(shopper, Decide(shopper, RecoveryEnd.Erased, at));
    }
}
