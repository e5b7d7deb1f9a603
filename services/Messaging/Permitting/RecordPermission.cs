using Engagement.Contracts;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Requesting;
using Engagement.Messaging.Settings;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Permitting;

/// <summary>Records what a customer permits or refuses, and lets go of what waited to be sent in spite of it.</summary>
public static class RecordPermissionHandler
{
    public static async Task<OutgoingMessages> Handle(RecordPermission said, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        OutgoingMessages outgoing = [.. await Record(said, said.CustomerId, session, now, ct)];

        // Whoever says no in a mail doesn't want it at that address, whatever id the shop knows its reader by.
        if (!said.Granted && said.Message is { } key && await session.Events.FetchLatest<Message>(Message.StreamKey(key), ct) is { Address: { } address }
            && address != said.CustomerId.Value)
        {
            outgoing.AddRange(await Record(said, new CustomerId(address), session, now, ct));
        }

        return outgoing;
    }

    /// <summary>What is new in it. A permission that nothing proves is none.</summary>
    internal static IEnumerable<object> Decide(Permission? permission, RecordPermission said, DateTimeOffset now) =>
        from purpose in (said.Purposes ?? Purposes.Refusable).Where(Purposes.CanBeRefused).Distinct()
        from channel in said.Channel is { } only ? [only] : Enum.GetValues<Channel>()
        where !said.Granted || Permits(said, channel)
        let word = new PermissionWord(purpose, channel, said.Granted, said.Basis, said.Evidence, said.Reported.OccurredAt.ToUniversalTime())
        where word.Outweighs(permission?.On(purpose, channel))
        select word.Granted
            ? (object)new PermissionGranted(purpose, channel, word.Basis, word.Evidence, word.At, now)
            : new PermissionRefused(purpose, channel, word.Basis, word.Evidence, said.Message, word.At, now);

    /// <summary>After a sale one may write, by mail; every other way wants to be asked for.</summary>
    private static bool Permits(RecordPermission said, Channel channel) => said.Basis switch
    {
        PermissionBasis.Consent => !string.IsNullOrWhiteSpace(said.Evidence),
        PermissionBasis.SoftOptIn => channel == Channel.Email && !string.IsNullOrWhiteSpace(said.Evidence),
        PermissionBasis.Preferences => true,   // said on our own page
        _ => false,
    };

    private static async Task<List<object>> Record(RecordPermission said, CustomerId customer, IDocumentSession session, DateTimeOffset now, CancellationToken ct)
    {
        var stream = await session.Events.FetchForWriting<Permission>(Permission.StreamKey(customer), ct);
        object[] events = [.. Decide(stream.Aggregate, said, now)];
        if (events.Length == 0) return [];
        stream.AppendMany(events);

        var changes = events.Select(e => Changed(customer, e)).Where(change => change.Granted != stream.Aggregate?.On(change.Purpose, change.Channel)?.Granted).ToArray();
        var tenant = session.TenantId;
        AfterCommit.Run(() => MessagingMetrics.PermissionsChanged(tenant, changes));
        List<object> outgoing = said.Reported.Backfill ? [] : [.. changes];   // whoever uploads a history knows it
        if (!said.Granted && changes.Length > 0)
        {
            var refused = changes.Select(change => (change.Purpose, change.Channel)).ToHashSet();
            var (contact, settings) = (await session.LoadAsync<Contact>(customer, ct), await session.SettingsAsync<MessagingSettings>(ct));
            Channel WayOf(Message message) => (contact is null ? null : Ways.Choose(message.Kind, contact, settings)) ?? Channel.Email;
            outgoing.AddRange(
                await Waiting.SuppressAsync(session, customer, message => refused.Contains((message.Purpose, WayOf(message))), Gate.Refused, now, ct));
        }

        return outgoing;
    }

    private static PermissionChanged Changed(CustomerId customer, object e) => e switch
    {
        PermissionGranted given => new(customer, given.Purpose, given.Channel, true, given.Basis, given.OccurredAt),
        PermissionRefused refused => new(customer, refused.Purpose, refused.Channel, false, refused.Basis, refused.OccurredAt),
        _ => throw new ArgumentOutOfRangeException(nameof(e), e.GetType().Name, "No event of a permission."),
    };
}
