using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Carts.Reading;

/// <summary>What its customers wrote of why a cart was left, sealed as it lies in the stream.</summary>
public static class GetCartWords
{
    public static async Task<Results<Ok<IReadOnlyList<SealedWords>>, NoSuch>> Handle(string id, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        var events = await session.Events.FetchStreamAsync(Cart.StreamKey(GetCart.KeyOf(id)), token: ct);
        return events.Count == 0 ? new NoSuch("cart") : TypedResults.Ok(Of([.. events.Select(e => e.Data)]));
    }

    internal static IReadOnlyList<SealedWords> Of(IReadOnlyList<object> events)
    {
        CustomerId Whose(int number) => events.OfType<CarePlanned>().LastOrDefault(planned => planned.Number == number)?.Customer
            ?? events.OfType<CartLeftBehind>().First(left => left.Number == number).Customer!.Value;
        return
        [
            .. from given in events.OfType<ReasonGiven>()
               where given.Words is not null
               select new SealedWords(given.At, Whose(given.Number), given.Reason.ToString(), given.Words!.Value),
        ];
    }
}
