using Engagement.Contracts;
using static Engagement.Orders.Tests.Facts;

namespace Engagement.Orders.Tests;

public class RecordingTests
{
    [Fact]
    public void A_failed_payment_is_recorded() => Recording(Placed).When(FailPayment).Then(PaymentFailed);

    [Fact]
    public void A_failed_payment_told_twice_is_one() => Recording(Placed, PaymentFailed).When(FailPayment).ThenNothing();

    [Fact]
    public void A_payment_can_fail_again() =>
        Recording(Placed, PaymentFailed).When(FailPayment with { Reported = At(-1) }).Then(PaymentFailed with { Reported = At(-1) });

    [Fact]
    public void A_parcel_is_recorded() => Recording(Placed, Paid).When(Ship).Then(Shipped);

    [Fact]
    public void A_parcel_told_twice_is_one() => Recording(Placed, Shipped).When(Ship with { Reported = At(-1) }).ThenNothing();

    [Fact]
    public void A_parcel_without_a_number_is_told_by_its_time()
    {
        var parcel = Ship with { TrackingNumber = null };
        var shipped = Shipped with { TrackingNumber = null };
        Recording(shipped).When(parcel).ThenNothing();
        Recording(shipped).When(parcel with { Reported = At(-1) }).Then(shipped with { Reported = At(-1) });
        Recording(Shipped).When(parcel).Then(shipped);
    }

    [Fact]
    public void An_order_can_have_a_second_parcel() =>
        Recording(Placed, Shipped).When(Ship with { TrackingNumber = "ZA18" }).Then(Shipped with { TrackingNumber = "ZA18" });

    [Fact]
    public void An_order_told_again_is_the_same_order() => Recording(Placed).When(Place with { Total = new(1, "EUR") }).ThenNothing();

    [Fact]
    public void A_delivery_is_recorded_though_nobody_told_of_a_parcel() => Recording().When(Deliver).Then(Delivered);

    [Fact]
    public void A_delivery_told_twice_is_one() => Recording(Delivered).When(Deliver with { Reported = At(-1) }).ThenNothing();

    [Fact]
    public void A_cancellation_is_recorded_also_after_the_delivery() => Recording(Placed, Delivered).When(Cancel).Then(Cancelled);

    [Fact]
    public void A_cancellation_told_twice_is_one() => Recording(Cancelled).When(Cancel with { Reason = null }).ThenNothing();

    [Fact]
    public void A_refund_is_recorded_also_of_an_order_that_nobody_told_of() => Recording().When(Refund).Then(Refunded);

    [Fact]
    public void A_refund_told_twice_is_one_whatever_it_says_the_second_time() =>
        Recording(Placed, Refunded).When(Refund with { Amount = null, Reported = At(-1) }).ThenNothing();

    [Fact]
    public void A_refund_first_told_without_its_amount_gets_it_later()
    {
        var unsaid = Refund with { Amount = null };
        Recording(Placed).When(unsaid).When(unsaid).ThenNothing().When(Refund).Then(Refunded).When(Refund).ThenNothing().When(unsaid).ThenNothing()
            .ThenState(new Order("order/1001") { Customer = Giulia, Placed = Placed, Refunds = [Refunded] });
    }

    [Fact]
    public void An_order_first_told_without_a_customer_gets_one_and_keeps_it()
    {
        var nobodys = Place with { Customer = CustomerId.Nobody(Id), Reported = At(-10) with { Backfill = true } };
        Recording().When(nobodys).When(nobodys).ThenNothing().When(Place).Then(Placed).When(nobodys).ThenNothing().When(Place).ThenNothing()
            .ThenState(new Order("order/1001") { Customer = Giulia, Placed = Placed });
        Recording(Placed).When(nobodys).ThenNothing();
    }

