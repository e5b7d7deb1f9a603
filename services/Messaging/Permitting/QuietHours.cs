namespace Engagement.Messaging.Permitting;

/// <summary>The hours of a day, on the wall where the customer lives, at which nobody wants to hear from a shop.</summary>
public readonly record struct QuietHours(TimeOnly From, TimeOnly Until)
{
    /// <summary>When the quiet hours that hold at an instant end; null where none do. Equal times mean none.</summary>
    /// <remarks>A night is one night, also when clocks are changed in it: of an hour that comes twice it has both, and it ends with one that is left out.</remarks>
    public DateTimeOffset? EndAt(DateTimeOffset instant, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        if (From == Until) return null;
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime);
        foreach (var day in new[] { today.AddDays(-1), today })
        {
            var start = InstantOf(day.ToDateTime(From), zone, later: false);
            var end = InstantOf((Until > From ? day : day.AddDays(1)).ToDateTime(Until), zone, later: true);
            if (start <= instant && instant < end) return end;
        }

        return null;
    }

    private static DateTimeOffset InstantOf(DateTime local, TimeZoneInfo zone, bool later)
    {
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(1);   // clocks are changed on the minute
        if (!zone.IsAmbiguousTime(local)) return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        var offsets = zone.GetAmbiguousTimeOffsets(local);
        return new DateTimeOffset(local, later ? offsets.Min() : offsets.Max()).ToUniversalTime();
    }
}
