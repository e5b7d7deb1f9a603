using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engagement.Replay;
using static Engagement.Replay.OrderEventKind;

namespace Engagement.Tools.Tests;

public class OrderEventsTests
{
    private static readonly DateTimeOffset Noon = new(2017, 10, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly OrderRow Delivered = new(2, "e481", "9ef4", false, Noon, Noon.AddHours(1), Noon.AddDays(2), Noon.AddDays(5), new DateOnly(2017, 10, 18));

    [Fact]
    public void A_delivered_order_has_four_events() =>
        OrderEvents.From(Delivered).Select(e => (e.Kind, e.Time, e.Id)).ShouldBe([
            (Placed, Noon, "e481-placed"), (Paid, Noon.AddHours(1), "e481-paid"),
            (Shipped, Noon.AddDays(2), "e481-shipped"), (OrderEventKind.Delivered, Noon.AddDays(5), "e481-delivered")]);

    [Fact]
    public void An_order_that_was_only_placed_has_one_event() =>
        OrderEvents.From(Delivered with { PaidAt = null, ShippedAt = null, DeliveredAt = null }).Select(e => e.Kind).ShouldBe([Placed]);

    [Fact]
    public void A_cancelled_order_is_cancelled_an_hour_after_the_last_thing_known()
    {
        var paidLast = Delivered with { Cancelled = true, PaidAt = Noon.AddDays(3), DeliveredAt = null };

        OrderEvents.From(paidLast).Last().ShouldSatisfyAllConditions(
            e => e.Kind.ShouldBe(Cancelled),
            e => e.Time.ShouldBe(Noon.AddDays(3).AddHours(1)));
    }

    [Fact]
    public void Events_are_sorted_by_time_and_in_their_natural_order_within_a_minute()
    {
        var atOnce = new OrderRow(3, "b", "c", true, Noon.AddHours(1), Noon.AddHours(1), Noon.AddHours(1), Noon.AddHours(1), null);
        var events = OrderEvents.From(atOnce).Reverse().Concat(OrderEvents.From(Delivered)).ToList<FileEvent>();

        events.Sort(FileEvent.InTimeOrder);

        events.Select(e => e.Id).ShouldBe([
            "e481-placed", "b-placed", "e481-paid", "b-paid", "b-shipped", "b-delivered", "b-cancelled", "e481-shipped", "e481-delivered"]);
    }

    /// <summary>What is made up must never change: the server would take a repeated run for another one.</summary>
    [Fact]
    public void Each_kind_is_written_as_it_always_was()
    {
        var row = Delivered with { Cancelled = true };

        Render(OrderEvents.From(row), Timing.AsInFile).ShouldBe("""
            {"specversion":"1.0","id":"e481-placed","source":"/replay/orders","type":"order.placed","time":"2017-10-02T12:00:00Z","datacontenttype":"application/json","data":{"order":"e481","total":194.65,"currency":"EUR","lines":[{"title":"Borsa di juta","quantity":1,"price":44.95,"sku":"BAG-J"},{"title":"Padella da 28 cm","quantity":2,"price":54.90,"sku":"PAN-28"},{"title":"Quattro asciugamani","quantity":1,"price":39.90,"sku":"TOWEL-4"}],"promisedOn":"2017-10-18","customer":{"id":"9ef4","name":"Davide Greco","email":"davide.greco.473b4de83c7d9a89@example.org","language":"it","zone":"Europe/Rome","address":{"street":"Viale Europa 17","city":"Bologna","postalCode":"40121","country":"IT"}}}}
            {"specversion":"1.0","id":"e481-paid","source":"/replay/orders","type":"order.paid","time":"2017-10-02T13:00:00Z","datacontenttype":"application/json","data":{"order":"e481","amount":194.65,"currency":"EUR"}}
            {"specversion":"1.0","id":"e481-shipped","source":"/replay/orders","type":"order.shipped","time":"2017-10-04T12:00:00Z","datacontenttype":"application/json","data":{"order":"e481","carrier":"Poste Italiane","trackingNumber":"EN653956726642"}}
            {"specversion":"1.0","id":"e481-delivered","source":"/replay/orders","type":"order.delivered","time":"2017-10-07T12:00:00Z","datacontenttype":"application/json","data":{"order":"e481"}}
            {"specversion":"1.0","id":"e481-cancelled","source":"/replay/orders","type":"order.cancelled","time":"2017-10-07T13:00:00Z","datacontenttype":"application/json","data":{"order":"e481"}}
            """);
    }

    [Fact]
    public void A_shifted_event_asks_for_messages_however_old_it_is()
    {
        var shifted = Parse(Delivered, new Timing(TimeSpan.FromDays(100.6), EvenIfStale: true))["order.placed"];

        ((string)shifted["time"]!).ShouldBe("2018-01-11T02:24:00Z");
        ((bool)shifted["evenifstale"]!).ShouldBeTrue();
        ((string)shifted["data"]!["promisedOn"]!).ShouldBe("2018-01-27");
    }

    [Fact]
    public void An_event_that_keeps_its_time_does_not_ask() =>
        Parse(Delivered, Timing.AsInFile)["order.placed"].ContainsKey("evenifstale").ShouldBeFalse();

    [Fact]
    public void Totals_are_the_exact_sums_of_lines_and_the_amount_paid()
    {
        foreach (var row in ManyRows())
        {
            var events = Parse(row, Timing.AsInFile);
            var placed = events["order.placed"]["data"]!;
            var lines = placed["lines"]!.AsArray();
            lines.Count.ShouldBeInRange(1, 3);
            lines.Select(line => (string)line!["sku"]!).ShouldBeUnique();
            lines.Sum(line => (decimal)line!["price"]! * (int)line["quantity"]!).ShouldBe((decimal)placed["total"]!);
            events["order.paid"]["data"]!["amount"]!.ToJsonString().ShouldBe(placed["total"]!.ToJsonString());
        }
    }

    [Fact]
    public void Customers_are_a_mix_of_languages_and_now_and_then_a_guest()
    {
        var customers = ManyRows().Select(row => Parse(row, Timing.AsInFile)["order.placed"]["data"]!["customer"]!.AsObject()).ToList();

        customers.Count(customer => (string)customer["language"]! == "it").ShouldBeInRange(500, 800);
        customers.Count(customer => (string)customer["language"]! == "en").ShouldBeInRange(200, 500);
        customers.Count(customer => !customer.ContainsKey("id")).ShouldBeInRange(20, 100);
        customers.Select(customer => (string)customer["email"]!).ShouldBeUnique();
        customers.ShouldAllBe(customer => ((string)customer["email"]!).All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '.' || c == '@'));
        customers.Select(customer => (string)customer["zone"]!).Distinct().ShouldAllBe(zone => TimeZoneInfo.FindSystemTimeZoneById(zone).HasIanaId);
    }

