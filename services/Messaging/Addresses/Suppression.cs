using Engagement.Contracts;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Templating;

namespace Engagement.Messaging.Addresses;

/// <summary>Where nothing is sent any more. Pure.</summary>
internal static class Suppression
{
    public const string Bounced = "bounced";
    public const string Complained = "complained";

    /// <summary>Why a message doesn't go to this address, or null. Who complained still gets what was bought.</summary>
    public static string? WhyNot(Address? address, MessageKind kind) =>
        address?.BouncedAt is not null ? Bounced
        : address?.ComplainedAt is not null && MessageKinds.NatureOf(kind) != MessageNature.Transactional ? Complained
        : null;

    public static async Task<string?> WhyNotToAsync(this IQuerySession session, string address, MessageKind kind, CancellationToken ct) =>
        WhyNot(await session.LoadAsync<Address>(Address.StreamKey(address), ct), kind);

    /// <summary>Whether the server refused the address (RFC 3463: 5.1.x, but for the sender's), and not the mail.</summary>
    public static bool IsAboutAddress(PermanentFailure failure) => failure.StatusCode is { } status
        ? status.StartsWith("5.1.", StringComparison.Ordinal) && status is not ("5.1.7" or "5.1.8")
        : failure.ReplyCode == 550;

    /// <summary>What is owed to the customer, so that a person has to find another way: what was bought, and answers.</summary>
    public static bool IsOwed(MessageKind kind) =>
        MessageKinds.NatureOf(kind) == MessageNature.Transactional || kind is MessageKind.InquiryReceived or MessageKind.InquiryReply;
}
