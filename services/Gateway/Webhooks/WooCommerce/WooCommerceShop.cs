using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks.WooCommerce;

/// <summary>WooCommerce's webhooks, in the shapes of its REST API v2 and v3.</summary>
internal static partial class WooCommerceShop
{
    public static ShopSystem Vendor { get; } = new("woocommerce", "X-WC-Webhook-Signature", "X-WC-Webhook-Topic",
    [
        .. Named(WooCommerceOrder.Read, "order.created", "order.updated", "order.restored"),
        .. Named(WooCommerceOrder.ReadDeleted, "order.deleted"),
        .. Named(WooCommerceCustomer.Read, "customer.created", "customer.updated", "customer.restored"),
        .. Named(null, "customer.deleted", "subscription.created", "subscription.updated", "subscription.deleted", "subscription.restored",
            "subscription.switched"),
    ])
    {
        IsPing = (request, body) => body.Length < 100 && Ping().IsMatch(Encoding.UTF8.GetString(body.Span))
            && MediaTypeHeaderValue.TryParse(request.ContentType, out var media) && media.MediaType == "application/x-www-form-urlencoded",
    };

    [GeneratedRegex(@"^webhook_id=[0-9]+\z")]
    private static partial Regex Ping();

    private static IEnumerable<Topic> Named(Action<Fields, Findings>? read, params string[] names) => names.Select(name => new Topic(name, read));
}
