using System.Diagnostics.Metrics;
using Engagement.Contracts;

namespace Engagement.Carts;

internal static class CartsMetrics
{
    private static readonly Meter Meter = new("Engagement.Carts");
    private static readonly Counter<long> Abandoned = Meter.CreateCounter<long>("engagement.carts.abandoned", "{cart}", "Carts that were left.");
    private static readonly Counter<long> Recovered =
        Meter.CreateCounter<long>("engagement.carts.recovered", "{cart}", "Orders within the window after a message about a cart, by its step.");

    private static readonly Counter<long> Reasons = Meter.CreateCounter<long>("engagement.carts.reasons", "{answer}", "Why customers left carts.");

    private static readonly Counter<long> UnknownSteps =
        Meter.CreateCounter<long>("engagement.carts.unknown_steps", "{answer}", "Next steps asked for at a step that the shop's settings don't know.");

    /// <summary>Without its name, which may be anything: the funnel tells those.</summary>
    public static void CountUnknownStep(string tenant) => UnknownSteps.Add(1, new KeyValuePair<string, object?>("engagement.tenant", tenant));

    public static void Count(string tenant, IEnumerable<CartEvent> events)
    {
        KeyValuePair<string, object?> shop = new("engagement.tenant", tenant);
        foreach (var e in events)
        {
            if (e is CartLeftBehind left) Abandoned.Add(1, shop, new("can_be_written", left.Plan.Count > 0));
            else if (e is CartWonBack won) Recovered.Add(1, shop, new("step", won.Step), new("partial", won.IsPartial));
            else if (e is ReasonGiven given) Reasons.Add(1, shop, new KeyValuePair<string, object?>("reason", given.Reason.ToString()));
        }
    }
}
