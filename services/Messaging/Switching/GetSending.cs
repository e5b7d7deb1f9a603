using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Switching;

/// <summary>Whether a shop's messages go.</summary>
/// <param name="Since">Null where they were never stopped.</param>
/// <param name="By">Who switched last.</param>
/// <param name="Held">How many wait to be let go.</param>
public sealed record SendingNow(bool IsStopped, DateTimeOffset? Since, string? By, string? Reason, long Held);

public static class GetSending
{
    /// <summary>On answers about messages: a reader who wonders why nothing goes sees it.</summary>
    public const string Header = "Engagement-Sending";

    public static async Task<IResult> Handle(HttpContext context, IDocumentStore store, Npgsql.NpgsqlDataSource database, CancellationToken ct)
    {
        await using var session = store.QuerySession(context.Tenant());
        var sending = await session.Events.FetchLatest<SendingSwitch>(SendingSwitch.Key, ct);
        await using var count = database.CreateCommand(
            $"select count(*) from {MessagingService.Model.Name}.mt_doc_message d where d.tenant_id = $1 and d.data ->> 'State' = '{nameof(MessageState.Held)}'");
        count.Parameters.Add(new() { Value = session.TenantId });
        return TypedResults.Ok(new SendingNow(sending?.IsStopped == true, sending?.At, sending?.By, sending?.Reason, (long)(await count.ExecuteScalarAsync(ct))!));
    }

    /// <summary>What a person asked for, and how it is then.</summary>
    internal static async Task<IResult> After(object command, HttpContext context, IMessageBus bus, IDocumentStore store, CancellationToken ct)
    {
        bus.TenantId = context.Tenant();
        await bus.InvokeAsync(command, ct);
        return await Handle(context, store, context.RequestServices.GetRequiredService<Npgsql.NpgsqlDataSource>(), ct);
    }

    /// <summary>Says on every answer of these routes that nothing goes.</summary>
    public static TBuilder SayingIfStopped<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder =>
        routes.AddEndpointFilter(async (invocation, next) =>
        {
            var context = invocation.HttpContext;
            await using var session = context.RequestServices.GetRequiredService<IDocumentStore>().QuerySession(context.Tenant());
            if (await session.IsSendingStoppedAsync(context.RequestAborted)) context.Response.Headers[Header] = "stopped";
            return await next(invocation);
        });
}
