using Engagement.Contracts;
using Engagement.Messaging.Addresses;
using Engagement.Messaging.Switching;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Permitting;

/// <summary>
/// What is asked just before the point of no return, in one statement by primary keys: whether anything has come in between that could forbid what the gate
/// allowed when the sending began. Of permissions it compares versions alone, so that the gate's rules stand in one place.
/// </summary>
internal static class LastLook
{
    private static readonly string Schema = MessagingService.Model.Name;

    private static readonly string Ready =
        $"""
        exists (select from {Schema}.mt_doc_message m
            where m.tenant_id = ? and m.id = ? and m.data ->> 'State' = '{nameof(MessageState.Released)}' and m.data ->> 'Withdrawn' is null)
        """;

    private static readonly string Unchanged =
        $"(select coalesce(sum(p.mt_version), 0) from {Schema}.mt_doc_permission p where p.tenant_id = ? and p.id = any(?)) = ?";

    /// <param name="address">As the id of a guest.</param>
    public static SqlStatement For(string tenant, Message message, CustomerId address, Permission? byCustomer, Permission? atAddress)
    {
        var (mayGo, stillGood) = (SendingSwitchReading.MayGo(tenant), Suppression.StillGood(tenant, address, message.Kind));
        var ready = new SqlStatement($"{mayGo.Sql} and {Ready} and {stillGood.Sql}", [.. mayGo.Args, tenant, message.Id, .. stillGood.Args]);
        if (message is not { Test: null, CustomerId: { } customer } || !Purposes.CanBeRefused(message.Purpose)) return ready;
        var versions = (byCustomer?.Version ?? 0) + (atAddress is null || atAddress.Id == byCustomer?.Id ? 0 : atAddress.Version);
        return new SqlStatement(
            $"{ready.Sql} and {Unchanged}", [.. ready.Args, tenant, new[] { Permission.StreamKey(customer), Permission.StreamKey(address) }, (decimal)versions]);
    }
}
