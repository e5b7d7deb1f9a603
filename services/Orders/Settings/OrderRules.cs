using Engagement.ServiceDefaults;

namespace Engagement.Orders.Settings;

/// <summary>A shop's rules about time, its settings filled in. Pure.</summary>
public sealed class OrderRules
{
    /// <summary>What is told of later after its time sets no timer and is not withdrawn. What is sent Messaging decides, by the shop's limit.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromHours(72);

    private readonly OrderSettings _settings;
    private readonly TimeZoneInfo _zone;

    public OrderRules(OrderSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings.WithDefaults();
        _zone = TimeZoneInfo.FindSystemTimeZoneById(_settings.Zone!);
    }

    public static OrderRules Default { get; } = new(new OrderSettings());

    public TimeSpan ThankYouWithin => TimeSpan.FromMinutes(_settings.ThankYouWithinMinutes!.Value);

    public bool ChecksIn => _settings.CheckInEnabled!.Value;

    /// <summary>Null where staff is not to call.</summary>
    public TimeSpan? LateCallAfter => Days(_settings.LateCallAfterDays!.Value);

    /// <summary>Null where nobody is to be invited.</summary>
    public TimeSpan? InviteAfter => Days(_settings.ReviewInvitationAfterDays!.Value);

    /// <summary>The shop's day at that instant.</summary>
    public DateOnly DayOf(DateTimeOffset instant) => DayIn(_zone, instant);

    /// <summary>The first instant after a day of the shop's.</summary>
    public DateTimeOffset EndOf(DateOnly day) => InstantOf(_zone, day.AddDays(1), TimeOnly.MinValue);

    /// <summary>The day that the shop promises for what was paid at that instant; null where it promises none.</summary>
    public DateOnly? PromiseFor(DateTimeOffset paidAt)
    {
        if (_settings.LeadDays is not { } left) return null;
        var day = DayOf(paidAt);
        while (left > 0 || !IsWorkingDay(day))
        {
            day = day.AddDays(1);
            if (left > 0 && IsWorkingDay(day)) left--;
        }

        return day;
    }

    /// <summary>When to ask about what arrived, or was sent, at that instant: some days later, at a good hour where the customer lives.</summary>
    public DateTimeOffset CheckInAt(DateTimeOffset since, bool isDelivered, string? customersZone) =>
        HourAfter(since, isDelivered ? _settings.CheckInAfterDays!.Value : _settings.CheckInAfterShippingDays!.Value, customersZone);

    /// <summary>The next good hour where the customer lives.</summary>
    public DateTimeOffset NextGoodHour(DateTimeOffset after, string? customersZone) =>
        HourAfter(after, 0, customersZone) is var today && today > after ? today : HourAfter(after, 1, customersZone);

    private DateTimeOffset HourAfter(DateTimeOffset since, int days, string? customersZone)
    {
        var zone = customersZone is not null && TimeZoneInfo.TryFindSystemTimeZoneById(customersZone, out var found) ? found : _zone;
        return InstantOf(zone, DayIn(zone, since).AddDays(days), new TimeOnly(_settings.CheckInHour!.Value, 0));
    }

    private bool IsWorkingDay(DateOnly day) => _settings.WorkingDays!.Contains(day.DayOfWeek) && !_settings.Holidays!.Contains(day);

    private static DateOnly DayIn(TimeZoneInfo zone, DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime);

    /// <summary>Where the clocks go forward over that time, the first instant after; where they go back, the earlier of the two.</summary>
    private static DateTimeOffset InstantOf(TimeZoneInfo zone, DateOnly day, TimeOnly time)
    {
        var local = day.ToDateTime(time);
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(15);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static TimeSpan? Days(int days) => days == 0 ? null : TimeSpan.FromDays(days);
}
