using System.Text.Json.Serialization;
using Engagement.Contracts;

namespace Engagement.Messaging.Addresses;

/// <summary>What became of a message says something of its address. Between our own handlers: one address at a time.</summary>
/// <param name="Address">As the id of a guest with it.</param>
/// <param name="Message">The message's stream.</param>
public sealed record NoteAddress(CustomerId Address, AddressFate Fate, string? Code, string Message, DateTimeOffset At) : IGrouped
{
    [JsonIgnore]
    public string GroupId => Addresses.Address.StreamKey(Address);
}

public enum AddressFate
{
    Reached,
    BouncedSoftly,
    Bounced,
    Complained,
}

public static class NoteAddressHandler
{
    public static async Task Handle(NoteAddress message, IDocumentSession session, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Address>(Address.StreamKey(message.Address), ct);
        stream.AppendMany(Decide(stream.Aggregate, message));
    }

    internal static object[] Decide(Address? address, NoteAddress note) => note.Fate switch
    {
        _ when note.At <= address?.ClearedAt => [],   // a person knew of it
        AddressFate.Reached => address is { SoftBounces: > 0 } ? [new AddressReached(note.At)] : [],
        AddressFate.Complained => address?.ComplainedAt is null ? [new AddressComplained(note.Message, note.At)] : [],
        _ when address?.BouncedAt is not null => [],
        AddressFate.Bounced => [new AddressBounced(note.Code, note.Message, note.At)],
        AddressFate.BouncedSoftly when address?.SoftBounces + 1 >= Address.MostSoftBounces =>
            [new AddressBouncedSoftly(note.Code, note.Message, note.At), new AddressBounced(note.Code, note.Message, note.At)],
        AddressFate.BouncedSoftly => [new AddressBouncedSoftly(note.Code, note.Message, note.At)],
        _ => throw new ArgumentOutOfRangeException(nameof(note), note.Fate, "No such fate."),
    };
}
