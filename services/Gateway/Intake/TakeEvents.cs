using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Gateway.Intake;

/// <summary>What a shop published, ready for its owners: the facts without personal data, the contacts sealed.</summary>
public sealed record TakeEvents(IReadOnlyList<TakenEvent> Events);

/// <param name="Id">Of the event, by its source and id.</param>
/// <param name="Hash">Of its body: the same id with another body is refused.</param>
public sealed record TakenEvent(string Id, string Hash, object Fact, ContactSeen? Contact);

/// <summary>How it ended: what is new was sent to its owners, repeats were passed over, or everything was refused for the events that conflict.</summary>
public sealed record EventsTaken(int Accepted, int Repeats, IReadOnlyList<int> Conflicts);

/// <summary>An event that was taken, remembered for 30 days.</summary>
public sealed record SeenEvent(string Id, string Hash);

public static class TakeEventsHandler
{
    public static async Task<(EventsTaken, OutgoingMessages)> Handle(TakeEvents message, IDocumentSession session, CancellationToken ct)
    {
        var seen = await session.LoadManyAsync<SeenEvent>(ct, [.. message.Events.Select(e => e.Id)]);
        var (taken, fresh) = Decide(message.Events, seen);
        session.Insert([.. fresh.Select(e => new SeenEvent(e.Id, e.Hash))]);
        // The contact goes first: who is told of the fact may ask for it.
        return (taken, [.. fresh.SelectMany(e => e.Contact is { } contact ? [contact, e.Fact] : new[] { e.Fact })]);
    }

    internal static (EventsTaken Taken, IReadOnlyList<TakenEvent> Fresh) Decide(IReadOnlyList<TakenEvent> events, IReadOnlyList<SeenEvent> seen)
    {
        var known = seen.ToDictionary(e => e.Id, e => e.Hash);
        List<TakenEvent> fresh = [];
        List<int> conflicts = [];
        for (var i = 0; i < events.Count; i++)
        {
            if (!known.TryGetValue(events[i].Id, out var hash))
            {
                known.Add(events[i].Id, events[i].Hash);
                fresh.Add(events[i]);
            }
            else if (hash != events[i].Hash)
            {
                conflicts.Add(i);
            }
        }

        return conflicts.Count > 0
            ? (new EventsTaken(0, 0, conflicts), [])
            : (new EventsTaken(events.Count, events.Count - fresh.Count, []), fresh);
    }
}

/// <summary><c>POST /v1/events</c>: takes CloudEvents of one shop, a batch whole or not at all, and answers after the commit.</summary>
public static class TakeEventsEndpoint
{
    public static async Task<IResult> Handle(
        HttpContext context, IMessageBus bus, Vault vault, CustomerIds customers, TimeProvider clock, IHostEnvironment environment, CancellationToken ct)
    {
        var shop = context.Tenant();
        if (await ReadBody(context.Request, ct) is not { } body) return TypedResults.Problem(statusCode: StatusCodes.Status413PayloadTooLarge, title: "The body is larger than 1 MiB.");
        var reading = CloudEventsReader.Read(body, context.Request.ContentType, new ReadingContext(clock.GetUtcNow(), environment.IsDevelopment(), email => customers.ForGuest(shop, email)), context.Request.Headers);
        switch (reading)
        {
            case Reading.UnsupportedMediaType:
                return TypedResults.Problem(
                    statusCode: StatusCodes.Status415UnsupportedMediaType, title: $"Send {CloudEventsReader.Structured} or {CloudEventsReader.Batch}, or JSON with ce- headers, in UTF-8.");
            case Reading.Refused refused:
                return TypedResults.Problem(IntakeProblems.Refused(refused));
            case Reading.Accepted accepted:
                bus.TenantId = shop;
                var taken = await bus.InvokeAsync<EventsTaken>(new TakeEvents(await Seal(shop, accepted.Events, vault, ct)), ct);
                if (taken.Conflicts.Count > 0) return Conflict(taken);
                GatewayMetrics.Taken(shop, taken);
                return TypedResults.Accepted((string?)null, new { taken.Accepted, taken.Repeats });
            default:
                throw new InvalidOperationException("A reading has no other outcome.");
        }
    }

    private static async Task<IReadOnlyList<TakenEvent>> Seal(string shop, IReadOnlyList<IncomingEvent> events, Vault vault, CancellationToken ct)
    {
        var contacts = events.Where(e => e.Contact is not null).Select(e => (e.Contact!.Customer, PersonalJson.Write(e.Contact.Details))).ToArray();
        var sealedContacts = contacts.Length == 0 ? [] : await vault.SealAsync(shop, contacts, ct);
        var next = 0;
        return [.. events.Select(e => new TakenEvent(
            IdOf(e), Convert.ToBase64String(e.BodyHash), e.Fact,
            e.Contact is { } c
                ? new ContactSeen(c.Customer, sealedContacts[next++], c.Details.Email is not null, c.Language, c.Zone, ((IOrderFact)e.Fact).Reported)
                : null))];
    }

    /// <summary>Source and id can be long and hold anything; their hash is a key of one length.</summary>
    private static string IdOf(IncomingEvent e) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{e.Source}\n{e.Id}")));

    private static ProblemHttpResult Conflict(EventsTaken taken) => TypedResults.Problem(new ProblemDetails
    {
        Status = StatusCodes.Status409Conflict,
        Title = "An event was published before with the same id and another body.",
        Detail = "Nothing of this body was stored. Give changed events ids of their own.",
        Extensions =
        {
            ["errorCount"] = taken.Conflicts.Count,
            ["errors"] = taken.Conflicts.Select(i => new Fault(i, "/id", "id_reused", "The same source and id came before with another body.")),
        },
    });

    /// <summary>Null where the body is too large; not one byte more than the limit is read.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadBody(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > CloudEventsReader.MostBytes) return null;
        var result = await request.BodyReader.ReadAtLeastAsync((int)(request.ContentLength ?? CloudEventsReader.MostBytes) + 1, ct);
        ReadOnlyMemory<byte>? body = null;
        if (result.Buffer.Length <= CloudEventsReader.MostBytes) body = result.Buffer.ToArray();
        request.BodyReader.AdvanceTo(result.Buffer.End);
        return body;
    }
}
