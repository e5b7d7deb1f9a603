using System.Security.Cryptography;
using System.Text.Json;
using Engagement.Contracts;
using Engagement.Gateway.Erasing;
using Engagement.Gateway.Intake;
using Engagement.Gateway.Shops;
using Engagement.Gateway.Webhooks.Provider;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Engagement.Gateway.Webhooks;

/// <summary><c>POST /v1/webhooks/{vendor}/{shop}</c>: takes what a shop's system tells, when its signature says that it is the shop's.</summary>
internal sealed class TakeWebhook(
    WebhookSources sources, EventIntake intake, Vault vault, RealTime real, IOptions<RateLimiterOptions> limits, ILogger<TakeWebhook> log)
{
    private static readonly TimeSpan TimeForDuties = TimeSpan.FromDays(30);

    public static Delegate Of(Vendor vendor) => async (string shop, HttpContext context, TakeWebhook take, CancellationToken ct) =>
    {
        if (await context.Request.ReadBody(ct) is not { } body) return IntakeProblems.TooLarge();
        return vendor is ShopSystem system && system.IsPing(context.Request, body) ? TypedResults.Ok() : await take.Handle(vendor, shop, context, body, ct);
    };

    private async Task<IResult> Handle(Vendor vendor, string shop, HttpContext context, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        var known = await sources.Find(vendor.Name, shop, ct);
        if (!vendor.Verify(context.Request, body.Span, known?.Secrets ?? [], real.Now) || known is null)
        {
            GatewayMetrics.Webhook(null, vendor.Name, null, "unauthorized");
            return TypedResults.Problem(
                statusCode: StatusCodes.Status401Unauthorized, title: "The webhook isn't signed by this shop.",
                detail: "The shop is not connected, or it signs with another secret.");
        }

        context.SetTenant(shop);
        if (vendor is ShopSystem system) return await Take(system, known.Value.Source, context.Request, body, ct);   // they retry little or not at all: not limited
        using var lease = await limits.Value.GlobalLimiter!.AcquireAsync(context, 1, ct);
        if (!lease.IsAcquired) return RateLimits.TooMany(context, lease);
        var result = vendor is ITellsOfMails provider
            ? await TakeReports(vendor, provider, shop, context.Request, body, ct)
            : await intake.Take(shop, context.Request, body, DeliveryOf(vendor, context.Request, body), ct);
        var isTaken = (result as IStatusCodeHttpResult)?.StatusCode is StatusCodes.Status200OK or StatusCodes.Status202Accepted;
        GatewayMetrics.Webhook(shop, vendor.Name, null, isTaken ? "taken" : "refused");
        return result;
    }

    private async Task<IResult> TakeReports(
        Vendor vendor, ITellsOfMails provider, string shop, HttpRequest request, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        var faults = new FaultList();
        var found = new Findings(vendor.Name, "reports", intake.Context(shop), default);
        provider.Read(body, found, faults);
        if (faults.Count > 0) return TypedResults.Problem(IntakeProblems.Refused(faults.Refuse()));
        var isOurs = vendor is SignedByStandard;   // a webhook has an id; Postmark's has none, and wants a 200
        var taken = await intake.Take(shop, found.Found, isOurs ? DeliveryOf(vendor, request, body) : null, ct: ct);
        var answer = new { taken.Accepted, taken.Repeats };
        return taken.Conflicts.Count > 0 ? EventIntake.Conflict(taken) : isOurs ? TypedResults.Accepted((string?)null, answer) : TypedResults.Ok(answer);
    }

    private static SeenEvent DeliveryOf(Vendor vendor, HttpRequest request, ReadOnlyMemory<byte> body)
    {
        // A blank, which no event's source has: a sender may well give a webhook the id of its event.
        var id = SeenEvent.IdOf($"{vendor.Name} webhook", request.Headers[StandardWebhooks.IdHeader].ToString());
        return new SeenEvent(id, Convert.ToBase64String(SHA256.HashData(body.Span)));
    }

    private async Task<IResult> Take(ShopSystem vendor, WebhookSource source, HttpRequest request, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        var shop = source.Shop;
        if (vendor.TopicOf(request) is not { } topic)
        {
            GatewayMetrics.Webhook(shop, vendor.Name, "unknown", "ignored");   // its name is the sender's and might be anything
            return TypedResults.Ok(new { Accepted = 0, Repeats = 0 });
        }

        var faults = new FaultList();
        var context = intake.Context(shop);
        var found = new Findings(vendor.Name, topic.Name, context, source.ConnectedAt);
        KeptWebhook? keep = null;
        if (StrictJson.Check(body.Span, batch: false, faults))
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth });
            if (Fields.Of(json.RootElement, Pointer.Event, faults) is { } fields)
            {
                topic.Read?.Invoke(fields, found);
                if (faults.Count == 0 && (topic.Read is null || topic.Duty))
                    keep = await Keep(vendor, shop, topic, found, fields, request, body, ct);
            }
        }

        if (faults.Count > 0)
        {
            GatewayMetrics.Webhook(shop, vendor.Name, topic.Name, "refused");
            return TypedResults.Problem(IntakeProblems.Refused(faults.Refuse()));
        }

        var taken = await intake.Take(shop, found.Found, keep: keep, ct: ct);
        GatewayMetrics.Webhook(shop, vendor.Name, topic.Name, Outcome(topic, taken));
        if (topic.Duty)
        {
            log.LogWarning(
                "Shop {Shop}: {Vendor}'s {Topic} came and must be done by {Due:yyyy-MM-dd}; {How}.",
                shop, vendor.Name, topic.Name, keep!.DueAt, topic.Read is null ? "a person has to do it and to say so" : "it is under way");
        }

        return TypedResults.Ok(new { taken.Accepted, taken.Repeats });
    }

    private async Task<KeptWebhook> Keep(
        ShopSystem vendor, string shop, Topic topic, Findings found, Fields fields, HttpRequest request, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        var customer = CustomerOf(topic, found, fields) ?? new CustomerId($"webhooks/{vendor.Name}");
        var box = await vault.SealAsync(shop, [(customer, body.ToArray())], ct);
        // With its topic, since one body is signed alike for all the topics that it is sent under.
        var id = $"{topic.Name.Replace('/', '.')}.{vendor.Signature(request).Replace('+', '-').Replace('/', '_').TrimEnd('=')}";
        return new KeptWebhook(id, vendor.Name, topic.Name, customer, box[0], found.Now, topic.Duty ? found.Now + TimeForDuties : null,
            found.Found.Select(finding => finding.Fact).OfType<EraseCustomer>().SingleOrDefault()?.Customers);
    }

    /// <summary>Whose it is, as far as it says; what it says wrongly is for its later owner to tell.</summary>
    private static CustomerId? CustomerOf(Topic topic, Findings found, Fields fields)
    {
        fields = fields.Silently();
        var person = fields.OptionalObject("customer");
        return found.Customer(
            person?.LooseId("id") ?? fields.LooseId("customer_id")
                ?? (topic.Name.StartsWith("customer", StringComparison.Ordinal) ? fields.LooseId("id") : null),
            person?.LooseEmail("email") ?? fields.LooseEmail("email"));
    }

    private static string Outcome(Topic topic, EventsTaken taken) => topic switch
    {
        { Duty: true } => "duty",
        { Read: null } => "kept",
        _ when taken.Accepted == 0 => "ignored",
        _ => taken.Repeats == taken.Accepted ? "repeat" : "taken",
    };
}

