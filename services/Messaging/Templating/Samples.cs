using Engagement.Contracts;
using Engagement.Messaging.Composing;

namespace Engagement.Messaging.Templating;

/// <summary>Made-up data of each kind: for previews and tests, and the linter's measure of what a template can say.</summary>
public static class Samples
{
    private static readonly Uri Shop = new("https://shop.example/");
    private static readonly OrderId Order = new("A-1047");
    private static readonly Money Amount = new(59.80m, "EUR");
    private static readonly Sealed Words = new("");   // nothing is sealed for nobody: the words come as extras

    private static readonly OrderLine[] Lines = [new("Tazza in ceramica", 2, new Money(14.95m, "EUR")), new("Cuscino di lino", 1, new Money(29.90m, "EUR"))];

    public static Extras Extras(string language) => new(
        language == "it"
            ? "sì, la tazza va in lavastoviglie.\nPer il cuscino meglio a mano.\n\nUn saluto, Anna"
            : "yes, the cup can go into the dishwasher.\nThe cushion is better washed by hand.\n\nBest wishes, Anna",
        new Uri(Shop, "unsubscribe/sample"),
        new Uri(Shop, "orders/sample"));

    /// <summary>Everything that can be known.</summary>
    public static MessageData Full(MessageKind kind, DateTimeOffset now)
    {
        var soon = DateOnly.FromDateTime(now.Date).AddDays(4);
        return kind switch
        {
            MessageKind.ThankYou => new OrderSummary(Order, Lines, Amount, soon),
            MessageKind.PaymentFailed => new OrderUnpaid(Order, Amount, new Uri(Shop, "pay/A-1047")),
            MessageKind.Shipped or MessageKind.OutForDelivery or MessageKind.Delayed or MessageKind.DeliveryAttempted or MessageKind.ReadyForPickup
                or MessageKind.ParcelLost or MessageKind.ParcelReturned =>
                new ParcelNews(Order, "Poste Italiane", "ZA 17 X", new Uri(Shop, "track?parcel=ZA17X"), soon),
            MessageKind.Delivered =>
                new ParcelNews(Order, "Poste Italiane", "ZA 17 X", new Uri(Shop, "track?parcel=ZA17X"), soon, OthersFollow: true),
            MessageKind.CheckIn => new OrderArrived(Order),
            MessageKind.CartReminder or MessageKind.CartQuestion or MessageKind.CartFarewell =>
                new CartLeft(new CartId("cart-17"), Lines, Amount, new Uri(Shop, "cart/17")),
            MessageKind.Welcome => new CustomerWelcomed(Shop),
            MessageKind.InquiryReceived => new InquiryTaken(new InquiryId("inquiry-17"), Order, now.AddHours(48)),
            MessageKind.InquiryReply => new InquiryAnswer(new InquiryId("inquiry-17"), Order, Words),
            MessageKind.CancellationReceived or MessageKind.CancellationConfirmed or MessageKind.CancellationRefunded =>
                new SubscriptionEnding(new SubscriptionId("S-2210"), soon, new Money(9.90m, "EUR")),
            MessageKind.Reward => new Voucher("GRAZIE10", null, 10, soon, Shop),
            MessageKind.Offer => new Voucher("PER-TE-5", new Money(5m, "EUR"), null, soon, Shop),
            MessageKind.ReviewInvitation => new ReviewAsked(Order, new Uri(Shop, "review/A-1047")),
            MessageKind.ReviewReply => new ReviewAnswer(new ReviewId("review-17"), "Tazza in ceramica", Words),
            MessageKind.BackAgain => new CustomerReturned(Shop),
            MessageKind.OrderCancelled => new OrderCancellation(Order, WasPaid: true),
            MessageKind.OrderRefunded => new OrderRefund(Order, Amount),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such message."),
        };
    }

    /// <summary>Only what is always known.</summary>
    public static MessageData Sparse(MessageKind kind, DateTimeOffset now) => Full(kind, now) switch
    {
        OrderSummary order => order with { Lines = [], Total = null, PromisedOn = null },
        OrderUnpaid order => order with { Amount = null, PayUrl = null },
        ParcelNews parcel => parcel with { Carrier = null, TrackingNumber = null, TrackingUrl = null, ExpectedOn = null, OthersFollow = false },
        OrderCancellation cancellation => cancellation with { WasPaid = false },
        OrderRefund refund => refund with { Amount = null },
        CartLeft cart => cart with { Lines = [], Total = null, ResumeUrl = null },
        CustomerWelcomed => new CustomerWelcomed(null),
        InquiryTaken inquiry => inquiry with { Order = null, AnswerBy = now.AddDays(-2) },
        InquiryAnswer answer => answer with { Order = null },
        SubscriptionEnding ending => ending with { EndsOn = null, Refund = null },
        Voucher voucher => voucher with { Amount = null, Percent = null, ValidUntil = null, ShopUrl = null },
        ReviewAsked review => review with { ReviewUrl = null },
        ReviewAnswer answer => answer with { Product = null },
        CustomerReturned => new CustomerReturned(null),
        var full => full,
    };

    /// <summary>The number that a mail of this kind must show.</summary>
    internal static string? NumberOf(MessageKind kind) => MessageKinds.ReferenceOf(kind) switch
    {
        MessageReference.Order => Order,
        MessageReference.Subscription => "S-2210",
        _ => null,
    };
}
