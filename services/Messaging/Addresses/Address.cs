using Engagement.Contracts;

namespace Engagement.Messaging.Addresses;

/// <summary>What became of what was sent to one address; its stream is <c>address/{id}</c>, the id of a guest with it, and nobody can read the address from it.</summary>
public sealed record Address(string Id)
{
    /// <summary>So many in a row, and the address counts as gone.</summary>
    public const int MostSoftBounces = 5;

    public DateTimeOffset? BouncedAt { get; init; }

    public DateTimeOffset? ComplainedAt { get; init; }

    public DateTimeOffset? ClearedAt { get; init; }

    /// <summary>Since something last arrived.</summary>
    public int SoftBounces { get; init; }

    public static string StreamKey(CustomerId address) => $"address/{address.Value}";

    public static Address Create(IEvent<AddressBounced> e) => new Address(e.StreamKey!).Apply(e.Data);

    public static Address Create(IEvent<AddressBouncedSoftly> e) => new Address(e.StreamKey!).Apply(e.Data);

    public static Address Create(IEvent<AddressComplained> e) => new Address(e.StreamKey!).Apply(e.Data);

    public Address Apply(AddressBounced e) => this with { BouncedAt = e.At };

    public Address Apply(AddressBouncedSoftly e) => this with { SoftBounces = SoftBounces + 1 };

    public Address Apply(AddressReached e) => this with { SoftBounces = 0 };

    public Address Apply(AddressComplained e) => this with { ComplainedAt = e.At };

    public Address Apply(AddressCleared e) => this with { BouncedAt = null, ComplainedAt = null, SoftBounces = 0, ClearedAt = e.At };
}

/// <summary>Nobody can be reached by it. <paramref name="Code"/> is the status by RFC 3463.</summary>
public sealed record AddressBounced(string? Code, string Message, DateTimeOffset At);

/// <summary>It didn't work this time: a full mailbox, a server that was away for long.</summary>
public sealed record AddressBouncedSoftly(string? Code, string Message, DateTimeOffset At);

/// <summary>After soft bounces something arrived again.</summary>
public sealed record AddressReached(DateTimeOffset At);

/// <summary>Whoever reads there called a message of ours spam.</summary>
public sealed record AddressComplained(string Message, DateTimeOffset At);

/// <summary>A person knows better: it may be used again.</summary>
public sealed record AddressCleared(string By, DateTimeOffset At);