/// <summary>Registers what takes webhooks, and its routes.</summary>
internal static class WebhooksRegistration
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services) => services
        .AddSingleton<WebhookSources>()
        .AddScoped<TakeWebhook>()
        .AddHostedService<ForgetKeptWebhooks>();

    /// <param name="v1">The routes that need a shop's key with the scope admin.</param>
    public static void MapWebhooks(this WebApplication app, RouteGroupBuilder v1)
    {
        var incoming = app.MapGroup("/v1/webhooks").AllowAnonymous().WithTags("Webhooks of vendors");   // a signature says who it is
        foreach (var vendor in Vendor.All) incoming.MapPost($"/{vendor.Name}/{{shop}}", TakeWebhook.Of(vendor)).WithSummary($"Takes what {vendor.Name} sends, signed");
        var shops = v1.MapGroup("/webhooks").WithTags("Webhooks of vendors");
        shops.MapPut("/{vendor}/secrets", WebhookSecretsEndpoint.Put).WithSummary("Connects a system by its secrets");
        shops.MapDelete("/{vendor}/secrets", WebhookSecretsEndpoint.Delete).WithSummary("Disconnects a system");
        shops.MapGet("/kept", KeptWebhooksEndpoint.List).WithSummary("What is kept until somebody owns it");
        shops.MapPost("/kept/replay", KeptWebhooksEndpoint.Replay).WithSummary("Reads what is kept once more");
        shops.MapDelete("/kept/{id}", KeptWebhooksEndpoint.Done).WithSummary("Throws one away: its duty is done");
    }
}
