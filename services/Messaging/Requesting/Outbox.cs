using Engagement.Contracts;
using Engagement.Messaging.Sending;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Requesting;

/// <summary>The ways a message leaves the waiting room, each in the caller's transaction.</summary>
public sealed class Outbox(RealTime real, DeliveryWaker waker)
{
    /// <summary>The reason to ask staff where nobody could tell who the customer is.</summary>
    public const string UnknownCustomer = "unknown-customer";

    /// <summary>Gives the message to the deliveries.</summary>
    public void Release(IDocumentSession session, IEventStream<Message> stream, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(stream);
        stream.AppendOne(new MessageReleased(now));
        var insert = Deliveries.Insert(MessagingService.Model.Name, session.TenantId, stream.Key, MailChannel.KindOfDelivery, new MailToSend(stream.Key), real.Now);
        session.QueueSqlCommand(insert.Sql, insert.Args);
        AfterCommit.Run(waker.Wake);
    }

    /// <summary>Asks a person to reach the customer in another way.</summary>
    /// <returns>What others are told.</returns>
    public MessageFailed HandToStaff(
        IDocumentSession session, IEventStream<Message> stream, MessageKind kind, Occasion occasion, CustomerId? customer, string reason, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(occasion);
        stream.AppendOne(new MessageHandedToStaff(reason, now));
        session.Store(new StaffTask(stream.Key, reason, customer?.Value, occasion.Subject, now));
        return new(Message.KeyOf(stream.Key), kind, customer, reason, now);
    }
}

/// <summary>Something a person has to do, until Support takes these over.</summary>
/// <param name="Id">The message it is about.</param>
/// <param name="Kind">Why the message could not go: <c>no-address</c>, <c>unknown-customer</c>, <c>undeliverable</c>.</param>
public sealed record StaffTask(string Id, string Kind, string? CustomerId, string Subject, DateTimeOffset RaisedAt);
