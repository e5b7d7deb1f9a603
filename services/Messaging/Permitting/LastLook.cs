using Engagement.Contracts;
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

    private static readonly string Common =
        $"""
        exists (select from {Schema}.mt_doc_message m
            where m.tenant_id = ? and m.id = ? and m.data ->> 'State' = '{nameof(MessageState.Released)}' and m.data ->> 'Withdrawn' is null)
        and not exists (select from {Schema}.mt_doc_sendingswitch s where s.tenant_id = ? and s.id = '{SendingSwitch.Key}' and s.data ->> 'IsStopped' = 'true')
        """;

    private static readonly string WithPermissions =
        $"{Common} and (select coalesce(sum(p.mt_version), 0) from {Schema}.mt_doc_permission p where p.tenant_id = ? and p.id = any(?)) = ?";

    /// <param name="address">As the id of a guest.</param>
    public static SqlStatement For(string tenant, Message message, CustomerId address, Permission? byCustomer, Permission? atAddress)
    {
        if (message is not { Test: null, CustomerId: { } customer } || !Purposes.CanBeRefused(message.Purpose))
            return new SqlStatement(Common, tenant, message.Id, tenant);
        var versions = (byCustomer?.Version ?? 0) + (atAddress is null || atAddress.Id == byCustomer?.Id ? 0 : atAddress.Version);
        return new SqlStatement(
            WithPermissions, tenant, message.Id, tenant, tenant, new[] { Permission.StreamKey(customer), Permission.StreamKey(address) }, (decimal)versions);
    }
}
