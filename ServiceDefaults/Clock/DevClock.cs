using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>The routes that move the domain's clock. In development only: elsewhere they don't exist.</summary>
public static partial class DevClock
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private sealed record SetClock(string? Now);

    private sealed record AdvanceClock(string? To, string? By);

    private sealed record ClockStands(DateTimeOffset Now);

    /// <summary>
    /// <c>GET /dev/clock</c>; <c>POST /dev/clock {now}</c>, back only while there are no events (409);
    /// <c>POST /dev/clock/advance {to|by}</c>, from due time to due time. Both answer <c>{now, steps}</c> when every instance has
    /// followed and nothing is undone, or 503 after 10 minutes. Times are ISO 8601, UTC where they name no zone; <c>by</c> is an
    /// ISO 8601 duration of days and less (<c>P1DT2H</c>), or <c>hh:mm:ss</c>.
    /// </summary>
    public static WebApplication MapDevClock(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (!app.Environment.IsDevelopment()) return app;

        var mover = new ClockMover(app.Services.GetRequiredService<NpgsqlDataSource>(), app.Services.GetRequiredService<RealTime>(), Limit);
        var clock = app.MapGroup("/dev/clock").ExcludeFromDescription();
        clock.MapGet("", async (CancellationToken ct) => TypedResults.Ok(new ClockStands(await mover.NowAsync(ct))));
        clock.MapPost("", (SetClock body, CancellationToken ct) => Instant(body.Now) is { } now
            ? MoveAsync(() => mover.SetAsync(now, ct))
            : BadAsync("'now' must be a time in ISO 8601."));
        clock.MapPost("/advance", (AdvanceClock body, CancellationToken ct) => body switch
        {
            { To: { } to, By: null } when Instant(to) is { } end => MoveAsync(() => mover.AdvanceAsync(_ => end, ct)),
            { To: null, By: { } by } when Duration(by) is { } span => MoveAsync(() => mover.AdvanceAsync(now => now + span, ct)),
            _ => BadAsync("Either 'to' must be a time in ISO 8601, or 'by' a positive duration, in ISO 8601 or as hh:mm:ss."),
        });
        return app;
    }

    internal static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
        && IsoStart().IsMatch(text) && instant < Latest && instant > DateTimeOffset.UnixEpoch ? instant : null;

    internal static TimeSpan? Duration(string text)
    {
        try
        {
            var span = HoursMinutesSeconds().Match(text) is { Success: true } match
                ? new TimeSpan(Part("h"), Part("m"), Part("s"))
                : IsoDuration().IsMatch(text) ? XmlConvert.ToTimeSpan(text) : TimeSpan.Zero;
            return span > TimeSpan.Zero && span < TimeSpan.FromDays(100 * 365) ? span : null;

            int Part(string name) => int.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static async Task<Results<Ok<ClockMoved>, ProblemHttpResult>> MoveAsync(Func<Task<ClockMoved>> move)
    {
        try
        {
            return TypedResults.Ok(await move());
        }
        catch (ClockStuckException stuck)
        {
            return TypedResults.Problem(stuck.Message, statusCode: StatusCodes.Status503ServiceUnavailable, title: "The clock was not followed in time.");
        }
    }

    private static Task<Results<Ok<ClockMoved>, ProblemHttpResult>> BadAsync(string title) =>
        Task.FromResult<Results<Ok<ClockMoved>, ProblemHttpResult>>(TypedResults.Problem(statusCode: StatusCodes.Status400BadRequest, title: title));

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d")]
    private static partial Regex IsoStart();

    [GeneratedRegex(@"^(?<h>\d{1,6}):(?<m>[0-5]\d):(?<s>[0-5]\d)$", RegexOptions.ExplicitCapture)]
    private static partial Regex HoursMinutesSeconds();

    // Years and months have no fixed length.
    [GeneratedRegex(@"^P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex IsoDuration();
}
