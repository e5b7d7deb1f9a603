using Engagement.Contracts;

namespace Engagement.Messaging.Permitting;

/// <summary>What a customer permits and refuses; its stream key is <c>permission/{customer}</c>. Of each purpose and channel the word that holds.</summary>
public sealed record Permission(string Id, IReadOnlyList<PermissionWord> Words)
{
    private const string KeyPrefix = "permission/";

    /// <summary>The stream's.</summary>
    public long Version { get; init; }

    public static string StreamKey(CustomerId customer) => $"{KeyPrefix}{customer.Value}";

    public static Permission Create(IEvent<PermissionGranted> e) => new Permission(e.StreamKey!, []).Apply(e.Data);

    public static Permission Create(IEvent<PermissionRefused> e) => new Permission(e.StreamKey!, []).Apply(e.Data);

    public Permission Apply(PermissionGranted e) => With(new PermissionWord(e.Purpose, e.Channel, Granted: true, e.Basis, e.Evidence, e.OccurredAt));

    public Permission Apply(PermissionRefused e) => With(new PermissionWord(e.Purpose, e.Channel, Granted: false, e.Basis, e.Evidence, e.OccurredAt));

    /// <summary>Null where nothing was said.</summary>
    public PermissionWord? On(Purpose purpose, Channel channel) => Words.FirstOrDefault(word => word.Purpose == purpose && word.Channel == channel);

    private Permission With(PermissionWord word) => this with
    {
        Version = Version + 1,
        Words = [.. Words.Where(known => known.Purpose != word.Purpose || known.Channel != word.Channel).Append(word)
            .OrderBy(known => (known.Purpose, known.Channel))],
    };
}

/// <param name="At">When it was said.</param>
public sealed record PermissionWord(Purpose Purpose, Channel Channel, bool Granted, PermissionBasis Basis, string? Evidence, DateTimeOffset At)
{
    /// <summary>
    /// Of two words on one purpose and channel this one holds. What was said comes before what a sale lets us suppose, then the later, then a refusal; the
    /// rest only makes the order total, so that words may arrive in any order.
    /// </summary>
    public bool Outweighs(PermissionWord? other)
    {
        if (other is null) return true;
        var order = IsSaid.CompareTo(other.IsSaid);
        if (order == 0) order = At.CompareTo(other.At);
        if (order == 0) order = other.Granted.CompareTo(Granted);
        if (order == 0) order = Basis.CompareTo(other.Basis);
        return order == 0 ? string.CompareOrdinal(Evidence, other.Evidence) > 0 : order > 0;
    }

    /// <summary>A sale alone permits only where the customer has said nothing: it takes back no refusal.</summary>
    private bool IsSaid => !(Granted && Basis == PermissionBasis.SoftOptIn);
}
