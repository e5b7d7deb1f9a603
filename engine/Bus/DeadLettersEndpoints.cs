using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Bus;

/// <summary>Asks for a page of dead letters; what is left out does not count.</summary>
public sealed class DeadLetterEnvelopeGetRequest
{
    /// <summary>Letters a page, 1 to 1,000; default 100.</summary>
    public uint Limit { get; set; } = 100;

    /// <summary>Counted from 1; 0, the default, is the first page too.</summary>
    public int PageNumber { get; set; }

    /// <summary>The stored name of the message's type, by default its full name.</summary>
    public string? MessageType { get; set; }

    /// <summary>The full name of the exception's type.</summary>
    public string? ExceptionType { get; set; }

    /// <summary>What the exception said, as a LIKE pattern: <c>%timed out%</c>.</summary>
    public string? ExceptionMessage { get; set; }

    /// <summary>Sent at this time of the domain's clock or later.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>Sent at this time of the domain's clock or earlier.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Of this tenant; default every tenant.</summary>
    public string? TenantId { get; set; }
}

/// <summary>Names dead letters to be sent again or thrown away.</summary>
public sealed class DeadLetterEnvelopeIdsRequest
{
    /// <summary>At least one; unknown ones are passed over.</summary>
    public Guid[] Ids { get; set; } = [];

    /// <summary>Only those of this tenant; default every tenant.</summary>
    public string? TenantId { get; set; }
}

/// <summary>A page of the dead letters of one queue, the longest dead first.</summary>
public sealed class DeadLetterEnvelopeResults
{
    /// <summary>How many there are on all pages; 0 on a page past the end.</summary>
    public int TotalCount { get; set; }

    /// <summary>At most as many as were asked for.</summary>
    public List<DeadLetterEnvelope> Envelopes { get; set; } = [];

    /// <summary>Counted from 1.</summary>
    public int PageNumber { get; set; }

    /// <summary>The queue: <c>postgresql://orders</c>.</summary>
    public Uri? DatabaseUri { get; set; }
}

/// <summary>A message that was given up.</summary>
public sealed class DeadLetterEnvelope
{
    /// <summary>Of the message, also after a replay.</summary>
    public Guid Id { get; init; }

    /// <summary>When it was due, if it was scheduled.</summary>
    public DateTimeOffset? ExecutionTime { get; init; }

    /// <summary>The message as it was stored, with its tenant, group, trace and attempts.</summary>
    public required Envelope Envelope { get; init; }

    /// <summary>The type's stored name.</summary>
    public required string MessageType { get; init; }

    /// <summary>The queue it came from: <c>postgresql://orders</c>.</summary>
    public required string ReceivedAt { get; init; }

    /// <summary>The full name of the last exception's type.</summary>
    public required string ExceptionType { get; init; }

    /// <summary>What it said; nothing personal belongs there.</summary>
    public required string ExceptionMessage { get; init; }

    /// <summary>On the domain's clock.</summary>
    public DateTimeOffset SentAt { get; init; }

    /// <summary>The stored JSON; null where it is none.</summary>
    public JsonElement? Message { get; init; }
}

/// <summary>Maps the routes of the dead letters.</summary>
public static class DeadLettersEndpointExtensions
{
    private const uint MostOfAPage = 1000;

    /// <summary>
    /// Maps <c>POST /dead-letters</c> (list), <c>POST /dead-letters/replay</c> and <c>DELETE /dead-letters</c> for the queues this service
    /// listens to. Replayed messages begin anew at once; both answer 200 with <c>{"count":…}</c>, 400 without <c>Ids</c>.
    /// </summary>
    /// <returns>The group, for authorization; it has none of its own and serves every tenant.</returns>
    /// <exception cref="InvalidOperationException"><c>UseWolverine</c> was not called.</exception>
    public static RouteGroupBuilder MapDeadLettersEndpoints(this IEndpointRouteBuilder endpoints, string? groupUrlPrefix = "/dead-letters")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(groupUrlPrefix);
        var bus = endpoints.ServiceProvider.GetRequiredService<BusRuntime>();
        var group = endpoints.MapGroup(groupUrlPrefix);
        group.MapPost("/", async (DeadLetterEnvelopeGetRequest request, CancellationToken ct) =>
        {
            if (request.Limit is 0 or > MostOfAPage) return Refused($"Limit is 1 to {MostOfAPage}.");
            var query = new DeadLetterQuery(
                null, request.TenantId, request.MessageType, request.ExceptionType, request.ExceptionMessage, request.From, request.Until);
            var pages = new List<DeadLetterEnvelopeResults>();
            foreach (var queue in bus.DeadLetters) pages.Add(await queue.QueryAsync(query, Math.Max(1, request.PageNumber), (int)request.Limit, ct));
            return Results.Ok(pages);
        });
        group.MapPost("/replay", (DeadLetterEnvelopeIdsRequest request, CancellationToken ct) => Each(bus, request, bus.Replay, ct));
        group.MapDelete("/", ([FromBody] DeadLetterEnvelopeIdsRequest request, CancellationToken ct) =>
            Each(bus, request, (queue, query, end) => queue.DiscardAsync(query, end), ct));
        return group;
    }

    private static async Task<IResult> Each(
        BusRuntime bus, DeadLetterEnvelopeIdsRequest request, Func<DeadLetters, DeadLetterQuery, CancellationToken, Task<long>> act, CancellationToken ct)
    {
        if (request.Ids is not { Length: > 0 }) return Refused("Ids names no message.");   // an oversight must not empty the queue
        var count = 0L;
        foreach (var queue in bus.DeadLetters) count += await act(queue, new DeadLetterQuery(request.Ids, request.TenantId), ct);
        return Results.Ok(new { count });
    }

    private static IResult Refused(string title) => Results.Problem(statusCode: StatusCodes.Status400BadRequest, title: title);
}
