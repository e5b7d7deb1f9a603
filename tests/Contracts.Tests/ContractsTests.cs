using System.Text.Json;
using Engagement.ServiceDefaults;
using Engagement.Testing;

namespace Engagement.Contracts.Tests;

/// <summary>What crosses services: queues hold it while services of two versions run side by side.</summary>
public class ContractsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);
    private static readonly Reported Reported = new(Noon.AddSeconds(-1.5), Noon, Backfill: true, EvenIfStale: true);
    private static readonly Money Total = new(59.80m, "EUR");
    private static readonly OrderId Order = new("1001");
    private static readonly CustomerId Customer = new("c-1");
    private static readonly CartId Cart = new("abc");
    private static readonly CartVisit Visit = new(Customer, "it", new Uri("https://shop.example/cart/abc"), ["address", "email"]);
    private static readonly StaffTaskKey StaffTask = new("no-address/thank-you/order-1001");
    private static readonly DateOnly Promised = new(2026, 1, 20);
    private static readonly OrderLine[] Lines =
        [new("Tazza \"Mare\" è <blu>", 2, new Money(14.95m, "EUR"), "TZ-1"), new("Cuscino", 1, new Money(29.90m, "EUR"))];

    private static readonly object[] Samples =
    [
        new PlaceOrder(Order, Customer, Total, Lines, Promised, Reported, "#1042", "Europe/Rome", Cart),
        new RecordPayment(Order, Total, Customer, Reported, "t-1"),
        new RecordPaymentFailure(Order, "card_declined", Reported, new Uri("https://shop.example/pay/1001")),
        new ShipOrder(Order, "Poste", "ZA 17", new Uri("https://track.example/?q=ZA%2017"), Reported, "p-1", Noon.AddHours(1), Promised),
        new ConfirmDelivery(Order, Reported, "p-1"),
        new ReportParcel(Order, "p-1", ParcelFate.DeliveryAttempted, Reported),
        new RemoveOrder(Order, Reported),
        new AnswerCheckIn(Order, Customer, CheckInAnswer.Unhappy, new Sealed("c2VhbGVk"), Reported),
        new CancelOrder(Order, "changed_mind", Reported),
        new RecordRefund(Order, "r-1", Total, Reported),
        new ContactSeen(Customer, new Sealed("c2VhbGVk"), HasEmail: true, "it-IT", "Europe/Rome", Reported, true, true, false),
        new ContactDetails("Giulia Rossi", "giulia@mail.example", "+39 06 1234567", new PostalAddress("Via Roma 1", "Roma", "00100", "IT")),
        new SendMessage(
            new MessageKey("thank-you/order-1001"), MessageKind.ThankYou, Customer, new Occasion("order/1001", Noon, EvenIfStale: true),
            new OrderSummary(Order, Lines, Total, Promised, "#1042")),
        new RaiseStaffTask(StaffTask, StaffTaskKind.NoAddress, Urgency.High, Customer, "order/1001", Noon.AddHours(48), Noon),
        new WithdrawStaffTask(StaffTask, WithdrawalReason.CustomerFound, Noon),
        new StaffTaskDone(StaffTask, StaffTaskKind.NoAddress, Customer, StaffTaskOutcome.Solved, Noon),
        new MessageSent(new MessageKey("thank-you/order-1001"), MessageKind.ThankYou, Customer, Noon),
        new MessageSuppressed(new MessageKey("thank-you/order-1001"), MessageKind.ThankYou, Customer, "stale", Noon),
        new MessageFailed(new MessageKey("thank-you/order-1001"), MessageKind.ThankYou, Customer, "no-address", Noon),
        new WithdrawMessages(Customer, "cart/abc", "ordered", Noon, [MessageKind.CartReminder]),
        new PauseMarketing(Customer, "order/1001", Noon),
        new ResumeMarketing(Customer, "order/1001", Noon),
        new RecordPermission(
            Customer, true, [Purpose.Offers, Purpose.Carts], Channel.Email, PermissionBasis.SoftOptIn, "checkout-v3", Reported, new MessageKey("offer/1")),
        new PermissionChanged(Customer, Purpose.Offers, Channel.Email, false, PermissionBasis.OneClick, Noon),
        new ReportMessage("thank-you.order-1001.demo@demo.example", MessageFate.Bounced, true, "5.1.1", Reported),
        new CustomerErased(Customer, Reported),
        new CustomerDataErased(Customer, Noon),
        new SendingSwitched(true, "anna", Noon),
        new OrderLate(Order, Customer, Promised, Noon),
        new OrderPlaced(Order, Customer, Total, Lines, Cart, Reported),
        new OrderCancelled(Order, Customer, Reported),
        new ChangeCart(Cart, Lines, Total, Visit, Reported),
        new AddToCart(Cart, Lines[0], Visit, Reported),
        new TakeFromCart(Cart, "TZ-1", 2, Visit, Reported),
        new ReachCheckoutStep(Cart, "shipping", Visit, Reported),
        new CompleteCheckout(Cart, Order, Visit, Reported),
        new MergeCarts(Cart, new CartId("def"), Lines, Total, Visit, Reported),
        new GuestKnown(new CustomerId("guest-1f"), Customer),
        new AnswerCartQuestion(Cart, 1, Customer, CartReason.Other, new Sealed("c2VhbGVk"), Noon),
        new CartAbandoned(Cart, Customer, Noon),
        new CartRecovered(Cart, Customer, Order, Noon),
        new InquiryOpened(new InquiryId("i-1"), Customer, Order, Noon),
        new InquiryAnswered(new InquiryId("i-1"), Customer, Order, Noon),
    ];

    public static TheoryData<string> Names => [.. Samples.Select(sample => sample.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_stored_as_approved_and_earlier_shapes_still_read(string name) => StoredShapes.Match(Samples.Single(sample => sample.GetType().Name == name));

    [Fact]
    public void Every_contract_is_approved() =>
        StoredShapes.MatchAll(StoredShapes.Of<IGrouped>(typeof(IGrouped).Assembly).Append(typeof(ContactDetails)), Samples);

    [Fact]
    public void What_is_not_known_is_null_and_reads_as_null()
    {
        RoundTrip(new RecordPayment(Order, null, null, Reported)).ShouldBe(new RecordPayment(Order, null, null, Reported));
        RoundTrip(new ShipOrder(Order, null, null, null, Reported)).ShouldBe(new ShipOrder(Order, null, null, null, Reported));
        RoundTrip(new ContactDetails(null, null)).ShouldBe(new ContactDetails(null, null));
        var task = Samples.OfType<RaiseStaffTask>().Single() with { CustomerId = null };
        RoundTrip(task).ShouldBe(task);
    }

    [Fact]
    public void Facts_of_one_order_are_one_group_and_so_is_what_concerns_one_task_or_one_customer()
    {
        string[] GroupsOf(Func<IGrouped, bool> which) => [.. Samples.OfType<IGrouped>().Where(which).Select(message => message.GroupId).Distinct()];
        GroupsOf(message => message is IOrderFact or OrderLate).ShouldBe(["order/1001"]);
        GroupsOf(message => message is ICartFact or AnswerCartQuestion or CartAbandoned or CartRecovered).ShouldBe(["cart/abc"]);
        GroupsOf(message => message is IStaffTaskMessage).ShouldBe(["task/no-address/thank-you/order-1001"]);
        GroupsOf(message => message is OrderPlaced or OrderCancelled or ContactSeen or SendMessage or WithdrawMessages or PauseMarketing or ResumeMarketing or RecordPermission or PermissionChanged or CustomerErased or IMessageOutcome)
            .ShouldBe(["customer/c-1"]);
    }

    [Fact]
    public void Sealed_data_says_nothing_in_a_log() => Samples.OfType<ContactSeen>().Single().ToString().ShouldNotContain("c2VhbGVk");

    private static IEnumerable<string> Groups(IEnumerable<IGrouped> messages) => messages.Select(message => message.GroupId).Distinct();

    private static T RoundTrip<T>(T value) => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(value, StoredJson.Options), StoredJson.Options)!;
}
