using Engagement.Contracts;

namespace Engagement.Gateway.Intake;

/// <summary>The shop's word on what a customer permits, with its evidence; and that it is permitted no longer.</summary>
internal static class ConsentEvents
{
    private const int LongestEvidence = 200;

    private static readonly (string Name, Purpose Purpose)[] Purposes =
        [("carts", Purpose.Carts), ("offers", Purpose.Offers), ("reviews", Purpose.Reviews), ("followUp", Purpose.FollowUp)];

    private static readonly LineRule Channels = LineRule.Of("email", "sms");
    private static readonly LineRule Bases = LineRule.Of("consent", "softOptIn");

    /// <summary>It is kept for good and in the clear, beyond an erasure.</summary>
    private static readonly LineRule NothingPersonal = new(
        text => !text.Contains('@', StringComparison.Ordinal), "personal", "Must not hold an address: name the form and its version.",
        Pattern: @"[^@\u0000-\u001f\u007f-\u009f]*[^@\s\u0000-\u001f\u007f-\u009f][^@\u0000-\u001f\u007f-\u009f]*");

    public static EventType Given { get; } = new(
        "consent.given", "messaging",
        "A customer permits to be written to; without purposes for all that can be refused, without a channel by all. Evidence: the form and its version.",
        (data, reported, context) => Read(data, true, reported, context),
        """
        { "customer": { "id": "c-1", "email": "giulia@example.org" }, "purposes": ["carts", "offers"], "channel": "email", "basis": "consent", "evidence": "checkout-v3" }
        """);

    public static EventType Withdrawn { get; } = new(
        "consent.withdrawn", "messaging", "A customer refuses to be written to; without purposes for all that can be refused, without a channel by all.",
        (data, reported, context) => Read(data, false, reported, context),
        """{ "customer": { "id": "c-1" }, "purposes": ["offers"], "channel": "email" }""");

    private static (object, ContactFound?) Read(Fields data, bool granted, Reported reported, ReadingContext context)
    {
        var (customer, contact) = data.Object("customer") is { } found ? CustomerFields.Read(found, context) : default;
        var purposes = data.OptionalNames("purposes", Purposes.Select(known => known.Name));
        var channel = data.OptionalLine("channel", 20, Channels);
        var basis = granted ? data.OptionalLine("basis", 20, Bases) : null;
        var evidence = granted ? data.Line("evidence", LongestEvidence, NothingPersonal) : data.OptionalLine("evidence", LongestEvidence, NothingPersonal);
        return (
            new RecordPermission(
                customer, granted, purposes is null ? null : [.. Purposes.Where(known => purposes.Contains(known.Name)).Select(known => known.Purpose)],
                channel switch { "email" => Channel.Email, "sms" => Channel.Sms, _ => null },
                basis == "softOptIn" ? PermissionBasis.SoftOptIn : PermissionBasis.Consent, evidence, reported),
            contact);
    }
}