    [Fact]
    public void A_customer_is_the_same_person_in_every_order()
    {
        var first = Parse(Delivered, Timing.AsInFile)["order.placed"]["data"]!["customer"]!.ToJsonString();
        var second = Parse(Delivered with { Order = "other" }, Timing.AsInFile)["order.placed"]["data"]!["customer"]!.ToJsonString();

        second.ShouldBe(first);
    }

    [Fact]
    public void An_order_without_a_customer_is_a_guests()
    {
        var customer = Parse(Delivered with { Customer = null }, Timing.AsInFile)["order.placed"]["data"]!["customer"]!.AsObject();

        customer.ContainsKey("id").ShouldBeFalse();
        ((string)customer["email"]!).ShouldEndWith("@example.org");
    }

    private static IEnumerable<OrderRow> ManyRows() => Enumerable.Range(0, 1000).Select(i => Delivered with { Order = $"order-{i}", Customer = $"customer-{i}" });

    private static Dictionary<string, JsonObject> Parse(OrderRow row, Timing timing) =>
        Render(OrderEvents.From(row), timing).Split('\n').Select(line => JsonNode.Parse(line)!.AsObject()).ToDictionary(e => (string)e["type"]!);

    private static string Render(IEnumerable<OrderEvent> events, Timing timing) => string.Join('\n', events.Select(e =>
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            e.Write(json, timing);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }));
}
