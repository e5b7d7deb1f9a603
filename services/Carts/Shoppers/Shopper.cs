using Engagement.Contracts;

namespace Engagement.Carts.Shoppers;

/// <summary>What Carts remembers of a customer, so that an order ends the care for all of the customer's carts, and counts for one of them. Ids only.</summary>
public sealed record Shopper(string Id)
{
    private const int MostKept = 20;

    public IReadOnlyList<ShopperCart> Carts { get; init; } = [];

    public IReadOnlyList<ShopperOrder> Orders { get; init; } = [];

    public IReadOnlyList<SentReminder> Sent { get; init; } = [];

    /// <summary>When the customer last refused mails about carts, or was erased.</summary>
    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>Whether something came after a cart's last activity that ends the care for it.</summary>
    public bool HasStopped(CartId cart, DateTimeOffset lastActivity) =>
        StoppedAt >= lastActivity || Orders.Any(order => order.At >= lastActivity) || Carts.Any(other => other.Cart != cart && other.SeenAt > lastActivity);

    public Shopper With(ShopperCart cart) => this with
    {
        Carts = [.. Carts.Where(known => known.Cart != cart.Cart).Append(cart).OrderBy(known => known.SeenAt).TakeLast(MostKept)],
    };

    public Shopper With(ShopperOrder order) => this with
    {
        Orders = [.. Orders.Where(known => known.Order != order.Order).Append(order).OrderBy(known => known.At).TakeLast(MostKept)],
    };

    public Shopper With(SentReminder sent) => this with { Sent = [.. Sent.Append(sent).OrderBy(known => known.At).TakeLast(MostKept)] };
}

/// <param name="SeenAt">When the customer began with it, or came back to it.</param>
public sealed record ShopperCart(CartId Cart, DateTimeOffset SeenAt);

/// <param name="Claimed">It counts for a cart already.</param>
public sealed record ShopperOrder(OrderId Order, CartId? Cart, Money Total, bool Claimed, Reported Reported)
{
    public DateTimeOffset At => Reported.OccurredAt;
}

public sealed record SentReminder(CartId Cart, int Number, int Step, DateTimeOffset At);

/// <summary>What Carts says to itself of one customer: handled in turn with the customer's orders and messages.</summary>
public interface IShopperMessage : IGrouped
{
    CustomerId CustomerId { get; }

    string IGrouped.GroupId => $"customer/{CustomerId.Value}";
}

internal static class Shoppers
{
    public static async Task<Shopper> ShopperAsync(this IQuerySession session, CustomerId id, CancellationToken ct) =>
        await session.LoadAsync<Shopper>(id, ct) ?? new Shopper(id.Value);

    /// <summary>Stores what has changed, and gives what follows.</summary>
    public static OutgoingMessages Remember(this IDocumentSession session, Shopper before, (Shopper After, IEnumerable<object> Messages) decided)
    {
        if (!ReferenceEquals(before, decided.After)) session.Store(decided.After);
        return [.. decided.Messages];
    }
}
