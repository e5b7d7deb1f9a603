using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engagement.ServiceDefaults;
using Engagement.Testing;

namespace Engagement.Contracts.Tests.Messages;

/// <summary>What a message can say is a closed set, each under its own name.</summary>
public class MessageDataTests
{
    private static readonly JsonSerializerOptions Indented = new(StoredJson.Options) { WriteIndented = true };
    private static readonly OrderId Order = new("1001");
    private static readonly Money Amount = new(5.50m, "EUR");
    private static readonly DateOnly Day = new(2026, 1, 20);
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);
    private static readonly Sealed Words = new("c2VhbGVk");
    private static readonly OrderLine[] Lines = [new("Tazza \"Mare\"", 2, new Money(14.95m, "EUR"), "TZ-1")];

    private static readonly MessageData[] Samples =
    [
        new OrderSummary(Order, Lines, Amount, Day),
        new OrderUnpaid(Order, Amount, Url("pay/1001")),
        new ParcelNews(Order, "Poste", "ZA 17", Url("track?q=ZA%2017"), Day),
        new OrderArrived(Order),
        new OrderCancellation(Order, WasPaid: true),
        new OrderRefund(Order, Amount),
        new CartLeft(new CartId("cart-1"), Lines, Amount, Url("cart/1")),
        new CustomerWelcomed(Url("")),
        new InquiryTaken(new InquiryId("i-1"), Order, Noon),
        new InquiryAnswer(new InquiryId("i-1"), Order, Words),
        new SubscriptionEnding(new SubscriptionId("S-17"), Day, Amount),
        new Voucher("GRAZIE10", Amount, 10, Day, Url("")),
        new ReviewAsked(Order, Url("review/1001")),
        new ReviewAnswer(new ReviewId("r-1"), "Tazza", Words),
        new CustomerReturned(Url("")),
    ];

    public static TheoryData<string> Names => [.. Samples.Select(sample => sample.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_stored_as_approved_and_reads_as_what_it_was(string name)
    {
        var sample = Samples.Single(sample => sample.GetType().Name == name);
        var json = JsonSerializer.Serialize(sample, Indented);
        Approved.Match(json + "\n", name);
        var read = JsonSerializer.Deserialize<MessageData>(json, StoredJson.Options);
        read.ShouldBeOfType(sample.GetType());
        JsonSerializer.Serialize(read, Indented).ShouldBe(json);
    }

    [Fact]
    public void Every_kind_of_data_has_its_name_and_is_approved() =>
        typeof(MessageData).GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Select(derived => derived.DerivedType).ShouldBe(Samples.Select(sample => sample.GetType()));

    [Fact]
    public void What_a_person_wrote_is_sealed_and_says_nothing_in_a_log() =>
        Samples.OfType<IPersonalWords>().ShouldAllBe(data => !data.ToString()!.Contains(Words.Value, StringComparison.Ordinal));

    private static Uri Url(string path) => new($"https://shop.example/{path}");
}
