using Engagement.Contracts;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Contacts;
using Engagement.Messaging.Permitting;
using Engagement.Messaging.Sending;
using Engagement.Messaging.Settings;
using Engagement.Messaging.Switching;
using Engagement.Messaging.Templating;
using Engagement.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Engagement.Messaging.Requesting;

/// <summary>The ways a message leaves the waiting room, each in the caller's transaction.</summary>
public sealed class Outbox(RealTime real, DeliveryWaker waker, IOptions<MailOptions> options, HeldWarning held)
{
    /// <summary>By the index on customer and state. Read before the pace, so that nothing is in neither.</summary>
    private const string OnTheirWay = "where d.data ->> 'Customer' = ? and d.data ->> 'State' = ?";

    /// <summary>What the gate says now, and the way it goes.</summary>
    /// <param name="contact">Of its customer, where the caller knows it; else it is read here, with all the rest.</param>
    /// <param name="address">The one that it goes to, where that is known, as the id of a guest.</param>
    public async Task<Answer> AskAsync(
        IDocumentSession session, Message message, DateTimeOffset now, CancellationToken ct, Contact? contact = null, CustomerId? address = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(message);
        var batch = session.CreateBatchQuery();
        var (permissions, shops, isStopped) = (batch.PermissionsAsync(message, address), batch.SettingsAsync<MessagingSettings>(), batch.IsSendingStoppedAsync());
        var read = contact is null && message.CustomerId is { } reader ? batch.Load<Contact>(reader) : Task.FromResult(contact);
        // What isn't counted needs no version of it: only whether it was withdrawn before it was asked for.
        var ended = message is { Test: null, CustomerId: { } customer } && !IsPaced(message) ? batch.Load<Pace>(Pace.StreamKey(customer)) : null;
        var onTheirWay = IsPaced(message) ? batch.Query<Message>(OnTheirWay, message.Customer!, nameof(MessageState.Released)) : null;
        await batch.Execute(ct);
        var (permission, atAddress) = await permissions;
        var pace = IsPaced(message) ? await session.Events.FetchForWriting<Pace>(Pace.StreamKey(message.CustomerId!.Value), ct) : null;
        contact = await read;
        var settings = await shops;
        var zone = Zones.Of(contact?.Zone, settings.SenderFor(session.TenantId, options.Value).Zone);
        var way = contact is null ? null : Ways.Choose(message.Kind, contact, settings);
        var known = pace is not null ? Pace.Of(pace)?.With(await onTheirWay!, now) : ended is not null ? await ended : null;
        var situation = new Situation(message, permission, atAddress, known, settings.Rules(), zone, await isStopped);
        return new Answer(Gate.Decide(situation with { Channel = way ?? Channel.Email }, now), way, pace);
    }

    /// <summary>Asks the gate, and does what it says.</summary>
    /// <inheritdoc cref="Follow"/>
    public async Task<object[]> PassAsync(
        IDocumentSession session, IEventStream<Message> stream, Message message, DateTimeOffset now, CancellationToken ct,
        Contact? contact = null, CustomerId? address = null, int ahead = 0) =>
        Follow(session, stream, message, await AskAsync(session, message, now, ct, contact, address), now, ahead);

