using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Orders.Reading;

/// <summary>What the customer wrote on whether an order is right, sealed as it lies in the stream.</summary>
public static class GetOrderWords
{
    public static async Task<Results<Ok<SealedWords[]>, NoSuch>> Handle(string id, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        var key = Order.Key(new OrderId(id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)));
        if (await session.Events.FetchLatest<Order>(key, ct) is not { } order) return new NoSuch("order");
        return TypedResults.Ok(order.Customer is not { } customer ? [] : order.CheckIn.Answers.Where(answer => answer.Words is not null)
            .Select(answer => new SealedWords(answer.Reported.OccurredAt, customer, answer.Answer.ToString(), answer.Words!.Value)).ToArray());
    }
}