    [Fact]
    public void Parts_of_a_payment_are_all_recorded_each_once()
    {
        var (first, second) = (Pay with { Amount = new(20, "EUR") }, Pay with { Amount = new(39.80m, "EUR"), Reported = At(-7) });
        Recording(Placed).When(first).When(first).ThenNothing().When(second).Then(Paid with { Amount = second.Amount, Reported = At(-7) })
            .When(first).ThenNothing().When(second).ThenNothing();
        var named = first with { Payment = "a" };
        Recording(Placed).When(named).When(named with { Reported = At(-1) }).ThenNothing()
            .When(named with { Payment = "b" }).Then(Paid with { Amount = first.Amount, Payment = "b" });
    }

    [Fact]
    public void A_payment_that_has_grown_under_its_id_is_the_whole_of_it_whichever_comes_first()
    {
        var part = Pay with { Payment = "whole", Amount = new(20, "EUR") };
        var whole = Pay with { Payment = "whole", Reported = At(-7) };
        foreach (var told in new[] { new[] { part, whole, part }, [whole, part, whole] })
        {
            var story = new Story().Tell(Place).Tell(told);
            story.Order!.Payments.ShouldBe([Paid with { Payment = "whole", Reported = At(-7) }]);
            story.Told.ShouldBe(["thank-you/order-1001"]);
        }

        StatusOf(Placed, Paid with { Payment = "whole", Amount = part.Amount }).ShouldBe(OrderStatus.PartlyPaid);
    }

    [Fact]
    public void A_carrier_s_report_is_recorded_once_for_its_time()
    {
        Recording(Shipped).When(Bring).Then(Brought);
        Recording(Shipped, Brought).When(Bring).ThenNothing();
        Recording(Shipped, Brought).When(Bring with { Reported = At(-1) }).Then(Brought with { Reported = At(-1) });
        Recording().When(Bring).Then(Brought);
    }

    [Fact]
    public void One_delivered_parcel_of_several_is_not_the_order()
    {
        OrderShipped[] parcels = [Shipped with { Parcel = "p-1", TrackingNumber = "Z1" }, Shipped with { Parcel = "p-2", TrackingNumber = "Z2" }];
        StatusOf([.. parcels, Delivered with { Parcel = "p-1" }]).ShouldBe(OrderStatus.Shipped);
        StatusOf([.. parcels, Delivered with { Parcel = "p-1" }, Delivered with { Parcel = "Z2" }]).ShouldBe(OrderStatus.Delivered);
        StatusOf([.. parcels, Delivered]).ShouldBe(OrderStatus.Delivered);
        StatusOf([Delivered with { Parcel = "p-1" }, .. parcels]).ShouldBe(OrderStatus.Shipped);
        Recording([.. parcels, Delivered with { Parcel = "p-1" }]).When(Deliver with { Parcel = "Z1", Reported = At(-1) }).ThenNothing();
    }

    [Fact]
    public void An_order_that_the_shop_threw_away_is_called_off_only_where_nothing_was_paid_or_sent()
    {
        Recording(Placed).When(Remove).Then(Removed).When(Remove).ThenNothing();
        StatusOf(Placed, Removed).ShouldBe(OrderStatus.Cancelled);
        StatusOf(Removed, Placed, Paid).ShouldBe(OrderStatus.Paid);
        StatusOf(Placed, Paid, Shipped, Delivered, Removed).ShouldBe(OrderStatus.Delivered);
    }

    [Fact]
    public void A_promise_told_later_is_kept_with_its_parcel_and_the_latest_of_all_parcels_holds()
    {
        var promised = Ship with { PromisedOn = new DateOnly(2026, 1, 22) };
        Recording(Shipped).When(promised).Then(Shipped with { PromisedOn = promised.PromisedOn }).When(Ship).ThenNothing();
        Recording(Placed, Shipped with { PromisedOn = new DateOnly(2026, 1, 22) }, Shipped with { TrackingNumber = "2", PromisedOn = new DateOnly(2026, 1, 21) })
            .State!.PromisedOn.ShouldBe(new DateOnly(2026, 1, 22));
    }

    [Fact]
    public void An_order_can_be_refunded_in_parts() =>
        Recording(Placed, Refunded).When(Refund with { Refund = "r-2" }).Then(Refunded with { Refund = "r-2" });

