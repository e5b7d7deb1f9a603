using System.Security.Cryptography;
using System.Text;
using Engagement.Contracts;
using Engagement.Gateway.Erasing;
using Engagement.Gateway.Webhooks;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Engagement.Gateway.Intake;

/// <summary>What a shop published, ready for its owners: the facts without personal data, the contacts sealed.</summary>
/// <param name="Delivery">What brought the events, where that has an id of its own: it is taken once, whatever its events are.</param>
/// <param name="Keep">What nobody owns yet.</param>
/// <param name="Done">The kept webhook that these events were found in.</param>
/// <param name="Guests">Who is found to be whom: told once, and remembered as events are.</param>
public sealed record TakeEvents(
    IReadOnlyList<TakenEvent> Events, SeenEvent? Delivery = null, KeptWebhook? Keep = null, string? Done = null, IReadOnlyList<GuestKnown>? Guests = null);

/// <param name="Id">Of the event, by its source and id.</param>
/// <param name="Hash">Of its body: the same id with another body is refused. Where the id says it all, empty.</param>
/// <param name="Fact">Null where there is nothing but a contact.</param>
public sealed record TakenEvent(string Id, string Hash, object? Fact, ContactSeen? Contact);

/// <summary>How it ended: what is new was sent to its owners, repeats were passed over, or everything was refused for the events that conflict.</summary>
public sealed record EventsTaken(int Accepted, int Repeats, IReadOnlyList<int> Conflicts)
{
    /// <summary>The place, among the conflicts, of the delivery itself.</summary>
    public const int Delivery = -1;
}

/// <summary>An event that was taken, remembered for 30 days.</summary>
public sealed record SeenEvent(string Id, string Hash)
{
    /// <summary>Source and id can be long and hold anything; their hash is a key of one length.</summary>
    public static string IdOf(string source, string id) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{source}\n{id}")));

    /// <summary>No event's source is empty.</summary>
    public static SeenEvent Of(GuestKnown guest) => new(IdOf("", $"{guest.CustomerId} {guest.Account}"), "");
}

public static class TakeEventsHandler
{
    public static async Task<(EventsTaken, OutgoingMessages)> Handle(TakeEvents message, IDocumentSession session, CancellationToken ct)
    {
        var guests = (message.Guests ?? []).Select(guest => (Told: guest, Seen: SeenEvent.Of(guest))).ToArray();
        var ids = message.Events.Select(e => e.Id).Concat(guests.Select(guest => guest.Seen.Id));
        var seen = await session.LoadManyAsync<SeenEvent>(ct, [.. message.Delivery is { } delivery ? ids.Append(delivery.Id) : ids]);
        var (taken, fresh) = Decide(message, seen);
        if (taken.Conflicts.Count > 0) return (taken, []);

        SeenEvent[] remembered = [.. fresh.Select(e => new SeenEvent(e.Id, e.Hash))];
        session.Insert(message.Delivery is { } first && seen.All(e => e.Id != first.Id) ? [.. remembered, first] : remembered);
        guests = [.. guests.ExceptBy(seen.Select(e => e.Id), guest => guest.Seen.Id)];
        session.Store(guests.Select(guest => guest.Seen).ToArray());   // found twice at the same time, it is told twice
        if (message.Keep is { } kept && await session.LoadAsync<KeptWebhook>(kept.Id, ct) is null) session.Store(kept);
        if (message.Done is { } done) session.Delete<KeptWebhook>(done);

        foreach (var erase in fresh.Select(e => e.Fact).OfType<EraseCustomer>()) session.ForgetKeptOf(erase.Customers);

        // The contact goes first: who is told of the fact may ask for it.
        var told = fresh.SelectMany(e => e.Fact is EraseCustomer erase ? erase.Told() : new[] { e.Contact, e.Fact }.OfType<object>());
        return (taken, [.. told, .. guests.Select(guest => guest.Told)]);
    }

