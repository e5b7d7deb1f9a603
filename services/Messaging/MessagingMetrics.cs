using System.Diagnostics.Metrics;
using Engagement.Contracts;
using Engagement.Messaging.Social;
using Engagement.Messaging.Templating;

namespace Engagement.Messaging;

internal static class MessagingMetrics
{
    public const string MeterName = "Engagement.Messaging";
    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> ComposedCount = Meter.CreateCounter<long>("engagement.messages.composed", "{message}", "Messages rendered for their customer.");
    private static readonly Counter<long> SentCount = Meter.CreateCounter<long>("engagement.messages.sent", "{message}", "Messages that their receiver took.");
    private static readonly Counter<long> SuppressedCount = Meter.CreateCounter<long>("engagement.messages.suppressed", "{message}", "Messages that will not be sent, by reason.");
    private static readonly Counter<long> DeferredCount = Meter.CreateCounter<long>("engagement.messages.deferred", "{message}", "Messages that wait for a better hour, by reason.");
    private static readonly Counter<long> PermissionCount = Meter.CreateCounter<long>(
        "engagement.permissions.changed", "{permission}", "Permissions given and refused, by purpose, channel and basis.");
    private static readonly Counter<long> DeliveredCount = Meter.CreateCounter<long>("engagement.messages.delivered", "{message}", "Messages in their customer's hands, as providers say.");
    private static readonly Counter<long> BouncedCount = Meter.CreateCounter<long>("engagement.messages.bounced", "{message}", "Messages that came back, for good or not.");
    private static readonly Counter<long> ComplainedCount = Meter.CreateCounter<long>("engagement.messages.complained", "{message}", "Messages that were marked as spam.");
    private static readonly Counter<long> UnknownCount = Meter.CreateCounter<long>("engagement.reports.unknown", "{report}", "Reports of messages that nobody knows.");
    private static readonly Counter<long> ErasedCount = Meter.CreateCounter<long>("engagement.customers.erased", "{customer}", "Customers of whom nothing readable is left.");
    private static readonly Counter<long> RefusedCount = Meter.CreateCounter<long>(
        "engagement.templates.refused", "{template}", "Templates that the linter refused.");
    private static readonly Counter<long> FallbackCount = Meter.CreateCounter<long>(
        "engagement.templates.fallbacks", "{message}", "Messages in the built-in words because the shop's own failed.");
    private static readonly Counter<long> PostCount = Meter.CreateCounter<long>(
        "engagement.social.posts", "{post}", "What happened to social posts: planned, changed, cancelled, published, failed.");
    private static readonly Counter<long> PauseCount = Meter.CreateCounter<long>(
        "engagement.mail_server.pauses", "{pause}", "Pauses that the mail server was given, because it failed or asked for one.");
    private static readonly Histogram<double> ThankYouDelay = Meter.CreateHistogram<double>("engagement.thankyou.delay", "s", "From the payment to the thank-you's leaving.");

    public static void Composed(string tenant, MessageKind kind) => ComposedCount.Add(1, new("engagement.tenant", tenant), new KeyValuePair<string, object?>("kind", kind.ToString()));

    public static void Sent(string tenant, Message message, DateTimeOffset now)
    {
        if (message.Test is not null) return;   // nobody was waiting for it
        SentCount.Add(1, new("engagement.tenant", tenant), new("kind", message.Kind.ToString()), new KeyValuePair<string, object?>("channel", ChannelOf(message)));
        // A shop's history that is mailed all the same says nothing of our speed.
        if (message is { Kind: MessageKind.ThankYou, Occasion.EvenIfStale: false })
            ThankYouDelay.Record((now - message.Occasion.OccurredAt).TotalSeconds, new KeyValuePair<string, object?>("engagement.tenant", tenant));
    }

    /// <summary>What a provider told of a message.</summary>
    public static void Reported(string tenant, Message message, object told)
    {
        KeyValuePair<string, object?>[] tags =
        [
            new("engagement.tenant", tenant), new("kind", message.Kind.ToString()), new("channel", ChannelOf(message)),
        ];
        switch (told)
        {
            case MessageDelivered: DeliveredCount.Add(1, tags); break;
            case MessageBounced bounced: BouncedCount.Add(1, [.. tags, new("permanent", bounced.IsPermanent)]); break;
            case MessageComplained: ComplainedCount.Add(1, tags); break;
        }
    }

    /// <summary>What a provider told of a message that isn't ours.</summary>
    public static void ReportUnknown(string tenant, MessageFate fate) =>
        UnknownCount.Add(1, new("engagement.tenant", tenant), new KeyValuePair<string, object?>("fate", fate.ToString()));

    public static void CustomerErased(string tenant) => ErasedCount.Add(1, new KeyValuePair<string, object?>("engagement.tenant", tenant));

    private static string ChannelOf(Message message) => (message.Channel ?? Channel.Email).ToString().ToLowerInvariant();

    public static void TemplateRefused(string tenant, IWords words) =>
        RefusedCount.Add(1, new("engagement.tenant", tenant), new KeyValuePair<string, object?>("kind", words.Label));

    public static void TemplateFellBack(string tenant, MessageKind kind) =>
        FallbackCount.Add(1, new("engagement.tenant", tenant), new KeyValuePair<string, object?>("kind", kind.ToString()));

    public static void ServerPaused() => PauseCount.Add(1);

    public static void Suppressed(string tenant, MessageKind kind, string reason) =>
        SuppressedCount.Add(1, new("engagement.tenant", tenant), new("kind", kind.ToString()), new KeyValuePair<string, object?>("reason", reason));

    public static void Post(string tenant, PostEvent e) => PostCount.Add(
        1, new("engagement.tenant", tenant), new KeyValuePair<string, object?>("event", e.GetType().Name["Post".Length..].ToLowerInvariant()));

    public static void Deferred(string tenant, MessageKind kind, string reason) =>
        DeferredCount.Add(1, new("engagement.tenant", tenant), new("kind", kind.ToString()), new KeyValuePair<string, object?>("reason", reason));

    public static void PermissionsChanged(string tenant, IEnumerable<PermissionChanged> changes)
    {
        foreach (var change in changes)
        {
            PermissionCount.Add(
                1, new("engagement.tenant", tenant), new("purpose", change.Purpose.ToString()), new("channel", change.Channel.ToString()),
                new("granted", change.Granted), new("basis", change.Basis.ToString()));
        }
    }
}
