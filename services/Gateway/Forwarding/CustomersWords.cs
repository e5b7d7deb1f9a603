using Engagement.Contracts;
using Engagement.Gateway.Shops;
using Engagement.ServiceDefaults;

namespace Engagement.Gateway.Forwarding;

/// <summary>What a customer wrote on a page, opened.</summary>
/// <param name="Said">What the customer chose beside it: a reason, or whether all is right.</param>
/// <param name="Words">Null where the customer was erased.</param>
internal sealed record CustomersWords(DateTimeOffset At, CustomerId Customer, string Said, string? Words);

/// <summary>Staff read what customers wrote: it lies sealed with its owner, and is opened here for the one who asks, and kept by nobody.</summary>
internal static class ReadWords
{
    public static void MapWords(this RouteGroupBuilder v1)
    {
        v1.MapGet("/carts/{id}/words", Forward.To("carts", OpenAsync)).RequireScope(Scopes.Admin).Produces<CustomersWords[]>()
            .WithSummary("What customers wrote on the page that asks why the cart was left; null once they are erased").WithTags("Carts");
        v1.MapGet("/orders/{id}/words", Forward.To("orders", OpenAsync)).RequireScope(Scopes.Admin).Produces<CustomersWords[]>()
            .WithSummary("What the customer wrote on the page that asks whether all is right; null once erased").WithTags("Reading");
    }

    private static async Task OpenAsync(HttpContext context, HttpContent answer, CancellationToken ct)
    {
        var vault = context.RequestServices.GetRequiredService<Vault>();
        List<CustomersWords> opened = [];
        foreach (var said in (await answer.ReadFromJsonAsync<SealedWords[]>(HttpJson.Options, ct))!)
        {
            var words = await vault.OpenAsync<PersonalWords>(context.Tenant(), said.Customer, said.Words, ct);
            opened.Add(new(said.At, said.Customer, said.Said, words?.Text));
        }

        GatewayMetrics.Read(context.Tenant(), opened);
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(opened, HttpJson.Options, ct);
    }
}
