using Engagement.Carts.Recovery;
using Engagement.Contracts;

namespace Engagement.Carts.Shoppers;

/// <summary>Whoever refuses mails about carts, or is erased, hears no more of any cart.</summary>
public static class CustomerRefusedHandler
{
    public static async Task<OutgoingMessages> Handle(PermissionChanged message, IDocumentSession session, CancellationToken ct) =>
        message is { Granted: false, Purpose: Purpose.Carts, Channel: Channel.Email }
            ? await Stop(message.CustomerId, RecoveryEnd.Refused, message.At, account => message with { CustomerId = account }, session, ct)
            : [];

    public static Task<OutgoingMessages> Handle(CustomerErased message, IDocumentSession session, CancellationToken ct) =>
        Stop(message.CustomerId, RecoveryEnd.Erased, message.Reported.OccurredAt, account => message with { CustomerId = account }, session, ct);

    public static Task<OutgoingMessages> Handle(CustomerDataErased message, IDocumentSession session, CancellationToken ct) =>
        Stop(message.CustomerId, RecoveryEnd.Erased, message.At, account => message with { CustomerId = account }, session, ct);

    internal static (Shopper, IEnumerable<object>) Decide(Shopper shopper, RecoveryEnd reason, DateTimeOffset at) => shopper.StoppedAt >= at
        ? (shopper, [])
        : (shopper with { StoppedAt = at }, [.. shopper.Carts.Select(known => new StopRecovery(known.Cart, reason, at))]);

    private static Task<OutgoingMessages> Stop(
        CustomerId customer, RecoveryEnd reason, DateTimeOffset at, Func<CustomerId, object> of, IDocumentSession session, CancellationToken ct) =>
        session.Remember(customer, shopper => shopper.KnownAs is { } account ? (shopper, [of(account)]) : Decide(shopper, reason, at), ct);
}