    /// <summary>Does what the gate says.</summary>
    /// <param name="message">As it is with what this session has appended so far.</param>
    /// <param name="ahead">Of messages that go at once the first has the highest, and leaves first.</param>
    /// <returns>What others are told, and timers.</returns>
    public object[] Follow(IDocumentSession session, IEventStream<Message> stream, Message message, Answer answer, DateTimeOffset now, int ahead = 0)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(answer);
        if (answer.Pace is { } pace) Keep(pace, message, answer.Verdict, now);
        var tenant = session.TenantId;
        switch (answer.Verdict)
        {
            case Verdict.Send when answer.Way == Channel.Phone:
                return HandToStaff(stream, message.Kind, message.Occasion, message.CustomerId, StaffTaskKind.CallCustomer, now);
            case Verdict.Send:
                Release(session, stream, now, answer.Way ?? Channel.Email, ahead);
                return [];
            case Verdict.Defer(var until, var reason):
                stream.AppendOne(new MessageDeferred(until, reason, now));
                AfterCommit.Run(() => MessagingMetrics.Deferred(tenant, message.Kind, reason));
                return [DeferralEnded.Of(message, until)];
            case Verdict.Hold when message.State == MessageState.Held:
                return [];   // looked at again: it waits to be let go
            case Verdict.Hold:
                stream.AppendOne(new MessageHeld(now));
                AfterCommit.Run(() => held.Tell(tenant));
                return [new HeldForAMinute(message.Key, message.CustomerId!.Value)];
            case Verdict.Suppress(var reason):
                return [.. Suppress(stream, message, reason, tenant, now)];
            default:
                throw new ArgumentOutOfRangeException(nameof(answer), answer.Verdict, "The gate says nothing else.");
        }
    }

    /// <summary>Gives the message to the deliveries of its channel, whatever the gate would say: it is asked again when the message is sent.</summary>
    public void Release(IDocumentSession session, IEventStream<Message> stream, DateTimeOffset now, Channel channel = Channel.Email, int ahead = 0)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(stream);
        stream.AppendOne(new MessageReleased(now, channel == Channel.Email ? null : channel));
        var kind = channel == Channel.Sms ? SmsChannel.KindOfDelivery : MailChannel.KindOfDelivery;
        var due = real.Now - TimeSpan.FromMicroseconds(ahead);
        var insert = Deliveries.Insert(MessagingService.Model.Name, session.TenantId, stream.Key, kind, new MessageToSend(stream.Key), due);
        session.QueueSqlCommand(insert.Sql, insert.Args);
        AfterCommit.Run(waker.Wake);
    }

    /// <summary>The message will not be sent.</summary>
    /// <returns>What others are told: nothing of a test, which its sender sees among the messages.</returns>
    public static IEnumerable<object> Suppress(IEventStream<Message> stream, Message message, string reason, string tenant, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(message);
        stream.AppendOne(new MessageSuppressed(reason, now));
        AfterCommit.Run(() => MessagingMetrics.Suppressed(tenant, message.Kind, reason));
        return message.Test is null ? [new Contracts.MessageSuppressed(message.Key, message.Kind, message.CustomerId, reason, now)] : [];
    }

    /// <summary>Asks a person to reach the customer in another way.</summary>
    /// <returns>What others are told: the task, and that the message failed.</returns>
    public static object[] HandToStaff(
        IEventStream<Message> stream, MessageKind message, Occasion occasion, CustomerId? customer, StaffTaskKind kind, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var (key, reason) = (Message.KeyOf(stream.Key), AskStaff.ReasonOf(kind));
        stream.AppendOne(new MessageHandedToStaff(reason, now));
        return [AskStaff.For(key, kind, customer, occasion, now), new MessageFailed(key, message, customer, reason, now)];
    }

    /// <summary>The message has left: it keeps others away from then on.</summary>
    public static async Task NoteLeftAsync(IDocumentSession session, Message message, DateTimeOffset now, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(message);
        if (!IsPaced(message)) return;
        var pace = await session.Events.FetchForWriting<Pace>(Pace.StreamKey(message.CustomerId!.Value), ct);
        if (Pace.Left(pace.Aggregate, message, now) is { } left) pace.AppendOne(left);
    }

    /// <summary>The message has not left and never will: another may take its place.</summary>
    public static async Task GiveBackAsync(IDocumentSession session, Message message, DateTimeOffset now, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(message);
        if (!IsPaced(message)) return;
        var pace = await session.Events.FetchForWriting<Pace>(Pace.StreamKey(message.CustomerId!.Value), ct);
        if (pace.Aggregate?.Has(message) == true) pace.AppendOne(new MarketingTakenBack(message.Key, now));
    }

    private static bool IsPaced(Message message) => message is { Test: null, Customer: not null, Nature: MessageNature.Marketing };

    /// <summary>What is released takes its place; what was released and doesn't leave after all gives it back.</summary>
    private static void Keep(IEventStream<Pace> pace, Message message, Verdict verdict, DateTimeOffset now)
    {
        var hasPlace = Pace.Of(pace)?.Has(message) == true;
        if (verdict is Verdict.Send && !hasPlace) pace.AppendOne(new MarketingReleased(message.Key, message.Subject, now));
        if (verdict is not Verdict.Send && hasPlace) pace.AppendOne(new MarketingTakenBack(message.Key, now));
    }

    /// <summary>What the gate said.</summary>
    /// <param name="Pace">As it was read for that, once: whoever has changed it since is noticed when it is saved. Null where it doesn't matter.</param>
    public sealed record Answer(Verdict Verdict, Channel? Way, IEventStream<Pace>? Pace);
}
