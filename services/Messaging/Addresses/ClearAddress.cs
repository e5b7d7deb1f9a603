using System.Text.RegularExpressions;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Addresses;

/// <summary>A person knows that an address works. The address itself stands in this request alone: nowhere is it stored or logged.</summary>
/// <param name="Phone">By E.164; either this or the e-mail.</param>
/// <param name="By">The shop's id of who asks.</param>
public sealed record ClearAddress(string? Email, string? By, string? Phone = null)
{
    public override string ToString() => "<clear address>";
}

/// <param name="Cleared">False where nothing stood against it.</param>
public sealed record AddressAnswer(bool Cleared);

/// <summary><c>POST /v1/addresses/clear</c>.</summary>
public static partial class ClearAddressEndpoint
{
    private const int Turns = 5;

    public static async Task<IResult> Handle(
        ClearAddress request, HttpContext context, IDocumentStore store, CustomerIds customers, TimeProvider clock, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(request);
        List<FieldError> errors = [];
        var (mailbox, number) = (default(Mailbox), default(string));
        if ((request.Email is null) == (request.Phone is null)) errors.Add(new("", "required", "Either email or phone."));
        else if (request.Email is not null && !Mailbox.TryCreate(request.Email, null, out mailbox)) errors.Add(new("/email", "invalid", "A mail address."));
        else if (request.Phone is not null && !PhoneNumber.TryCreate(request.Phone, null, out number))
            errors.Add(new("/phone", "invalid", "A number with its country: +39…"));
        if (request.By is null || !StaffId().IsMatch(request.By))
            errors.Add(new("/by", "invalid", "An id of 1 to 64 letters, digits, '.', '_' and '-'."));
        if (errors.Count > 0) throw new Invalid([.. errors]);

        var tenant = context.Tenant();
        var address = number is null ? customers.ForGuest(tenant, mailbox!.Address) : customers.ForPhone(tenant, number);
        for (var turn = 1; ; turn++)
        {
            await using var session = store.LightweightSession(tenant);
            var stream = await session.Events.FetchForWriting<Address>(Address.StreamKey(address), ct);
            var events = Decide(stream.Aggregate, request.By!, clock.GetUtcNow());
            if (events.Length == 0) return TypedResults.Ok(new AddressAnswer(false));
            stream.AppendMany(events);
            try
            {
                await session.SaveChangesAsync(ct);
                return TypedResults.Ok(new AddressAnswer(true));
            }
            catch (ConcurrencyException) when (turn < Turns)
            {
                // a provider said something of it at the same moment: look again
            }
        }
    }

    internal static AddressCleared[] Decide(Address? address, string by, DateTimeOffset now) =>
        address is { BouncedAt: null, ComplainedAt: null, SoftBounces: 0 } or null ? [] : [new AddressCleared(by, now)];

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex StaffId();
}
