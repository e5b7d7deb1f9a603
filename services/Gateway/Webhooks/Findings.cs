using Engagement.Contracts;
using Engagement.Gateway.Intake;

namespace Engagement.Gateway.Webhooks;

/// <summary>What is found in a webhook, one after the other: facts without anything personal, and contacts to be sealed.</summary>
/// <param name="connectedAt">Since when the shop's system tells us what happens.</param>
internal sealed class Findings(string vendor, string topic, ReadingContext context, DateTimeOffset connectedAt)
{
    private static readonly DateTimeOffset s_earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The id of the one payment of orders whose system says only how far they are paid, each time anew.</summary>
    public const string WholePayment = "whole";

    private readonly List<Finding> _found = [];

    public string Topic => topic;

    public DateTimeOffset Now => context.Now;

    public DateTimeOffset ConnectedAt => connectedAt;

    public IReadOnlyList<Finding> Found => _found;

    /// <param name="id">What it is and its version, the same in every webhook that tells it: <c>orders/7@2026-01-15T12:00:00Z/paid</c>.</param>
    public void Add(string id, object? fact, Reported reported, ContactFound? contact = null) =>
        _found.Add(new Finding($"{vendor}:{id}", "", fact, contact, reported));

    public Reported At(DateTimeOffset? occurred, bool quiet = false) => new(occurred ?? Now, Now, Backfill: quiet);

    /// <summary>Who it is: the shop's id, or for a guest one made of the address; null where it says neither.</summary>
    public CustomerId? Customer(string? id, string? email) => id is not null ? new CustomerId(id) : email is not null ? context.GuestId(email) : null;

    /// <summary>Every id that they may be known by.</summary>
    public IReadOnlyList<CustomerId> Customers(string? id, string? email)
    {
        CustomerId?[] ids = [id is null ? null : new CustomerId(id), email is null ? null : context.GuestId(email)];
        return [.. ids.OfType<CustomerId>().Distinct()];
    }

    /// <summary>A time that may have been: not before 2000, not in the future.</summary>
    public DateTimeOffset? Time(Fields fields, string name, bool utc = false) => (utc ? fields.OptionalUtcTime(name) : fields.OptionalTime(name)) switch
    {
        null => null,
        var time when time > Now + CloudEventsReader.ClockSkew => fields.Fault<DateTimeOffset?>(name, "in_the_future", "Must not lie in the future."),
        var time when time < s_earliest => fields.Fault<DateTimeOffset?>(name, "too_early", "Must not lie before the year 2000."),
        var time => time,
    };

    public static string Version(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
}
