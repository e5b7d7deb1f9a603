using System.Globalization;
using System.Text.Json.Serialization;
using Engagement.Contracts;

namespace Engagement.Orders;

/// <summary>What an order is now; its stream key is <c>order/{id}</c>. Facts come in any order, so each has a place of its own.</summary>
public sealed record Order(string Id)
{
    private const string Prefix = "order/";

    public CustomerId? Customer { get; init; }

    public OrderPlaced? Placed { get; init; }

    public IReadOnlyList<OrderPaid> Payments { get; init; } = [];

    /// <summary>The payment with which the total was reached; as long as nobody told the total, the last one.</summary>
    public OrderPaid? Paid => Placed is not null ? Payments.FirstOrDefault(Covers) : Payments is [.., var last] ? last : null;

    public IReadOnlyList<OrderPaymentFailed> FailedPayments { get; init; } = [];

    public IReadOnlyList<OrderShipped> Parcels { get; init; } = [];

    /// <summary>What carriers told of the parcels on their way.</summary>
    public IReadOnlyList<OrderParcelReported> Reports { get; init; } = [];

    public IReadOnlyList<OrderDelivered> Deliveries { get; init; } = [];

    /// <summary>When all of it had arrived: the shop said so, or each parcel did.</summary>
    public OrderDelivered? Delivered => Deliveries.FirstOrDefault(delivery => delivery.Parcel is null)
        ?? (Deliveries is [.., var last] && Parcels.All(parcel => Deliveries.Any(delivery => IsOf(delivery.Parcel, parcel))) ? last : null);

    public OrderCancelled? Cancelled { get; init; }

    public OrderRemoved? Removed { get; init; }

    public IReadOnlyList<OrderRefunded> Refunds { get; init; } = [];

    public ThankYouState ThankYou { get; init; } = new();

    public OrderBecameLate? Late { get; init; }

    public OrderStayedLate? StillLate { get; init; }

    public CheckInState CheckIn { get; init; } = new();

    public IReadOnlyList<OrderSeenTo> SeenTo { get; init; } = [];

    /// <summary>Something is not right for its customer, and nobody has seen to it yet.</summary>
    [JsonIgnore]
    public bool IsUnhappy => UnhappySince is not null;

    /// <summary>The first time that it was said of what nobody has seen to yet.</summary>
    [JsonIgnore]
    internal Reported? UnhappySince => CheckIn.Answers.Reverse().TakeWhile(answer => answer.Answer == CheckInAnswer.Unhappy
        && !SeenTo.Any(seen => seen.Kind == StaffTaskKind.CustomerUnhappy && seen.At >= answer.Reported.ReceivedAt)).LastOrDefault()?.Reported;

    public OrderStatus Status => this switch
    {
        { IsCancelled: true } => OrderStatus.Cancelled,
        { IsRefunded: true } => OrderStatus.Refunded,
        { IsReturned: true } => OrderStatus.Returned,
        { Delivered: not null } => OrderStatus.Delivered,
        { Parcels.Count: > 0 } => OrderStatus.Shipped,
        { Paid: not null } => OrderStatus.Paid,
        { Payments.Count: > 0 } => OrderStatus.PartlyPaid,
        { FailedPayments.Count: > 0 } => OrderStatus.PaymentFailed,
        { Placed: not null } => OrderStatus.Placed,
        _ => OrderStatus.Unknown,
    };

    /// <summary>Late, and still awaited.</summary>
    public bool IsLate => Late is not null && IsAwaited;

    /// <summary>The customer was asked whether all is right, and hasn't said so.</summary>
    public bool IsCheckInOpen => CheckIn is { AskedAt: not null, Answers.Count: 0 };

    /// <summary>Its place in lists, which are sorted by time: text that sorts as the times do.</summary>
    public string Cursor => $"{SinceText} {Id[Prefix.Length..]}";

    [JsonIgnore]
    internal OrderId OrderId => new(Id[Prefix.Length..]);

    /// <summary>Called off, or thrown away before anybody paid or sent anything.</summary>
    [JsonIgnore]
    internal bool IsCancelled => Cancelled is not null || (Removed is not null && Payments.Count == 0 && Parcels.Count == 0 && Deliveries.Count == 0);

    /// <summary>All that was to be paid, or was paid, was given back.</summary>
    [JsonIgnore]
    internal bool IsRefunded => (Placed?.Total ?? Sum(Payments.Select(payment => payment.Amount))) is { Amount: > 0 } whole
        && Refunds.Where(refund => refund.Amount?.Currency == whole.Currency).Sum(refund => refund.Amount!.Value.Amount) >= whole.Amount;

    /// <summary>There is nothing left to tell but how it ended.</summary>
    [JsonIgnore]
    internal bool IsClosed => IsCancelled || IsRefunded;

    /// <summary>All that was sent is with the shop again.</summary>
    [JsonIgnore]
    internal bool IsReturned => Reports.Any(IsBack) && Parcels.All(parcel => IsBack(Reports.LastOrDefault(report => IsOf(report.Parcel, parcel))));

