using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Erasing;

/// <summary>A delivery's payload: whose data is to be erased.</summary>
/// <param name="At">When we were told.</param>
/// <param name="RequestedUntil">The mails that were asked for until then go too.</param>
/// <param name="Again">The second time, when nobody remembers the key any more.</param>
public sealed record DataToErase(string Customer, DateTimeOffset At, DateTimeOffset RequestedUntil, bool Again = false);

/// <summary>Puts erasures on their way, in the caller's transaction. Thread-safe.</summary>
public sealed class Erasures(RealTime real, DeliveryWaker waker)
{
    /// <summary>Longer than a process remembers a key (60 s), and than an attempt that was under way writes its mail.</summary>
    public static readonly TimeSpan UntilForgotten = TimeSpan.FromSeconds(90);

    public void Begin(IDocumentSession session, DataToErase erasing) => Put(session, erasing, TimeSpan.Zero);

    public void BeginAgain(IDocumentSession session, DataToErase erasing)
    {
        ArgumentNullException.ThrowIfNull(erasing);
        Put(session, erasing with { Again = true }, UntilForgotten);
    }

    public void Put(IDocumentSession session, DataToErase erasing, TimeSpan wait)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(erasing);
        var id = $"erasure/{erasing.Customer}/{erasing.At.UtcTicks}{(erasing.Again ? "/again" : "")}";
        var insert = Deliveries.Insert(
            MessagingService.Model.Name, session.TenantId, id, ErasureChannel.KindOfDelivery, erasing, real.Now, real.Now + wait);
        session.QueueSqlCommand(insert.Sql, insert.Args);
        AfterCommit.Run(waker.Wake);
    }
}
