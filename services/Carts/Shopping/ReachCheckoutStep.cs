using Engagement.Carts.Settings;
using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Carts.Shopping;

public static class ReachCheckoutStepHandler
{
    public static async Task<OutgoingMessages> Handle(ReachCheckoutStep message, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var step = message.Step ?? (await session.SettingsAsync<CartsSettings>(ct)).Checkout()[0].Name;
        return await session.Record(message.Cart, cart => Decide(cart, message, step), clock.GetUtcNow(), ct);
    }

    internal static CartEvent[] Decide(Cart cart, ReachCheckoutStep message, string step) =>
        cart.Steps.Any(known => known.Value == step && known.At == message.Reported.OccurredAt) && !cart.Learns(message.Visit, message.Reported)
            ? []
            : [new CheckoutStepReached(step, message.Visit, message.Reported)];
}