    /// <summary>The customer waits for it: paid for or sent, not arrived, and nobody was told why it can't arrive.</summary>
    [JsonIgnore]
    internal bool IsAwaited => (Paid is not null || Parcels.Count > 0) && Delivered is null && !IsClosed && !Has(ParcelFate.Lost) && !Has(ParcelFate.Returned);

    /// <summary>The shop uploaded it: what is told of it later is news, its past is not.</summary>
    [JsonIgnore]
    internal bool IsHistory => Paid is { } paid ? paid.Reported.Backfill : Parcels.All(parcel => parcel.Reported.Backfill);

    /// <summary>The last day that was promised, as the shop or a carrier told it; a parcel of which no day is said is promised for the order's.</summary>
    public DateOnly? PromisedOn => Parcels.Max(parcel => parcel.PromisedOn ?? Placed?.PromisedOn) ?? Placed?.PromisedOn;

    /// <summary>The earliest that is known of it.</summary>
    private string SinceText => new[] { Placed?.Reported, Cancelled?.Reported, Removed?.Reported }
        .Concat(Payments.Concat<ReportedEvent>(FailedPayments).Concat(Parcels).Concat(Reports).Concat(Deliveries).Concat(Refunds).Select(e => e.Reported))
        .Min(reported => reported?.OccurredAt.UtcDateTime)?.ToString("O", CultureInfo.InvariantCulture) ?? "";

    public static string Key(OrderId order) => $"{Prefix}{order.Value}";

    public static Order Create(IEvent<OrderPlaced> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderPaid> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderPaymentFailed> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderShipped> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderParcelReported> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderDelivered> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderCancelled> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderRemoved> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<OrderRefunded> e) => New(e).Apply(e.Data);

    public static Order Create(IEvent<CheckInAnswered> e) => New(e).Apply(e.Data);

    public Order Apply(OrderPlaced e) => this with { Placed = e, Customer = e.Customer.IsNobody ? Customer ?? e.Customer : e.Customer };

    public Order Apply(OrderPaid e) => this with
    {
        Payments = [.. Payments.Where(payment => e.Payment is null || payment.Payment != e.Payment).Append(e).OrderBy(payment => payment.Reported.OccurredAt)
            .ThenBy(payment => payment.Payment, StringComparer.Ordinal).ThenBy(payment => payment.Amount?.Amount)],
        Customer = Customer is { IsNobody: false } ? Customer : e.Customer ?? Customer,
    };

    public Order Apply(OrderPaymentFailed e) => this with { FailedPayments = [.. FailedPayments.Append(e).OrderBy(failed => failed.Reported.OccurredAt)] };

    /// <summary>In the order of their times, whichever was told first. A parcel told again was told more fully.</summary>
    public Order Apply(OrderShipped e) => this with
    {
        Parcels = [.. Parcels.Where(parcel => !IsSame(parcel, e)).Append(e)
            .OrderBy(parcel => parcel.Reported.OccurredAt).ThenBy(parcel => parcel.TrackingNumber, StringComparer.Ordinal)],
    };

    public Order Apply(OrderParcelReported e) => this with
    {
        Reports = [.. Reports.Append(e).OrderBy(report => report.Reported.OccurredAt).ThenBy(report => report.Fate)
            .ThenBy(report => report.Parcel, StringComparer.Ordinal)],
    };

    public Order Apply(OrderDelivered e) => this with
    {
        Deliveries = [.. Deliveries.Append(e).OrderBy(delivery => delivery.Reported.OccurredAt).ThenBy(delivery => delivery.Parcel, StringComparer.Ordinal)],
    };

    public Order Apply(OrderCancelled e) => this with { Cancelled = e };

    public Order Apply(OrderRemoved e) => this with { Removed = e };

    public Order Apply(OrderRefunded e) => this with
    {
        Refunds = [.. Refunds.Where(refund => refund.Refund != e.Refund).Append(e).OrderBy(refund => refund.Reported.OccurredAt)
            .ThenBy(refund => refund.Refund, StringComparer.Ordinal)],
    };

    public Order Apply(CheckInAnswered e) => this with
    {
        CheckIn = CheckIn with
        {
            Answers = [.. CheckIn.Answers.Append(e).OrderBy(answer => answer.Reported.OccurredAt).ThenBy(answer => answer.Answer)],
        },
    };

    public Order Apply(ThankYouLeft e) => this with { ThankYou = ThankYou with { LeftAt = e.At } };

    public Order Apply(ThankYouWithheld e) => this with { ThankYou = ThankYou with { Withheld = e.Reason } };

    public Order Apply(ThankYouFailed e) => this with { ThankYou = ThankYou with { Failed = e.Reason } };

    public Order Apply(ThankYouOverdue e) => this with { ThankYou = ThankYou with { OverdueAt = e.At } };

    public Order Apply(OrderBecameLate e) => this with { Late = e };

    public Order Apply(OrderStayedLate e) => this with { StillLate = e };

    public Order Apply(CheckInAsked e) => this with { CheckIn = CheckIn with { AskedAt = e.At } };

    public Order Apply(ReviewInvited e) => this with { CheckIn = CheckIn with { InvitedAt = e.At } };

