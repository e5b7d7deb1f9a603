using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests;

public class RecordingTests
{
    [Fact]
    public void A_failed_payment_is_recorded() => Given(Placed).When(FailPayment).Then(PaymentFailed);

    [Fact]
    public void A_failed_payment_told_twice_is_one() => Given(Placed, PaymentFailed).When(FailPayment).ThenNothing();

    [Fact]
    public void A_payment_can_fail_again() =>
        Given(Placed, PaymentFailed).When(FailPayment with { Reported = At(-1) }).Then(PaymentFailed with { Reported = At(-1) });

    [Fact]
    public void A_parcel_is_recorded() => Given(Placed, Paid).When(Ship).Then(Shipped);

    [Fact]
    public void A_parcel_told_twice_is_one() => Given(Placed, Shipped).When(Ship with { Reported = At(-1) }).ThenNothing();

    [Fact]
    public void A_parcel_without_a_number_is_told_by_its_time()
    {
        var parcel = Ship with { TrackingNumber = null };
        var shipped = Shipped with { TrackingNumber = null };
        Given(shipped).When(parcel).ThenNothing();
        Given(shipped).When(parcel with { Reported = At(-1) }).Then(shipped with { Reported = At(-1) });
        Given(Shipped).When(parcel).Then(shipped);
    }

    [Fact]
    public void An_order_can_have_a_second_parcel() =>
        Given(Placed, Shipped).When(Ship with { TrackingNumber = "ZA18" }).Then(Shipped with { TrackingNumber = "ZA18" });

    [Fact]
    public void An_order_told_again_is_the_same_order() => Given(Placed).When(Place with { Total = new(1, "EUR") }).ThenNothing();

    [Fact]
    public void A_delivery_is_recorded_though_nobody_told_of_a_parcel() => Given().When(Deliver).Then(Delivered);

    [Fact]
    public void A_delivery_told_twice_is_one() => Given(Delivered).When(Deliver with { Reported = At(-1) }).ThenNothing();

    [Fact]
    public void A_cancellation_is_recorded_also_after_the_delivery() => Given(Placed, Delivered).When(Cancel).Then(Cancelled);

    [Fact]
    public void A_cancellation_told_twice_is_one() => Given(Cancelled).When(Cancel with { Reason = null }).ThenNothing();

    [Fact]
    public void A_refund_is_recorded_also_of_an_order_that_nobody_told_of() => Given().When(Refund).Then(Refunded);

    [Fact]
    public void A_refund_told_twice_is_one_whatever_it_says_the_second_time() =>
        Given(Placed, Refunded).When(Refund with { Amount = null, Reported = At(-1) }).ThenNothing();

    [Fact]
    public void An_order_can_be_refunded_in_parts() =>
        Given(Placed, Refunded).When(Refund with { Refund = "r-2" }).Then(Refunded with { Refund = "r-2" });

    [Fact]
    public void A_parcel_with_an_id_is_one_whose_number_may_come_later_and_does_not_go_again()
    {
        var bare = Ship with { Parcel = "p-1", TrackingNumber = null, TrackingUrl = null };
        var full = Ship with { Parcel = "p-1" };
        var shipped = Shipped with { Parcel = "p-1" };
        Given(Placed).When(bare).When(full).Then(shipped).When(bare).ThenNothing().When(full).ThenNothing()
            .ThenState(new Order("order/1001") { Customer = Giulia, Placed = Placed, Parcels = [shipped] });
        Given(shipped).When(bare with { Parcel = "p-2" }).Then(shipped with { Parcel = "p-2", TrackingNumber = null, TrackingUrl = null });
    }

    [Fact]
    public void A_tracking_number_can_be_put_right_and_the_wrong_one_does_not_come_back()
    {
        var wrong = Ship with { Parcel = "p-1", ChangedAt = At(-6).OccurredAt };
        var right = wrong with { TrackingNumber = "ZA99", ChangedAt = At(-5).OccurredAt };
        var shipped = Shipped with { Parcel = "p-1", ChangedAt = At(-6).OccurredAt };
        Given().When(wrong).Then(shipped).When(right).Then(shipped with { TrackingNumber = "ZA99", ChangedAt = At(-5).OccurredAt })
            .When(wrong).ThenNothing().When(right).ThenNothing()
            .ThenState(new Order("order/1001") { Parcels = [shipped with { TrackingNumber = "ZA99", ChangedAt = At(-5).OccurredAt }] });
    }

    [Fact]
    public void What_weighs_most_is_the_status_not_what_came_last()
    {
        StatusOf(Placed).ShouldBe(OrderStatus.Placed);
        StatusOf(Placed, PaymentFailed).ShouldBe(OrderStatus.PaymentFailed);
        StatusOf(PaymentFailed, Paid).ShouldBe(OrderStatus.Paid);
        StatusOf(Paid, PaymentFailed, Placed).ShouldBe(OrderStatus.Paid);
        StatusOf(Shipped, Placed, Paid).ShouldBe(OrderStatus.Shipped);
        StatusOf(Delivered, Shipped).ShouldBe(OrderStatus.Delivered);
        StatusOf(Cancelled, Delivered).ShouldBe(OrderStatus.Cancelled);
    }

    private static OrderStatus StatusOf(params OrderEvent[] told) => Given(told).State!.Status;
}
