using Engagement.Contracts;

namespace Engagement.Carts.Recovery;

public static class AnswerCartQuestionHandler
{
    public static Task<OutgoingMessages> Handle(AnswerCartQuestion message, IDocumentSession session, TimeProvider clock, CancellationToken ct) =>
        session.Record(message.Cart, cart => Decide(cart, message), clock.GetUtcNow(), ct);

    /// <summary>The last answer holds; whoever answered is asked nothing more. Of who was erased nothing is taken.</summary>
    internal static IEnumerable<CartEvent> Decide(Cart cart, AnswerCartQuestion message)
    {
        if (cart.Abandonments.FirstOrDefault(left => left.Number == message.Number) is not { } left || left.Customer != message.CustomerId || left.Ended == RecoveryEnd.Erased) return [];
        if (left.Reason == message.Reason && left.Words == message.Words) return [];   // said again
        var given = new ReasonGiven(left.Number, message.Reason, message.Words, message.At);
        return left.IsRunning ? [given, new RecoveryEnded(left.Number, RecoveryEnd.Answered, message.At)] : [given];
    }
}

/// <summary>Where something didn't work, a person sees to it.</summary>
internal static class AskStaff
{
    /// <summary>As long as we take for an answer to a customer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(48);

    public static RaiseStaffTask About(Cart cart, ReasonGiven given) => new(
        new($"cart-problem/{given.Number}/{cart.Key.Value}"), StaffTaskKind.CartProblem, Urgency.Normal,
        cart.Abandonments.First(left => left.Number == given.Number).Customer, cart.Id, given.At + Patience, given.At);
}