    public Order Apply(OrderSeenTo e) => this with { SeenTo = [.. SeenTo, e] };

    /// <summary>As the store folds, before it does.</summary>
    internal static Order After(Order? before, OrderId id, IEnumerable<OrderEvent> events) => events.Aggregate(before ?? new Order(Key(id)), (order, e) => e switch
    {
        OrderPlaced data => order.Apply(data),
        OrderPaid data => order.Apply(data),
        OrderPaymentFailed data => order.Apply(data),
        OrderShipped data => order.Apply(data),
        OrderParcelReported data => order.Apply(data),
        OrderDelivered data => order.Apply(data),
        OrderCancelled data => order.Apply(data),
        OrderRemoved data => order.Apply(data),
        OrderRefunded data => order.Apply(data),
        CheckInAnswered data => order.Apply(data),
        ThankYouLeft data => order.Apply(data),
        ThankYouWithheld data => order.Apply(data),
        ThankYouFailed data => order.Apply(data),
        ThankYouOverdue data => order.Apply(data),
        OrderBecameLate data => order.Apply(data),
        OrderStayedLate data => order.Apply(data),
        CheckInAsked data => order.Apply(data),
        ReviewInvited data => order.Apply(data),
        OrderSeenTo data => order.Apply(data),
        _ => throw new ArgumentOutOfRangeException(nameof(events), e.GetType().Name, "No event of an order."),
    });

    /// <summary>A parcel is told by its id, else by its tracking number, or by its time; the id may be told later than the number.</summary>
    internal static bool IsSame(OrderShipped parcel, OrderShipped told) => told switch
    {
        { Parcel: { } id } => parcel.Parcel == id || (parcel.Parcel is null && told.TrackingNumber is { } number && parcel.TrackingNumber == number),
        { TrackingNumber: { } number } => parcel.TrackingNumber == number,
        _ => parcel.TrackingNumber is null && parcel.Reported.OccurredAt == told.Reported.OccurredAt,
    };

    /// <summary>Whether what was told under this id or number, null for all of the order, is about that parcel.</summary>
    internal static bool IsOf(string? told, OrderShipped parcel) => told is null || told == parcel.Parcel || told == parcel.TrackingNumber;

    /// <summary>Whether both are told of one parcel, which some call by its id and others by its tracking number.</summary>
    internal bool AreOfOne(string? told, string? other) =>
        told is null || other is null || told == other || Parcels.Any(parcel => IsOf(told, parcel) && IsOf(other, parcel));

    /// <summary>Not where it arrived after all.</summary>
    internal bool IsBack(OrderParcelReported? report) => report is { Fate: ParcelFate.Returned }
        && !Deliveries.Any(delivery => AreOfOne(report.Parcel, delivery.Parcel) && delivery.Reported.OccurredAt > report.Reported.OccurredAt);

    private bool Has(ParcelFate fate) => Reports.Any(report => report.Fate == fate);

    /// <summary>Whether the total was reached with this payment. The shop needn't say how much it was, and another currency can't be compared.</summary>
    private bool Covers(OrderPaid payment) => payment.Amount is not { } amount || amount.Currency != Placed!.Total.Currency
        || Sum(Payments.TakeWhile(earlier => earlier != payment).Append(payment).Select(earlier => earlier.Amount)) is not { } sum
        || sum.Amount >= Placed.Total.Amount;

    /// <summary>Null where nothing is known, or not in one currency.</summary>
    private static Money? Sum(IEnumerable<Money?> amounts)
    {
        var known = amounts.OfType<Money>().ToArray();
        return known.Length > 0 && known.All(amount => amount.Currency == known[0].Currency) ? known.Aggregate(Money.Add) : null;
    }

    private static Order New(IEvent e) => new(e.StreamKey!);
}

/// <summary>What became of the thanks.</summary>
/// <param name="Withheld">Why it was not to be sent.</param>
/// <param name="Failed">Why it could not be sent.</param>
public sealed record ThankYouState(DateTimeOffset? LeftAt = null, string? Withheld = null, string? Failed = null, DateTimeOffset? OverdueAt = null)
{
    /// <summary>It left, or is not wanted. What was given up is told twice, as withheld and as failed, and a person is still wanted.</summary>
    [JsonIgnore]
    internal bool IsSettled => LeftAt is not null || (Withheld is not null && Withheld != Failed);
}

/// <summary>The question whether all is right, and its answers, the last one last.</summary>
/// <param name="InvitedAt">When the customer, who was happy, was invited to review.</param>
public sealed record CheckInState(DateTimeOffset? AskedAt = null, DateTimeOffset? InvitedAt = null)
{
    public IReadOnlyList<CheckInAnswered> Answers { get; init; } = [];

    [JsonIgnore]
    internal CheckInAnswered? Answer => Answers is [.., var last] ? last : null;
}

public enum OrderStatus
{
    Unknown,
    Placed,
    PaymentFailed,
    PartlyPaid,
    Paid,
    Shipped,
    Delivered,
    Returned,
    Refunded,
    Cancelled,
}
