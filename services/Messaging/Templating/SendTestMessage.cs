using Engagement.Contracts;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Templating;

/// <summary>Sends a template with made-up data to whoever asks, as an ordinary message of its own that is marked as a test.</summary>
/// <param name="Version">Else what is in use; 0 are the built-in words.</param>
public sealed record SendTestMessage(string? To, string? Name = null, int? Version = null);

/// <summary>Where to look what became of it: <c>GET /v1/messages?subject=…</c>.</summary>
public sealed record TestMessageTaken(string Subject);

public static class SendTestMessageEndpoint
{
    public static async Task<IResult> Handle(
        TemplateId id, SendTestMessage request, HttpContext context, IDocumentStore store, Vault vault, CustomerIds customers,
        Outbox outbox, DeliveryWaker waker, TimeProvider clock, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        var tenant = context.Tenant();
        if (!Mailbox.TryCreate(request.To, request.Name, out var to))
            throw new Invalid(new FieldError("/to", "invalid", "An address that mail can go to."));

        await using var session = store.LightweightSession(tenant);
        var version = request.Version ?? await session.VersionInUseAsync(id, ct);
        if (await session.SourceOfAsync(id, version, ct) is null) return TemplateStore.NoSuchVersion();

        var now = clock.GetUtcNow();
        var tester = TesterOf(customers.ForGuest(tenant, $"{request.Name} {to.Address}"));   // by name too: tests with and without one don't meet
        var subject = $"test/{Guid.NewGuid():N}";
        var details = await vault.SealAsync(tenant, tester, new ContactDetails(request.Name, to.Address), ct);
        session.Store(new Contact(tester, details, HasEmail: true, id.Language, null, now));
        var stream = await session.Events.FetchForWriting<Message>(Message.StreamKey(new MessageKey($"{id.Name}/{subject}")), ct);
        stream.AppendOne(new MessageRequested(
            id.Kind, tester, new Occasion(subject, now), Samples.Full(id.Kind, now), now, new TemplateTest(id.Language, version)));
        outbox.Release(session, stream, now);
        await session.SaveChangesAsync(ct);
        waker.Wake();
        return TypedResults.Accepted($"/v1/messages?subject={subject}", new TestMessageTaken(subject));
    }

    /// <summary>A person of the shop is nobody's customer: what customers told of themselves isn't touched.</summary>
    private static CustomerId TesterOf(CustomerId guest) => new($"tester-{guest.Value["guest-".Length..]}");
}
