using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Contacts;

/// <summary>How to reach a customer; the details are sealed.</summary>
/// <param name="Id">The customer's id.</param>
/// <param name="Details">The newest with an e-mail address, where there is one, else the newest: what the versions before knew.</param>
/// <param name="OccurredAt">As of when those hold.</param>
/// <param name="Boxes">Each the newest that has one of its fields, the newest first; null for <paramref name="Details"/> alone.</param>
public sealed record Contact(
    string Id, Sealed Details, bool HasEmail, string? Language, string? Zone, DateTimeOffset OccurredAt, IReadOnlyList<ContactBox>? Boxes = null)
{
    public bool HasPhone { get; init; }

    /// <summary>With what was seen; null where it is nothing new. Whatever the order of arrival, the same comes of it.</summary>
    public static Contact? With(Contact? known, ContactSeen seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        IReadOnlyList<ContactBox> before = known is null ? [] : known.Boxes ?? [ContactBox.Of(known)];
        var covered = ContactFields.None;
        List<ContactBox> boxes = [];
        foreach (var box in before.Append(ContactBox.Of(seen)).Distinct().OrderByDescending(box => box, ContactBox.ByTime))
        {
            if ((box.Fields & ~covered) == ContactFields.None) continue;
            covered |= box.Fields;
            boxes.Add(box);
        }

        if (boxes.SequenceEqual(before)) return null;
        var main = boxes.Find(box => box.Has(ContactFields.Email)) ?? boxes[0];
        return new Contact(
            seen.CustomerId, main.Details, main.Has(ContactFields.Email), boxes.Find(box => box.Language is not null)?.Language,
            boxes.Find(box => box.Zone is not null)?.Zone, main.OccurredAt, boxes)
        {
            HasPhone = boxes.Exists(box => box.Has(ContactFields.Phone) && !box.Has(ContactFields.Unsaid)),
        };
    }
}

/// <summary>What was seen of a customer at one time.</summary>
/// <param name="Fields">All that it has.</param>
public sealed record ContactBox(
    Sealed Details, ContactFields Fields, string? Language, string? Zone, DateTimeOffset OccurredAt, DateTimeOffset ReceivedAt)
{
    /// <summary>Of two of one time the one heard of last is newer; the boxes themselves keep the rest apart.</summary>
    internal static readonly IComparer<ContactBox> ByTime = Comparer<ContactBox>.Create((a, b) =>
        a.OccurredAt != b.OccurredAt ? a.OccurredAt.CompareTo(b.OccurredAt)
        : a.ReceivedAt != b.ReceivedAt ? a.ReceivedAt.CompareTo(b.ReceivedAt)
        : string.CompareOrdinal(a.Details.Value, b.Details.Value));

    public bool Has(ContactFields field) => (Fields & field) != ContactFields.None;

    internal static ContactBox Of(ContactSeen seen) => new(
        seen.Contact, FieldsOf(seen.HasEmail, seen.HasName, seen.HasPhone, seen.HasAddress, seen.Language, seen.Zone),
        seen.Language, seen.Zone, seen.Reported.OccurredAt, seen.Reported.ReceivedAt);

    /// <summary>Stored when one box was all.</summary>
    internal static ContactBox Of(Contact known) => new(
        known.Details, FieldsOf(known.HasEmail, null, null, null, known.Language, known.Zone), known.Language, known.Zone, known.OccurredAt, known.OccurredAt);

    /// <summary>What isn't said counts as there.</summary>
    private static ContactFields FieldsOf(bool email, bool? name, bool? phone, bool? address, string? language, string? zone) =>
        (email ? ContactFields.Email : 0) | (name ?? true ? ContactFields.Name : 0) | (phone ?? true ? ContactFields.Phone : 0)
        | (address ?? true ? ContactFields.Address : 0) | (language is not null ? ContactFields.Language : 0) | (zone is not null ? ContactFields.Zone : 0)
        | (name is null || phone is null || address is null ? ContactFields.Unsaid : 0);
}

[Flags]
public enum ContactFields
{
    None = 0,
    Name = 1,
    Email = 2,
    Phone = 4,
    Address = 8,
    Language = 16,
    Zone = 32,

    /// <summary>Nobody said what else it has than an e-mail address, a language and a zone.</summary>
    Unsaid = 64,
}

internal static class ContactOpening
{
    private const ContactFields Personal = ContactFields.Name | ContactFields.Email | ContactFields.Phone | ContactFields.Address;

    /// <summary>Of each detail the newest; null where all of it is erased.</summary>
    public static async Task<ContactDetails?> OpenAsync(this Vault vault, string tenant, Contact contact, CancellationToken ct)
    {
        ContactDetails? details = null;
        foreach (var sealedDetails in contact.Boxes is { } boxes ? boxes.Where(box => box.Has(Personal)).Select(box => box.Details) : [contact.Details])
        {
            if (await vault.OpenAsync<ContactDetails>(tenant, new CustomerId(contact.Id), sealedDetails, ct) is not { } older) continue;
            details = details is null
                ? older
                : new(details.Name ?? older.Name, details.Email ?? older.Email, details.Phone ?? older.Phone, details.Address ?? older.Address);
        }

        return details;
    }
}

internal static class ContactReading
{
    private static readonly string OfMessage =
        $"where d.id = (select m.data ->> 'Customer' from {MessagingService.Model.Name}.mt_doc_message m where m.tenant_id = ? and m.id = ?)";

    /// <summary>The contact of a message's customer, asked for together with the message.</summary>
    public static async Task<Contact?> ContactOfAsync(this IBatchedQuery batch, string tenant, string message) =>
        (await batch.Query<Contact>(OfMessage, tenant, message)).SingleOrDefault();
}
