using System.Globalization;
using System.Text;
using Engagement.Contracts;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Composing;

/// <summary>What a template can say. Every variable of a kind is always there, null where nothing is known of it.</summary>
internal static class Variables
{
    /// <exception cref="InvalidOperationException">It is marketing and has no way out.</exception>
    public static Dictionary<string, object?> Of(
        MessageKind kind, string language, Recipient recipient, MessageData data, Sender shop, DateTimeOffset now, Extras extras)
    {
        var formats = Formats.For(language, recipient.Language);
        DateOnly DayOf(DateTimeOffset instant) => Formats.DayOf(instant, recipient.Zone, shop.Zone);
        var today = DayOf(now);
        // A day that has gone by is no promise any more.
        string? Coming(DateOnly? day) => day >= today ? formats.LongDate(day.Value) : null;
        string? Amount(Money? money) => money is { } known ? formats.Money(known) : null;
        object[] Lines(IReadOnlyList<OrderLine>? lines) => [.. (lines ?? []).Select(line => LineOf(line, formats))];

        Dictionary<string, object?> variables = data switch
        {
            OrderSummary order => new()
            {
                ["order"] = One(order.Number ?? order.Order),
                ["lines"] = Lines(order.Lines),
                ["total"] = Amount(order.Total),
                ["promised"] = Coming(order.PromisedOn),
                ["page"] = extras.Page?.AbsoluteUri,
            },
            OrderUnpaid order => new() { ["order"] = One(order.Number ?? order.Order), ["amount"] = Amount(order.Amount), ["payUrl"] = Link(order.PayUrl) },
            ParcelNews parcel => new()
            {
                ["order"] = One(parcel.Number ?? parcel.Order),
                ["carrier"] = One(parcel.Carrier),
                ["trackingNumber"] = One(parcel.TrackingNumber),
                ["trackingUrl"] = Link(parcel.TrackingUrl),
                ["expected"] = Coming(parcel.ExpectedOn),
                ["othersFollow"] = parcel.OthersFollow,
                ["page"] = extras.Page?.AbsoluteUri,
            },
            OrderArrived order => new() { ["order"] = One(order.Number ?? order.Order), ["page"] = extras.Page?.AbsoluteUri },
            OrderCancellation order => new() { ["order"] = One(order.Number ?? order.Order), ["wasPaid"] = order.WasPaid },
            OrderRefund order => new() { ["order"] = One(order.Number ?? order.Order), ["refund"] = Amount(order.Amount) },
            CartLeft cart => new() { ["lines"] = Lines(cart.Lines), ["total"] = Amount(cart.Total), ["cartUrl"] = Link(cart.ResumeUrl) },
            CustomerWelcomed welcome => new() { ["shopUrl"] = Link(welcome.ShopUrl) },
            InquiryTaken inquiry => new() { ["order"] = One(inquiry.Number ?? inquiry.Order?.Value), ["answerBy"] = Coming(DayOf(inquiry.AnswerBy)) },
            InquiryAnswer answer => new() { ["order"] = One(answer.Number ?? answer.Order?.Value), ["words"] = Paragraphs(extras.Words) },
            SubscriptionEnding ending => new()
            {
                ["subscription"] = One(ending.Subscription),
                ["ends"] = Coming(ending.EndsOn),
                ["refund"] = Amount(ending.Refund),
            },
            Voucher voucher => new()
            {
                ["code"] = One(voucher.Code),
                ["worth"] = Amount(voucher.Amount) ?? (voucher.Percent is { } percent ? $"{percent.ToString(CultureInfo.InvariantCulture)}%" : null),
                ["until"] = Coming(voucher.ValidUntil),
                ["shopUrl"] = Link(voucher.ShopUrl),
            },
            ReviewAsked review => new() { ["order"] = One(review.Number ?? review.Order), ["reviewUrl"] = Link(review.ReviewUrl) },
            ReviewAnswer answer => new() { ["product"] = One(answer.Product), ["words"] = Paragraphs(extras.Words) },
            CustomerReturned back => new() { ["shopUrl"] = Link(back.ShopUrl) },
            _ => throw new NotSupportedException($"No mail speaks of {data?.GetType().Name ?? "nothing"}."),
        };

        variables["name"] = GivenName.Of(recipient.Name);
        variables["shop"] = Composer.OneLine(shop.Name);
        if (MessageKinds.NatureOf(kind) == MessageNature.Marketing)
            variables["unsubscribe"] = extras.Unsubscribe?.AbsoluteUri ?? throw new InvalidOperationException("Marketing needs a link that ends it.");
        return variables;
    }

    private static Dictionary<string, object?> LineOf(OrderLine line, Formats formats) => new()
    {
        ["quantity"] = line.Quantity.ToString(CultureInfo.InvariantCulture),
        ["title"] = Composer.OneLine(line.Title),
        ["price"] = formats.Money(line.Price with { Amount = line.Price.Amount * line.Quantity }),
    };

    /// <summary>Null for nothing, so that <c>{{#if}}</c> and the text agree.</summary>
    private static string? One(string? value) => Composer.OneLine(value) is { Length: > 0 } line ? line : null;

    /// <summary>We send nobody over an open line; such a link is left out.</summary>
    private static string? Link(Uri? url) => url is { IsAbsoluteUri: true, Scheme: "https" } ? url.AbsoluteUri : null;

    /// <summary>What a person wrote, in its lines; at most one empty line between two.</summary>
    private static string? Paragraphs(string? words)
    {
        var text = new StringBuilder();
        var gap = false;
        foreach (var line in (words ?? "").EnumerateLines())
        {
            if (Composer.OneLine(line.Trim().ToString()) is not { Length: > 0 } written)
            {
                gap = text.Length > 0;
                continue;
            }

            text.Append(text.Length == 0 ? "" : gap ? "\n\n" : "\n").Append(written);
            gap = false;
        }

        return text.Length == 0 ? null : text.ToString();
    }
}
