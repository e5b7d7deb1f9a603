using Engagement.Contracts;
using Engagement.Messaging.Channels;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Requesting;

/// <summary>The ways a message leaves the waiting room, each in the caller's transaction.</summary>
public sealed class Outbox(RealTime real, DeliveryWaker waker)
{
    /// <summary>Gives the message to the deliveries of its channel.</summary>
    public void Release(IDocumentSession session, IEventStream<Message> stream, DateTimeOffset now, Channel channel = Channel.Email)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(stream);
        stream.AppendOne(new MessageReleased(now));
        var insert = Deliveries.Insert(MessagingService.Model.Name, session.TenantId, stream.Key, KindOf(channel), new MailToSend(stream.Key), real.Now);
        session.QueueSqlCommand(insert.Sql, insert.Args);
        AfterCommit.Run(waker.Wake);
    }

    private static string KindOf(Channel channel) => channel switch
    {
        Channel.Email => MailChannel.KindOfDelivery,
        Channel.Sms => SmsChannel.KindOfDelivery,
        _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "A person is asked for that."),
    };

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
}