    [Fact]
    public void A_parcel_with_an_id_is_one_whose_number_may_come_later_and_does_not_go_again()
    {
        var bare = Ship with { Parcel = "p-1", TrackingNumber = null, TrackingUrl = null };
        var full = Ship with { Parcel = "p-1" };
        var shipped = Shipped with { Parcel = "p-1" };
        Recording(Placed).When(bare).When(full).Then(shipped).When(bare).ThenNothing().When(full).ThenNothing()
            .ThenState(new Order("order/1001") { Customer = Giulia, Placed = Placed, Parcels = [shipped] });
        Recording(shipped).When(bare with { Parcel = "p-2" }).Then(shipped with { Parcel = "p-2", TrackingNumber = null, TrackingUrl = null });
    }

    [Fact]
    public void A_tracking_number_can_be_put_right_and_the_wrong_one_does_not_come_back()
    {
        var wrong = Ship with { Parcel = "p-1", ChangedAt = At(-6).OccurredAt };
        var right = wrong with { TrackingNumber = "ZA99", ChangedAt = At(-5).OccurredAt };
        var shipped = Shipped with { Parcel = "p-1", ChangedAt = At(-6).OccurredAt };
        Recording().When(wrong).Then(shipped).When(right).Then(shipped with { TrackingNumber = "ZA99", ChangedAt = At(-5).OccurredAt })
            .When(wrong).ThenNothing().When(right).ThenNothing()
            .ThenState(new Order("order/1001") { Parcels = [shipped with { TrackingNumber = "ZA99", ChangedAt = At(-5).OccurredAt }] });
    }

    [Fact]
    public void The_first_cancellation_counts_whichever_comes_first()
    {
        var earlier = Cancel with { Reported = At(-6) };
        foreach (var told in new[] { new[] { Cancel, earlier }, [earlier, Cancel] })
            new Story().Tell(told).Order!.Cancelled.ShouldBe(Cancelled with { Reported = At(-6) });
    }

    [Fact]
    public void A_parcel_told_by_its_number_and_then_by_its_id_is_one_in_either_order()
    {
        var (bare, full) = (Ship, Ship with { Parcel = "p-1", Reported = At(-6) });
        foreach (var told in new[] { new[] { bare, full }, [full, bare] })
        {
            var story = new Story().Tell(Place, Pay).Tell(told);
            story.Order!.Parcels.ShouldBe([Shipped with { Parcel = "p-1", Reported = At(-6) }]);
            story.Asked.OfType<SendMessage>().Count(message => message.Kind == MessageKind.Shipped).ShouldBe(1);
        }
    }

    [Fact]
    public void What_is_told_of_a_parcel_later_holds_whichever_comes_first()
    {
        var first = Ship with { Parcel = "p-1", TrackingUrl = null, PromisedOn = new DateOnly(2026, 1, 18) };
        var corrected = first with { TrackingNumber = null, Carrier = null, PromisedOn = new DateOnly(2026, 1, 22), Reported = At(-5) };
        var link = first with { TrackingUrl = Ship.TrackingUrl, PromisedOn = null };
        var whole = Shipped with { Parcel = "p-1", PromisedOn = corrected.PromisedOn, Reported = At(-5) };
        ShipOrder[] told = [first, corrected, link];
        foreach (var order in new[] { new[] { 0, 1, 2 }, [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0] })
            new Story().Tell(order.Select(i => told[i])).Tell(told).Order!.Parcels.ShouldBe([whole], string.Join(' ', order));
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
        StatusOf(Placed, Paid with { Amount = new(1, "EUR") }).ShouldBe(OrderStatus.PartlyPaid);
        StatusOf(Placed, Delivered, Refunded with { Amount = Paid.Amount }).ShouldBe(OrderStatus.Refunded);
        StatusOf(Placed, Delivered, Refunded).ShouldBe(OrderStatus.Delivered);   // a part
        StatusOf(Placed, Shipped, Brought with { Fate = ParcelFate.Returned }).ShouldBe(OrderStatus.Returned);
    }

    private static OrderStatus StatusOf(params OrderEvent[] told) => Recording(told).State!.Status;
}
