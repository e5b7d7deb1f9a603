using Engagement.Bus;

namespace Engagement.Engine.Tests.Bus;

public sealed class ListenerStateTests
{
    [Fact]
    public void The_horizon_moves_when_all_who_wrote_have_ended()
    {
        var horizon = new Horizon();
        horizon.Saw([], 100);
        horizon.Settled.ShouldBe(0);         // who drew an id below 100 was asked too early
        horizon.Saw(["a", "b"], 120);
        horizon.Settled.ShouldBe(0);
        horizon.Saw(["b", "c"], 130);
        horizon.Settled.ShouldBe(0);
        horizon.Saw(["c", "d"], 140);        // c came later: its ids are above 100
        horizon.Settled.ShouldBe(100);
        horizon.Saw([], 140);
        horizon.Settled.ShouldBe(140);
    }

    [Fact]
    public void The_horizon_moves_over_what_came_and_went_between_two_looks()
    {
        var horizon = new Horizon();
        horizon.Claimed(50);
        horizon.Claimed(40);
        horizon.Saw([], 0);
        horizon.Saw([], 0);
        horizon.Settled.ShouldBe(50);
    }

    [Fact]
    public void A_claim_goes_on_from_the_last_one_but_never_begins_above_the_horizon()
    {
        var slot = new SlotState();
        slot.Hint("t", settled: 10);
        var first = slot.Next(1, 2, settled: 10);
        (first.Lows[0], first.Share).ShouldBe((10, 2));

        slot.Done(first, Took(20, 21));          // more than asked for may be there, and somebody may commit late above the horizon
        var second = slot.Next(1, 2, settled: 18);
        second.Lows[0].ShouldBe(18);
        slot.Done(second, Took(22, 23));
        var third = slot.Next(1, 2, settled: 40);
        third.Lows[0].ShouldBe(23);
        slot.Done(third, Took(30));
        slot.HasSome.ShouldBeFalse();            // less than asked for: there is no more
    }

    [Fact]
    public void A_word_that_comes_while_a_claim_runs_is_not_lost()
    {
        var slot = new SlotState();
        slot.Hint("t", 0);
        var claim = slot.Next(1, 50, 0);
        slot.Hint("t", 0);
        slot.Done(claim, Took());
        slot.HasSome.ShouldBeTrue();

        claim = slot.Next(1, 50, 0);
        slot.Found("t", 3);                      // it came too late for the claim, and the horizon passes it
        slot.Done(claim, Took(70));
        slot.Next(1, 50, 90).Lows[0].ShouldBe(3);
    }

    [Fact]
    public void A_found_message_lowers_where_the_next_claim_begins()
    {
        var slot = new SlotState();
        slot.Found("t", 100);
        slot.Found("t", 40);
        slot.Hint("t", 5);
        slot.Next(1, 50, 50).Lows[0].ShouldBe(40);
    }

    [Fact]
    public void What_was_not_committed_changes_nothing()
    {
        var slot = new SlotState();
        slot.Found("t", 7);
        var claim = slot.Next(1, 50, 9);
        slot.Done(claim, new ClaimResult(false, []));
        slot.Next(1, 50, 9).Lows[0].ShouldBe(7);
    }

    [Fact]
    public void Tenants_share_a_claim_and_take_turns_where_there_are_more_than_places()
    {
        var slot = new SlotState();
        foreach (var tenant in new[] { "a", "b", "c" }) slot.Found(tenant, 0);

        slot.Next(1, 50, 0).Share.ShouldBe(16);
        var seen = new List<string>();
        for (var i = 0; i < 3; i++) seen.AddRange(slot.Next(1, 2, 0).Tenants);
        seen.ShouldBe(["a", "b", "c", "a", "b", "c"]);
    }

    [Fact]
    public void What_fails_again_and_again_without_a_reason_is_handled_carefully()
    {
        var slot = new SlotState();
        slot.Found("t", 0);
        for (var i = 0; i < 3; i++)
        {
            slot.Next(1, 50, 0).Careful.ShouldBeFalse();
            slot.Done(slot.Next(1, 50, 0), new ClaimResult(false, [], Undone: 5));
        }

        slot.Next(1, 50, 0).ShouldSatisfyAllConditions(c => c.Careful.ShouldBeTrue(), c => c.Share.ShouldBe(1));
        slot.CarefulClaims.ShouldBe(5);
    }

    [Fact]
    public void The_slot_of_a_group_is_part_of_what_is_stored()
    {
        Slots.Of("demo", "order/1001", Guid.Empty).ShouldBe((short)1);
        Slots.Of("other", "order/1001", Guid.Empty).ShouldBe((short)22);
        Enumerable.Range(0, 10_000).Select(i => Slots.Of("demo", $"order/{i}", Guid.Empty)).GroupBy(s => s).ShouldSatisfyAllConditions(
            g => g.Count().ShouldBe(Slots.Count),
            g => g.Max(x => x.Count()).ShouldBeLessThan(450));
    }

    private static ClaimResult Took(params long[] ids) => new(true, [.. ids.Select(id => new Envelope { QueueId = id, TenantId = "t" })]);
}
