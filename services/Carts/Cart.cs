using System.Text.Json.Serialization;
using Engagement.Contracts;

namespace Engagement.Carts;

/// <summary>A thing that was told, and as of when: what is older never replaces what is newer; of the same time what was received later holds.</summary>
public sealed record Told<T>(T Value, DateTimeOffset At, DateTimeOffset? HeardAt = null);

/// <summary>
/// A cart as it is now; its stream key is <c>cart/{id}</c>. Facts come in any order, and each has its time: the same facts give the same cart in whichever
/// order they come.
/// </summary>
public sealed record Cart(string Id)
{
    private const string Prefix = "cart/";

    /// <summary>A shop may tell an order a little before the last steps of its checkout.</summary>
    internal static readonly TimeSpan CheckoutEnds = TimeSpan.FromMinutes(10);

    private const int MostKept = 5;
    private const int MostSteps = 20;

    [JsonIgnore]
    public CartId Key => new(Id[Prefix.Length..]);

    public Told<string>? Customer { get; init; }

    public Told<string>? Language { get; init; }

    public Told<Uri>? Url { get; init; }

    /// <summary>What the customer has given, by name.</summary>
    public IReadOnlyList<string> Given { get; init; } = [];

    public Contents Contents { get; init; } = Contents.None;

    /// <summary>When something was put in, taken out or told of it, last.</summary>
    public DateTimeOffset? ContentsAt { get; init; }

    /// <summary>The steps of the checkout, each when it was last reached, in the order of those times.</summary>
    public IReadOnlyList<Told<string>> Steps { get; init; } = [];

    /// <summary>The newest of what counts as activity.</summary>
    public Reported? Last { get; init; }

    /// <summary>The first activity, or the first after an order that it was gone on with after.</summary>
    public DateTimeOffset? BegunAt { get; init; }

    /// <summary>As of when what was in it is bought.</summary>
    public DateTimeOffset? BoughtAt { get; init; }

    /// <summary>When its customer ordered without a word of which cart.</summary>
    public DateTimeOffset? OrderedAt { get; init; }

    /// <summary>When its customer ordered another cart.</summary>
    public DateTimeOffset? OrderedElsewhereAt { get; init; }

    /// <summary>The carts that were merged into this one, last.</summary>
    public IReadOnlyList<Told<string>> Merges { get; init; } = [];

    public DateTimeOffset? MergedAt { get; init; }

    /// <summary>The cart that it went on in.</summary>
    public CartId? MergedInto { get; init; }

    /// <summary>Whose the cart is that it went on in.</summary>
    public CustomerId? GoesOnWith { get; init; }

    /// <summary>As of when its customer has a newer cart: the first one since the last activity.</summary>
    public DateTimeOffset? NewerAt { get; init; }

    public IReadOnlyList<CustomerOrdered> Orders { get; init; } = [];

    /// <summary>The times that it was left, the last five.</summary>
    public IReadOnlyList<Abandonment> Abandonments { get; init; } = [];

    [JsonIgnore]
    public CustomerId? CustomerId => Customer is { } customer ? new CustomerId(customer.Value) : null;

    /// <summary>When something was in it that can be left behind, since there was nothing.</summary>
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>Where in the checkout the customer is; null before the first step, and after the last.</summary>
    [JsonIgnore]
    public string? Step => Steps.Count > 0 && !Ends(OrderedAt, Steps[^1].At) ? Steps[^1].Value : null;

    [JsonIgnore]
    public Abandonment? Abandonment => Abandonments.Count > 0 ? Abandonments[^1] : null;

    [JsonIgnore]
    public DateTimeOffset? LastActivity => Last?.OccurredAt;

    public CartState State => this switch
    {
        _ when MergedAt >= LastActivity => CartState.Merged,
        _ when IsBought || IsTakenAsBought => CartState.Bought,
        { Contents.IsKnown: true } when Contents.Current().Count == 0 => CartState.Empty,
        { Contents.IsKnown: false, Steps.Count: 0 } => CartState.Empty,
        _ when IsOutdone || IsOver(OrderedAt) || IsUntouchedSince(OrderedElsewhereAt) => CartState.Replaced,
        { Abandonment: { } left } when left.LastActivity >= LastActivity => CartState.Abandoned,
        _ => CartState.Open,
    };

    /// <summary>When it was begun: anew, where it was gone on with after an order.</summary>
    [JsonIgnore]
    public DateTimeOffset? Begun => BegunAt <= LastOrder && !IsOver(LastOrder) ? LastActivity : BegunAt;

