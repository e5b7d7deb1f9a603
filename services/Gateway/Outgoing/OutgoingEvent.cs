using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Outgoing;

/// <summary>What a shop is told: ids only, nothing personal.</summary>
/// <param name="Subject">The thing that it is about: <c>order/1001</c>.</param>
/// <param name="At">When it happened, on the domain's clock.</param>
internal sealed record OutgoingEvent(string Type, string Subject, DateTimeOffset At, object Data)
{
    public const string MessageSent = "message.sent";
    public const string MessageSuppressed = "message.suppressed";
    public const string MessageFailed = "message.failed";
    public const string OrderLate = "order.late";
    public const string CartAbandoned = "cart.abandoned";
    public const string CartRecovered = "cart.recovered";
    public const string PermissionChanged = "permission.changed";
    public const string SendingSwitched = "sending.switched";

    public static readonly IReadOnlyList<string> Types = [MessageSent, MessageSuppressed, MessageFailed, OrderLate, CartAbandoned, CartRecovered, PermissionChanged,
        SendingSwitched];

    private static readonly JsonSerializerOptions Json = new(HttpJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The same for the same event, however often we hear of it.</summary>
    public string Id => string.Create(CultureInfo.InvariantCulture, $"{Type}/{Subject}/{At.ToUnixTimeMilliseconds()}");

    /// <summary>A CloudEvent, structured.</summary>
    public string Body(string shop) => JsonSerializer.Serialize(
        new { Specversion = "1.0", Id, Source = $"/shops/{shop}", Type, Subject, Time = At, Datacontenttype = "application/json", Data }, Json);

    public static OutgoingEvent Of(MessageSent m) => Of(MessageSent, m, new { m.Key, m.Kind, Customer = m.CustomerId });

    public static OutgoingEvent Of(MessageSuppressed m) => Of(MessageSuppressed, m, new { m.Key, m.Kind, Customer = m.CustomerId, m.Reason });

    public static OutgoingEvent Of(MessageFailed m) => Of(MessageFailed, m, new { m.Key, m.Kind, Customer = m.CustomerId, m.Reason });

    public static OutgoingEvent Of(OrderLate o) => new(OrderLate, $"order/{o.Order}", o.At, new { o.Order, Customer = o.CustomerId, o.PromisedOn });

    public static OutgoingEvent Of(CartAbandoned c) => new(CartAbandoned, $"cart/{c.Cart}", c.At, new { c.Cart, Customer = c.CustomerId });

    public static OutgoingEvent Of(CartRecovered c) => new(CartRecovered, $"cart/{c.Cart}", c.At, new { c.Cart, Customer = c.CustomerId, c.Order });

    public static OutgoingEvent Of(PermissionChanged p) => new(
        PermissionChanged, $"customer/{p.CustomerId}/{p.Purpose}/{p.Channel}", p.At,
        new { Customer = p.CustomerId, p.Purpose, p.Channel, p.Granted, p.Basis });

    public static OutgoingEvent Of(SendingSwitched s) => new(SendingSwitched, "sending", s.At, new { s.IsStopped, s.By });

    private static OutgoingEvent Of(string type, IMessageOutcome outcome, object data) => new(type, $"message/{outcome.Key}", outcome.At, data);
}
