using Engagement.Contracts;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Erasing;

/// <summary>A customer's key and files are gone. Handled where it is said: it crosses no queue.</summary>
/// <param name="Done">Ends the delivery in the same commit.</param>
public sealed record ErasurePassed(DataToErase Erasing, SqlStatement Done);

/// <summary>They are not, after many attempts.</summary>
public sealed record ErasureFailed(DataToErase Erasing, SqlStatement Done);

public static class ErasurePassedHandler
{
    private static readonly TimeSpan UntilRetried = TimeSpan.FromHours(1);

    public static OutgoingMessages Handle(ErasurePassed passed, IDocumentSession session, Erasures erasures)
    {
        ArgumentNullException.ThrowIfNull(passed);
        var erasing = passed.Erasing;
        session.QueueSqlCommand(passed.Done.Sql, passed.Done.Args);
        if (!erasing.Again)
        {
            erasures.BeginAgain(session, erasing);
            return [];
        }

        var tenant = session.TenantId;
        AfterCommit.Run(() => MessagingMetrics.CustomerErased(tenant));
        return [new CustomerDataErased(new CustomerId(erasing.Customer), erasing.At)];
    }

    public static void Handle(ErasureFailed failed, IDocumentSession session, Erasures erasures)
    {
        ArgumentNullException.ThrowIfNull(failed);
        session.QueueSqlCommand(failed.Done.Sql, failed.Done.Args);
        erasures.Put(session, failed.Erasing, UntilRetried);
    }
}