    /// <summary>Whether something is in it that can be left behind.</summary>
    [JsonIgnore]
    public bool IsOpen => State == CartState.Open;

    /// <summary>Whether it was left when nobody knew whose it was, and somebody does now; history is not written about.</summary>
    [JsonIgnore]
    internal bool IsOwnerNew => State == CartState.Abandoned && Abandonment is { Customer: null, Ended: null, Lines.Count: > 0 }
        && CustomerId is not null && Last is { Backfill: false };

    /// <summary>The shop said so.</summary>
    internal bool IsBought => IsOver(BoughtAt);

    /// <summary>Its customer has a newer cart, and has not been back at this one.</summary>
    internal bool IsOutdone => NewerAt >= LastActivity;

    internal DateTimeOffset? LastOrder => OrderedAt is { } ordered ? Later(BoughtAt, ordered) : BoughtAt;

    /// <summary>Of an order that names no cart we take it that the newest was ordered.</summary>
    private bool IsTakenAsBought => IsOver(OrderedAt) && !(IsOutdone && NewerAt <= OrderedAt);

    /// <summary>It names this cart, or one that had been merged into it by then.</summary>
    internal bool IsOrderedBy(CustomerOrdered order) =>
        order.Named is { } named && (named == Key || Merges.Any(merge => merge.Value == named && merge.At <= order.Reported.OccurredAt));

    /// <summary>The cart that an order is of which names this one: where this one had gone on in it by then, and nothing happened here since.</summary>
    internal CartId? GoesOnInto(CustomerOrdered order) =>
        IsOrderedBy(order) && MergedAt <= order.Reported.OccurredAt && !(LastActivity > MergedAt) ? MergedInto : null;

    public static string StreamKey(CartId cart) => Prefix + cart.Value;

    public static Cart Create(IEvent<CartChanged> e) => New(e).Apply(e.Data);

    public static Cart Create(IEvent<ItemAdded> e) => New(e).Apply(e.Data);

    public static Cart Create(IEvent<ItemTaken> e) => New(e).Apply(e.Data);

    public static Cart Create(IEvent<CheckoutStepReached> e) => New(e).Apply(e.Data);

    public static Cart Create(IEvent<CheckoutCompleted> e) => New(e).Apply(e.Data);

    public static Cart Create(IEvent<CartsMerged> e) => New(e).Apply(e.Data);

    public static Cart Create(IEvent<MergedAway> e) => New(e).Apply(e.Data);

    public static Cart Create(IEvent<CustomerOrdered> e) => New(e).Apply(e.Data);

    public Cart Apply(CartChanged e) => Visited(e).Holds(this, e, Contents.Replace(e.Lines, e.Total, e.Reported));

    public Cart Apply(ItemAdded e) => Visited(e).Holds(this, e, Contents.Change(ChangeOf(e)));

    public Cart Apply(ItemTaken e) => Visited(e).Holds(this, e, Contents.Change(ChangeOf(e)));

    public Cart Apply(CheckoutStepReached e)
    {
        var cart = Visited(e).Active(e);
        if (!Ends(BoughtAt, e.Reported.OccurredAt))
        {
            cart = cart with
            {
                Steps = [.. Steps.Where(step => step.Value != e.Step || step.At > e.Reported.OccurredAt)
                    .Append(new Told<string>(e.Step, e.Reported.OccurredAt)).DistinctBy(step => step.Value).OrderBy(step => step.At)
                    .ThenBy(step => step.Value, StringComparer.Ordinal).TakeLast(MostSteps)],
            };
        }

        return cart.OpenedAfter(this);
    }

    public Cart Apply(CheckoutCompleted e) => Visited(e).Bought(e.Reported.OccurredAt);

    public Cart Apply(CartsMerged e)
    {
        var cart = Visited(e) with { Merges = [.. Merges.Append(new Told<string>(e.From, e.Reported.OccurredAt)).OrderBy(merge => merge.At)
            .ThenBy(merge => merge.Value, StringComparer.Ordinal).TakeLast(MostKept)] };
        cart = e.Lines is { } lines ? cart.Holds(this, e, Contents.Replace(lines, e.Total, e.Reported)) : cart.Active(e).OpenedAfter(this);
        return cart.Orders.Where(cart.IsOrderedBy).Aggregate(cart, (bought, order) => bought.Bought(order.Reported.OccurredAt));
    }

    public Cart Apply(MergedAway e) => MergedAt > e.At ? this : this with { MergedAt = e.At, MergedInto = e.Into, GoesOnWith = e.Customer };

