using System.Text.Json;
using Engagement.Contracts;

namespace Engagement.ServiceDefaults.Tests;

public sealed class JsonTests
{
    private static readonly SendMessage Message = new(
        MessageKey.From("thank-you/order-1"), MessageKind.ThankYou, null, new Occasion("order/1", new DateTimeOffset(2026, 1, 12, 12, 0, 0, TimeSpan.Zero)),
        new OrderSummary(OrderId.From("1"), [new OrderLine("Caffè <100%>", 2, new Money(1.50m, "EUR"))], null, null));

    [Fact]
    public void What_is_stored_for_an_index_alone_is_not_shown()
    {
        JsonSerializer.Serialize(new Indexed("a"), HttpJson.Options).ShouldBe("""{"name":"a"}""");
        JsonSerializer.Serialize(new Indexed("a"), StoredJson.Options).ShouldBe("""{"Name":"a","Sorted":"A"}""");
    }

    [Fact]
    public void What_is_stored_keeps_its_names_and_nulls() => JsonSerializer.Serialize(Message, StoredJson.Options).ShouldBe(
        """
        {"Key":"thank-you/order-1","Kind":"ThankYou","CustomerId":null,"Occasion":{"Subject":"order/1","OccurredAt":"2026-01-12T12:00:00+00:00","EvenIfStale":false},"Data":{"$type":"order","Order":"1","Lines":[{"Title":"Caffè <100%>","Quantity":2,"Price":{"Amount":1.50,"Currency":"EUR"},"Sku":null}],"Total":null,"PromisedOn":null,"Number":null}}
        """);

    [Fact]
    public void What_jsonb_has_reordered_can_be_read() => JsonSerializer.Deserialize<MessageData>(
        """{"Lines": [], "Order": "1", "Total": null, "$type": "order", "PromisedOn": null}""", StoredJson.Options).ShouldBeOfType<OrderSummary>().Order.Value.ShouldBe("1");

    [Fact]
    public void Http_speaks_camel_case_and_calls_kinds_of_messages_as_paths_do() => JsonSerializer.Serialize(
        new { Kind = MessageKind.ThankYou, Channel = Channel.Sms, OrderLine = 1 }, HttpJson.Options)
        .ShouldBe("""{"kind":"thank-you","channel":"Sms","orderLine":1}""");

    private sealed record Indexed(string Name)
    {
        [StoredOnly]
        public string Sorted => Name.ToUpperInvariant();
    }
}
