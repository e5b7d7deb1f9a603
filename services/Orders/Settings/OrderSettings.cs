using Engagement.ServiceDefaults;

namespace Engagement.Orders.Settings;

/// <summary>How a shop delivers, and how soon it asks its customers and staff.</summary>
/// <param name="ThankYouWithinMinutes">Staff call when no thank-you has left this long after a payment was told.</param>
/// <param name="LeadDays">Working days from the payment to the delivery, promised where no event says a day; null for no promise.</param>
/// <param name="WorkingDays">Those on which the shop works.</param>
/// <param name="Holidays">Days on which it does not.</param>
/// <param name="Zone">The shop's IANA time zone, in which days end.</param>
/// <param name="CheckInAfterDays">Days from the delivery to the question whether all is right.</param>
/// <param name="CheckInAfterShippingDays">Days from shipping, where nobody tells of a delivery.</param>
/// <param name="CheckInHour">The hour of the customer's day at which it is asked.</param>
/// <param name="LateCallAfterDays">Days from telling the customer of a delay to a call by staff; 0 for none.</param>
/// <param name="ReviewInvitationAfterDays">Days from a happy answer to the invitation to review; 0 for none.</param>
public sealed record OrderSettings(
    int? ThankYouWithinMinutes, int? LeadDays, IReadOnlyList<DayOfWeek>? WorkingDays, IReadOnlyList<DateOnly>? Holidays, string? Zone, bool? CheckInEnabled,
    int? CheckInAfterDays, int? CheckInAfterShippingDays, int? CheckInHour, int? LateCallAfterDays, int? ReviewInvitationAfterDays) : ISettings
{
    private const int MostDays = 365;

    public OrderSettings() : this(null, null, null, null, null, null, null, null, null, null, null)
    {
    }

    public IEnumerable<FieldError> Check()
    {
        foreach (var error in new[]
        {
            Between("thankYouWithinMinutes", ThankYouWithinMinutes, 1, 24 * 60), Between("leadDays", LeadDays, 0, MostDays),
            Between("checkInAfterDays", CheckInAfterDays, 0, MostDays), Between("checkInAfterShippingDays", CheckInAfterShippingDays, 0, MostDays),
            Between("checkInHour", CheckInHour, 0, 23), Between("lateCallAfterDays", LateCallAfterDays, 0, MostDays),
            Between("reviewInvitationAfterDays", ReviewInvitationAfterDays, 0, MostDays),
        })
        {
            if (error is not null) yield return error;
        }

        if (WorkingDays is { } days && (days.Count == 0 || !days.All(Enum.IsDefined))) yield return new("/workingDays", "invalid", "At least one day of the week.");
        if (Holidays is { Count: > 1000 }) yield return new("/holidays", "too_many", "At most 1000 days.");
        if (Zone is not null && !(TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out var zone) && zone.HasIanaId))
            yield return new("/zone", "unknown", "An IANA time zone, such as Europe/Rome.");
    }

    /// <summary>The settings that hold.</summary>
    public OrderSettings WithDefaults() => new(
        ThankYouWithinMinutes ?? 15, LeadDays,
        WorkingDays ?? [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday],
        Holidays ?? [], Zone ?? "Europe/Rome", CheckInEnabled ?? true, CheckInAfterDays ?? 3, CheckInAfterShippingDays ?? 14, CheckInHour ?? 10,
        LateCallAfterDays ?? 3, ReviewInvitationAfterDays ?? 7);

    private static FieldError? Between(string name, int? value, int least, int most) =>
        value < least || value > most ? new($"/{name}", "out_of_range", $"{least} to {most}.") : null;
}
