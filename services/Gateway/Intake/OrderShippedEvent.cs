using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

internal static class OrderShippedEvent
{
    public static EventType Type { get; } = new("order.shipped", "orders", "The parcel was handed to the carrier.", Read, """
        {
          "order": "1001", "parcel": "p-1", "carrier": "Poste", "trackingNumber": "X1", "trackingUrl": "https://example.org/X1", "promisedOn": "2030-01-18"
        }
        """);

    private static (object, ContactFound?) Read(Fields data, Reported reported, ReadingContext context)
    {
        var parcel = new ShipOrder(
            new OrderId(data.Id("order")),
            data.OptionalLine("carrier", 200),
            data.OptionalLine("trackingNumber", 200),
            data.OptionalWebAddress("trackingUrl"),
            reported,
            data.OptionalId("parcel"),
            PromisedOn: data.OptionalDate("promisedOn"));
        return (parcel, null);
    }

    internal static readonly LineRule WebAddress =
        new(IsWebAddress, "not_a_url", "Must be an absolute address that begins with https or http.", "uri", @"https?://[^\s]+");

    internal static Uri? OptionalWebAddress(this Fields data, string name) => data.OptionalLine(name, 2000, WebAddress) is { } url ? new Uri(url) : null;

    private static bool IsWebAddress(string text) =>
        !text.Any(char.IsWhiteSpace) && Uri.TryCreate(text, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp);
}