    public Cart Apply(CustomerOrdered e)
    {
        var cart = this with { Orders = [.. Orders.Where(order => order.Order != e.Order).Append(e).OrderBy(order => order.Reported.OccurredAt)
            .ThenBy(order => order.Order.Value, StringComparer.Ordinal).TakeLast(MostKept)] };
        return e.Named is null ? (cart with { OrderedAt = Later(OrderedAt, e.Reported.OccurredAt) }).WithoutEcho()
            : IsOrderedBy(e) ? cart.Bought(e.Reported.OccurredAt)
            : cart with { OrderedElsewhereAt = Later(OrderedElsewhereAt, e.Reported.OccurredAt) };
    }

    public Cart Apply(NewerCartSeen e) => this with { NewerAt = IsOutdone && NewerAt < e.At ? NewerAt : e.At };

    public Cart Apply(NewerCartsEmptied e) => NewerAt <= e.At ? this with { NewerAt = null } : this;

    public Cart Apply(CareResumed e) => With(e.Number, left => left with { Ended = null, EndedAt = null });

    public Cart Apply(CartLeftBehind e) => this with { Abandonments = [.. Abandonments.Append(Carts.Abandonment.Of(e)).TakeLast(MostKept)] };

    public Cart Apply(CarePlanned e) => With(e.Number, left => left with { Customer = e.Customer, Plan = e.Plan });

    public Cart Apply(ReminderAsked e) => With(e.Number, left => left.With(new Reminder(e.Step, e.Kind, e.DueAt, e.At)));

    public Cart Apply(ReminderSent e) => With(e.Number, left => left.With(e.Step, reminder => reminder with { SentAt = e.At }));

    public Cart Apply(ReminderNotSent e) => With(e.Number, left => left.With(e.Step, reminder => reminder with { NotSent = e.Reason }));

    public Cart Apply(RecoveryEnded e) => With(e.Number, left => left with { Ended = e.Reason, EndedAt = e.At });

    public Cart Apply(CartWonBack e) => With(e.Number, left => left with { WonBack = e });

    public Cart Apply(CartNotWonBack e) => With(e.Number, left => left with { WonBack = null });

    public Cart Apply(ReasonGiven e) => With(e.Number, left => left with { Reason = e.Reason, Words = e.Words });

    /// <summary>The cart after these events.</summary>
    internal Cart After(IEnumerable<CartEvent> events) => events.Aggregate(this, (cart, e) => e switch
    {
        CartChanged changed => cart.Apply(changed),
        ItemAdded added => cart.Apply(added),
        ItemTaken taken => cart.Apply(taken),
        CheckoutStepReached reached => cart.Apply(reached),
        CheckoutCompleted completed => cart.Apply(completed),
        CartsMerged merged => cart.Apply(merged),
        MergedAway merged => cart.Apply(merged),
        CustomerOrdered ordered => cart.Apply(ordered),
        NewerCartSeen newer => cart.Apply(newer),
        NewerCartsEmptied emptied => cart.Apply(emptied),
        CareResumed resumed => cart.Apply(resumed),
        CartLeftBehind left => cart.Apply(left),
        CarePlanned planned => cart.Apply(planned),
        ReminderAsked asked => cart.Apply(asked),
        ReminderSent sent => cart.Apply(sent),
        ReminderNotSent notSent => cart.Apply(notSent),
        RecoveryEnded ended => cart.Apply(ended),
        CartWonBack won => cart.Apply(won),
        CartNotWonBack lost => cart.Apply(lost),
        ReasonGiven given => cart.Apply(given),
        _ => throw new ArgumentOutOfRangeException(nameof(events)),
    });

    internal static ItemChange ChangeOf(ItemAdded e) => new(e.Reported.OccurredAt, Contents.ItemOf(e.Line), null, e.Line);

    internal static ItemChange ChangeOf(ItemTaken e) => new(e.Reported.OccurredAt, e.Item, e.Quantity, null);

    private static Cart New(IEvent e) => new(e.StreamKey!);

    /// <summary>Whether it says of who is there, or where, what wasn't known.</summary>
    internal bool Learns(CartVisit? visit, Reported reported)
    {
        var after = Visited(visit, reported);
        return after.Customer != Customer || after.Language != Language || after.Url != Url || after.Given.Count != Given.Count;
    }

    private Cart Visited(CartFact e) => Visited(e.Visit, e.Reported);

