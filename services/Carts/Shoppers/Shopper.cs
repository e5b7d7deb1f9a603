using System.Text.Json.Serialization;
using Engagement.Carts.Recovery;
using Engagement.Contracts;

namespace Engagement.Carts.Shoppers;

/// <summary>What Carts remembers of a customer, so that an order ends the care for all of the customer's carts, and counts for one of them. Ids only.</summary>
public sealed record Shopper(string Id)
{
    private const int MostKept = 20;

    public IReadOnlyList<ShopperCart> Carts { get; init; } = [];

    public IReadOnlyList<ShopperOrder> Orders { get; init; } = [];

    public IReadOnlyList<SentReminder> Sent { get; init; } = [];

    /// <summary>Orders that were cancelled: they count for nothing, even where the cancellation is heard of first.</summary>
    public IReadOnlyList<OrderId> Cancelled { get; init; } = [];

    /// <summary>The account that a guest turned out to be: there everything is decided, and whatever is told of the guest is passed on.</summary>
    public CustomerId? KnownAs { get; init; }

    [JsonIgnore]
    public CustomerId CustomerId => new(Id);

    /// <summary>When the customer last refused mails about carts, or was erased.</summary>
    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>Nothing is remembered that anybody else would have to know.</summary>
    [JsonIgnore]
    internal bool IsUnheardOf => Carts.Count + Orders.Count + Sent.Count + Cancelled.Count == 0 && StoppedAt is null;

    /// <summary>Whether something came after a cart's last activity that ends the care for it.</summary>
    public bool HasStopped(CartId cart, DateTimeOffset lastActivity) =>
        StoppedAt >= lastActivity || Orders.Any(order => order.At >= lastActivity)
            || Carts.Any(other => other.Cart != cart && !other.IsEmpty && other.SeenAt > lastActivity);

    /// <summary>A guest's, and the account's that it turned out to be, which has the guest's carts.</summary>
    public Shopper And(Shopper account) => account with { Orders = [.. account.Orders, .. Orders], StoppedAt = new[] { StoppedAt, account.StoppedAt }.Max() };

    public Shopper With(ShopperCart cart) => this with
    {
        Carts = [.. Carts.Where(known => known.Cart != cart.Cart).Append(cart).OrderBy(known => known.SeenAt).TakeLast(MostKept)],
    };

    public Shopper Without(CartId goneOver) => this with { Carts = [.. Carts.Where(known => known.Cart != goneOver)] };

    public Shopper With(ShopperOrder order) => this with
    {
        Orders = [.. Orders.Where(known => known.Order != order.Order).Append(order).OrderBy(known => known.At).TakeLast(MostKept)],
    };

    public Shopper Without(OrderId cancelled) => this with { Cancelled = [.. Cancelled.Append(cancelled).TakeLast(MostKept)] };

    public Shopper With(SentReminder sent) => this with
    {
        Sent = [.. Sent.Append(sent).OrderBy(known => known.At).ThenBy(known => known.Cart.Value, StringComparer.Ordinal).TakeLast(MostKept)],
    };

    /// <summary>The cart that an order counts for: the one last written about within the window, else the one that the shop names.</summary>
    public CartId? ClaimTo(OrderId order, DateTimeOffset at, CartId? named, TimeSpan window) => Cancelled.Contains(order)
        ? null
        : Sent.LastOrDefault(sent => sent.At <= at && at <= sent.At + window)?.Cart ?? named;
}

/// <param name="SeenAt">When the customer began with it, or came back to it.</param>
/// <param name="IsEmpty">It was emptied since, without an order: it is newer than none.</param>
public sealed record ShopperCart(CartId Cart, DateTimeOffset SeenAt, bool IsEmpty = false);

/// <param name="Named">The cart that the shop says was ordered.</param>
/// <param name="CountsFor">The cart that has the best claim to it, if any was won back.</param>
public sealed record ShopperOrder(OrderId Order, CartId? Named, Money Total, CartId? CountsFor, Reported Reported)
{
    public DateTimeOffset At => Reported.OccurredAt;

    public NoteOrder ToNote(CartId cart, CustomerId customer, IReadOnlyList<OrderLine>? lines = null) =>
        new(cart, Order, customer, Total, lines ?? [], Named, CountsFor == cart, Reported);
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

    /// <summary>As <see cref="ShopperAsync"/>, with what is known of the account that a guest turned out to be.</summary>
    public static async Task<Shopper> WholeShopperAsync(this IQuerySession session, CustomerId id, CancellationToken ct)
    {
        var shopper = await session.ShopperAsync(id, ct);
        return shopper.KnownAs is { } account ? shopper.And(await session.ShopperAsync(account, ct)) : shopper;
    }

    /// <summary>Decides on a customer, stores what has changed, and gives what follows.</summary>
    public static async Task<OutgoingMessages> Remember(
        this IDocumentSession session, CustomerId id, Func<Shopper, (Shopper After, IEnumerable<object> Messages)> decide, CancellationToken ct)
    {
        var before = await session.ShopperAsync(id, ct);
        var (after, messages) = decide(before);
        if (!ReferenceEquals(before, after)) session.Store(after);
        return [.. messages];
    }
}
