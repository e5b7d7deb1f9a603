using Engagement.Contracts;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Addresses;

/// <summary>Where nothing is sent any more. Pure.</summary>
internal static class Suppression
{
    public const string Bounced = "bounced";
    public const string Complained = "complained";

    /// <summary>Why a message doesn't go to this address, or null. Who complained still gets what can't be refused.</summary>
    public static string? WhyNot(Address? address, MessageKind kind) =>
        address?.BouncedAt is not null ? Bounced
        : address?.ComplainedAt is not null && !IsOwed(kind) ? Complained
        : null;

    /// <summary>The same at the point of no return: whether still nothing is known against the address.</summary>
    public static SqlStatement StillGood(string tenant, CustomerId address, MessageKind kind) => new(
        $"""
        not exists (select from {MessagingService.Model.Name}.mt_doc_address a where a.tenant_id = ? and a.id = ?
            and (a.data ->> 'BouncedAt' is not null{(IsOwed(kind) ? "" : " or a.data ->> 'ComplainedAt' is not null")}))
        """,
        tenant, Address.StreamKey(address));

    public static async Task<string?> WhyNotToAsync(this IBatchedQuery batch, CustomerId address, MessageKind kind) =>
        WhyNot(await batch.Load<Address>(Address.StreamKey(address)), kind);

    /// <summary>What is owed to the customer, so that a person has to find another way: what was bought, and answers.</summary>
    public static bool IsOwed(MessageKind kind) => !Purposes.CanBeRefused(Purposes.Of(kind));
}
