using System.Globalization;
using Engagement.Messaging.Permitting;

namespace Engagement.Messaging.Tests.Permitting;

/// <summary>All instants in UTC.</summary>
public sealed class QuietHoursTests
{
    [Theory]
    [InlineData("2026-01-12T19:59:59", null)]                       // 20:59:59 in Rome
    [InlineData("2026-01-12T20:00:00", "2026-01-13T07:00:00")]
    [InlineData("2026-01-13T06:59:59", "2026-01-13T07:00:00")]
    [InlineData("2026-01-13T07:00:00", null)]
    [InlineData("2026-07-01T19:00:00", "2026-07-02T06:00:00")]      // in summer an hour earlier
    [InlineData("2026-03-28T22:00:00", "2026-03-29T06:00:00")]      // the night that is an hour short
    [InlineData("2026-03-29T06:00:00", null)]
    [InlineData("2026-10-24T19:00:00", "2026-10-25T07:00:00")]      // the night that is an hour long
    [InlineData("2026-10-25T06:30:00", "2026-10-25T07:00:00")]
    public void The_night_in_Rome(string at, string? end) => Ends("21:00", "08:00", "Europe/Rome", at, end);

    [Theory]
    [InlineData("2026-03-08T05:00:00", "2026-03-08T12:00:00")]      // midnight in New York; clocks go forward at 2
    [InlineData("2026-11-01T05:30:00", "2026-11-01T13:00:00")]      // 1:30 for the first time
    [InlineData("2026-11-01T06:30:00", "2026-11-01T13:00:00")]      // 1:30 again
    [InlineData("2026-11-01T13:00:00", null)]
    public void The_night_in_New_York(string at, string? end) => Ends("21:00", "08:00", "America/New_York", at, end);

    [Theory]
    [InlineData("2026-10-03T12:00:00", "2026-10-03T21:00:00")]      // 22:30 at +10:30, and then 8:00 at +11
    [InlineData("2026-04-04T12:00:00", "2026-04-04T21:30:00")]      // 23:00 at +11, and then 8:00 at +10:30
    public void The_night_on_Lord_Howe_whose_clocks_change_by_half_an_hour(string at, string? end) => Ends("21:00", "08:00", "Australia/Lord_Howe", at, end);

    [Theory]
    [InlineData("02:30", "Europe/Rome", "2026-03-29T00:59:00", "2026-03-29T01:00:00")]          // 2:30 is left out: the night ends where clocks go on, at 3
    [InlineData("02:30", "Europe/Rome", "2026-10-25T00:40:00", "2026-10-25T01:30:00")]          // 2:40 for the first time; 2:30 comes again
    [InlineData("02:30", "Europe/Rome", "2026-10-25T01:30:00", null)]
    [InlineData("02:15", "Australia/Lord_Howe", "2026-10-03T15:29:00", "2026-10-03T15:30:00")]  // 2:00 to 2:30 is left out
    [InlineData("01:45", "Australia/Lord_Howe", "2026-04-04T14:50:00", "2026-04-04T15:15:00")]  // 1:50 for the first time; 1:45 comes again
    public void Of_a_time_that_comes_twice_the_second_ends_the_night_and_one_that_is_left_out_ends_it_at_the_change(
        string until, string zone, string at, string? end) => Ends("21:00", until, zone, at, end);

    [Theory]
    [InlineData("02:30", "Europe/Rome", "2026-03-29T01:00:00", "2026-03-29T02:00:00")]          // from 2:30, that is 3:00, until 4:00
    [InlineData("02:30", "Europe/Rome", "2026-10-25T00:29:00", null)]
    [InlineData("02:30", "Europe/Rome", "2026-10-25T00:30:00", "2026-10-25T03:00:00")]          // from the first 2:30
    [InlineData("02:30", "Europe/Rome", "2026-10-25T01:10:00", "2026-10-25T03:00:00")]          // 2:10 again: the rest has begun
    public void Of_a_time_that_comes_twice_the_first_begins_the_night(string from, string zone, string at, string? end) => Ends(from, "04:00", zone, at, end);

    [Theory]
    [InlineData("13:00", "15:00", "2026-01-12T12:30:00", "2026-01-12T14:00:00")]
    [InlineData("13:00", "15:00", "2026-01-12T20:30:00", null)]
    [InlineData("08:00", "08:00", "2026-01-12T03:00:00", null)]
    public void They_can_be_a_nap_or_none(string from, string until, string at, string? end) => Ends(from, until, "Europe/Rome", at, end);

    private static void Ends(string from, string until, string zone, string at, string? end) =>
        new QuietHours(TimeOnly.Parse(from, CultureInfo.InvariantCulture), TimeOnly.Parse(until, CultureInfo.InvariantCulture))
            .EndAt(Utc(at), TimeZoneInfo.FindSystemTimeZoneById(zone)).ShouldBe(end is null ? null : Utc(end));

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