    internal static (EventsTaken Taken, IReadOnlyList<TakenEvent> Fresh) Decide(TakeEvents message, IReadOnlyList<SeenEvent> seen)
    {
        var events = message.Events;
        var known = seen.ToDictionary(e => e.Id, e => e.Hash);
        if (message.Delivery is { } delivery && known.TryGetValue(delivery.Id, out var before))
            return (before == delivery.Hash ? new EventsTaken(events.Count, events.Count, []) : new EventsTaken(0, 0, [EventsTaken.Delivery]), []);

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

/// <summary>Something found in what a shop sent. The personal part is in clear text, for as long as this lives.</summary>
/// <param name="Reported">Of the contact: as of when it holds.</param>
internal sealed record Finding(string Id, string Hash, object? Fact, ContactFound? Contact, Reported Reported);

/// <summary>Seals what is personal and takes the rest to the queues of the owners, in one commit.</summary>
public sealed class EventIntake(IMessageBus bus, Vault vault, CustomerIds customers, TimeProvider clock, IHostEnvironment environment)
{
    internal ReadingContext Context(string shop) => new(clock.GetUtcNow(), environment.IsDevelopment(), email => customers.ForGuest(shop, email));

    /// <summary>Takes CloudEvents, a batch whole or not at all, and answers after the commit.</summary>
    internal async Task<IResult> Take(string shop, HttpRequest request, ReadOnlyMemory<byte> body, SeenEvent? delivery, CancellationToken ct)
    {
        switch (CloudEventsReader.Read(body, request.ContentType, Context(shop), request.Headers))
        {
            case Reading.UnsupportedMediaType:
                return TypedResults.Problem(
                    statusCode: StatusCodes.Status415UnsupportedMediaType,
                    title: $"Send {CloudEventsReader.Structured} or {CloudEventsReader.Batch}, or JSON with ce- headers, in UTF-8.");
            case Reading.Refused refused:
                return TypedResults.Problem(IntakeProblems.Refused(refused));
            case Reading.Accepted accepted:
                var taken = await Take(shop, [.. accepted.Events.Select(ToFinding)], delivery, ct: ct);
                if (taken.Conflicts.Count > 0) return Conflict(taken);
                GatewayMetrics.Taken(shop, taken);
                return TypedResults.Accepted((string?)null, new { taken.Accepted, taken.Repeats });
            default:
                throw new InvalidOperationException("A reading has no other outcome.");
        }
    }

    internal async Task<EventsTaken> Take(
        string shop, IReadOnlyList<Finding> found, SeenEvent? delivery = null, KeptWebhook? keep = null, string? done = null, CancellationToken ct = default)
    {
        var contacts = found.Where(f => f.Contact is not null).Select(f => (f.Contact!.Customer, PersonalJson.Write(f.Contact.Details))).ToArray();
        var sealedContacts = contacts.Length == 0 ? [] : await vault.SealAsync(shop, contacts, ct);
        var next = 0;
        var events = found.Select(f => new TakenEvent(
            f.Id, f.Hash, f.Fact,
            f.Contact is { Details: var d } c
                ? new ContactSeen(
                    c.Customer, sealedContacts[next++], d.Email is not null, c.Language, c.Zone, f.Reported,
                    d.Name is not null, d.Phone is not null, d.Address is not null)
                : null));
        bus.TenantId = shop;
        return await bus.InvokeAsync<EventsTaken>(new TakeEvents([.. events], delivery, keep, done, GuestsIn(shop, found)), ct);
    }

    private GuestKnown[] GuestsIn(string shop, IEnumerable<Finding> found) =>
    [
        .. found
            .Select(f => f.Contact is { Details.Email: { } email, Customer: { IsGuest: false } account }
                ? new GuestKnown(customers.ForGuest(shop, email), account)
                : null)
            .OfType<GuestKnown>().Distinct().OrderBy(guest => guest.CustomerId.Value, StringComparer.Ordinal),
    ];

    private static Finding ToFinding(IncomingEvent e) =>
        new(SeenEvent.IdOf(e.Source, e.Id), Convert.ToBase64String(e.BodyHash), e.Fact, e.Contact, e.Reported);

    internal static ProblemHttpResult Conflict(EventsTaken taken) => TypedResults.Problem(new ProblemDetails
    {
        Status = StatusCodes.Status409Conflict,
        Title = "An event was published before with the same id and another body.",
        Detail = "Nothing of this body was stored. Give changed events ids of their own.",
        Extensions =
        {
            ["errorCount"] = taken.Conflicts.Count,
            ["errors"] = taken.Conflicts.Select(i => i == EventsTaken.Delivery
                ? new Fault(null, "", "id_reused", "The same webhook-id came before with another body.")
                : new Fault(i, "/id", "id_reused", "The same source and id came before with another body.")),
        },
    });
}

/// <summary><c>POST /v1/events</c>: takes CloudEvents of one shop.</summary>
public static class TakeEventsEndpoint
{
    public static async Task<IResult> Handle(HttpContext context, EventIntake intake, CancellationToken ct) =>
        await context.Request.ReadBody(ct) is { } body
            ? await intake.Take(context.Tenant(), context.Request, body, delivery: null, ct)
            : IntakeProblems.TooLarge();
}

internal static class RequestBody
{
    /// <summary>Null where the body is too large; not one byte more than the limit is read.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadBody(this HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > CloudEventsReader.MostBytes) return null;
        var result = await request.BodyReader.ReadAtLeastAsync((int)(request.ContentLength ?? CloudEventsReader.MostBytes) + 1, ct);
        ReadOnlyMemory<byte>? body = null;
        if (result.Buffer.Length <= CloudEventsReader.MostBytes) body = System.Buffers.BuffersExtensions.ToArray(result.Buffer);
        request.BodyReader.AdvanceTo(result.Buffer.End);
        return body;
    }
}