    private Cart Visited(CartVisit? visit, Reported reported) => visit is null ? this : this with
    {
        Customer = Newer(Customer, visit.Customer?.Value, reported),
        Language = Newer(Language, visit.Language, reported),
        Url = Newer(Url, visit.Url, reported),
        Given = visit.Given is { Count: > 0 } given ? [.. Given.Union(given).Order(StringComparer.Ordinal)] : Given,
    };

    private Cart Holds(Cart before, CartFact e, Contents contents) =>
        (Active(e) with { Contents = contents, ContentsAt = Later(ContentsAt, e.Reported.OccurredAt) }).WithoutEcho().OpenedAfter(before);

    private Cart Active(CartFact e) => this with
    {
        Last = Last is null || (e.Reported.OccurredAt, e.Reported.ReceivedAt).CompareTo((Last.OccurredAt, Last.ReceivedAt)) > 0 ? e.Reported : Last,
        BegunAt = Begun is { } begun && !IsBefore(e.Reported.OccurredAt, begun) ? begun : e.Reported.OccurredAt,
    };

    /// <summary>What came before an order is no beginning of what came after it.</summary>
    private bool IsBefore(DateTimeOffset at, DateTimeOffset begun) => at < begun && (at <= LastOrder) == (begun <= LastOrder);

    /// <summary>What the next purchase goes through is told anew.</summary>
    private Cart Bought(DateTimeOffset at)
    {
        var bought = Later(BoughtAt, at);
        return (this with
        {
            BoughtAt = bought, Contents = Contents.Emptied(at), Given = at < BoughtAt ? Given : [], Steps = [.. Steps.Where(step => !Ends(bought, step.At))],
        }).WithoutEcho();
    }

    /// <summary>Many a shop tells a cart once more as it was, a moment after its order. Where the order's lines aren't known it is taken to be that.</summary>
    private Cart WithoutEcho()
    {
        bool IsToldAfter(DateTimeOffset? ordered) => Contents.AsOf > ordered && Ends(ordered, Contents.AsOf.Value);
        bool IsAllOf(IReadOnlyList<OrderLine> sold) => Contents.Lines.All(line => line.Quantity <= Contents.CountIn(sold, line));
        bool IsSold(Func<CustomerOrdered, bool> by) => Orders.LastOrDefault(by)?.Lines is not { Count: > 0 } sold || IsAllOf(sold);

        if (Contents.Lines.Count == 0) return this;
        var isEcho = (IsToldAfter(BoughtAt) && IsSold(IsOrderedBy)) || (IsToldAfter(OrderedAt) && BegunAt <= OrderedAt && IsSold(order => order.Named is null));
        return isEcho ? this with { Contents = Contents with { Lines = [], Total = null } } : this;
    }

    private Cart OpenedAfter(Cart before) => IsOpen && !before.IsOpen ? this with { OpenedAt = LastActivity } : this;

    /// <summary>Nothing was put in or gone on with since; that it is cleared is part of an order.</summary>
    private bool IsOver(DateTimeOffset? ordered) => ordered is { } at && !Contents.IsFilledAfter(at) && !IsGoneOnWithAfter(at);

    private bool IsUntouchedSince(DateTimeOffset? ordered) => ordered is { } at && !(ContentsAt > at) && !IsGoneOnWithAfter(at);

    private bool IsGoneOnWithAfter(DateTimeOffset ordered) => Steps.Count > 0 && !Ends(ordered, Steps[^1].At);

    private static bool Ends(DateTimeOffset? ordered, DateTimeOffset step) => step <= ordered + CheckoutEnds;

    private Cart With(int number, Func<Abandonment, Abandonment> change) => this with
    {
        Abandonments = [.. Abandonments.Select(left => left.Number == number ? change(left) : left)],
    };

    private static Told<T>? Newer<T>(Told<T>? known, T? value, Reported reported) where T : class
    {
        if (value is null || (known?.At == reported.OccurredAt && value.Equals(known.Value))) return known;
        var isOlder = reported.OccurredAt < known?.At || (reported.OccurredAt == known?.At && reported.ReceivedAt < known.HeardAt);
        return isOlder ? known : new Told<T>(value, reported.OccurredAt, reported.ReceivedAt);
    }

    private static DateTimeOffset? Later(DateTimeOffset? known, DateTimeOffset at) => known > at ? known : at;
}

public enum CartState
{
    Empty,
    Open,
    Abandoned,

    /// <summary>Its customer went on with a newer cart, or ordered another.</summary>
    Replaced,
    Bought,
    Merged,
}
