using System.Globalization;
using System.Text.Json;

namespace Engagement.Replay;

/// <summary>A session's cart is what it put in; what a session bought at one time is one order.</summary>
internal static class CartEvents
{
    public static IEnumerable<FileEvent> From(IEnumerable<Click> clicks)
    {
        var orders = new Dictionary<(string Session, DateTimeOffset Time), List<Click>>();
        foreach (var click in clicks)
        {
            if (click.Kind is ClickKind.Cart or ClickKind.RemoveFromCart) yield return new CartEvent(click);
            if (click.Kind != ClickKind.Purchase) continue;
            if (orders.TryGetValue((click.Session, click.Time), out var order)) order.Add(click);
            else orders.Add((click.Session, click.Time), [click]);
        }

        foreach (var order in orders.Values) yield return new BoughtEvent(order);
    }

    public static void WriteItem(Utf8JsonWriter json, Click click, int quantity)
    {
        json.WriteStartObject();
        json.WriteString("title"u8, string.Join(' ', new[] { click.Brand, click.Category?.Split('.')[^1].Replace('_', ' ') ?? click.Product }.OfType<string>()));
        json.WriteNumber("quantity"u8, quantity);
        json.WriteNumber("price"u8, click.Price);
        json.WriteString("sku"u8, click.Product);
        json.WriteEndObject();
    }

    public static void WriteCustomer(Utf8JsonWriter json, string user)
    {
        var person = MadeUp.Person(user);
        json.WriteStartObject("customer"u8);
        json.WriteString("id"u8, user);
        json.WriteString("name"u8, person.Name);
        json.WriteString("email"u8, person.Email);
        json.WriteString("language"u8, person.Language);
        json.WriteString("zone"u8, person.Zone);
        json.WriteEndObject();
    }
}

/// <summary>Something put into a cart, or taken out.</summary>
internal sealed class CartEvent(Click click) : FileEvent(click.Line, click.Time, (int)click.Kind)
{
    public override string Id => $"click-{click.Line.ToString(CultureInfo.InvariantCulture)}";

    public override string Group => click.User;

    protected override string Source => "/replay/carts";

    protected override string Type => click.Kind == ClickKind.Cart ? "cart.item_added" : "cart.item_removed";

    protected override void WriteData(Utf8JsonWriter json, Timing timing)
    {
        json.WriteString("cart"u8, click.Session);
        if (click.Kind == ClickKind.RemoveFromCart)
        {
            json.WriteString("item"u8, click.Product);
            json.WriteNumber("quantity"u8, 1);
            return;
        }

        json.WritePropertyName("item"u8);
        CartEvents.WriteItem(json, click, quantity: 1);
        json.WriteString("currency"u8, MadeUp.Currency);
        CartEvents.WriteCustomer(json, click.User);
    }
}

/// <summary>What a session bought at one time.</summary>
internal sealed class BoughtEvent(IReadOnlyList<Click> bought) : FileEvent(bought[0].Line, bought[0].Time, (int)ClickKind.Purchase)
{
    public string Order { get; } = string.Create(CultureInfo.InvariantCulture, $"{bought[0].Session}-{bought[0].Time.ToUnixTimeSeconds()}");

    public override string Id => $"order-{Order}";

    public override string Group => bought[0].User;

    protected override string Source => "/replay/carts";

    protected override string Type => "order.placed";

    protected override void WriteData(Utf8JsonWriter json, Timing timing)
    {
        json.WriteString("order"u8, Order);
        json.WriteString("cart"u8, bought[0].Session);
        json.WriteNumber("total"u8, bought.Sum(click => click.Price));
        json.WriteString("currency"u8, MadeUp.Currency);
        json.WriteStartArray("lines"u8);
        foreach (var product in bought.GroupBy(click => click.Product)) CartEvents.WriteItem(json, product.First(), product.Count());
        json.WriteEndArray();
        CartEvents.WriteCustomer(json, bought[0].User);
    }
}
