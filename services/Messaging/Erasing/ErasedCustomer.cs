using Engagement.Contracts;

namespace Engagement.Messaging.Erasing;

/// <summary>That a customer was erased: what was known until then never comes back, however late it arrives. It stays, and holds an id only.</summary>
/// <param name="Id">The customer's id.</param>
/// <param name="At">When we were told.</param>
public sealed record ErasedCustomer(string Id, DateTimeOffset At)
{
    /// <summary>Whether this was seen, or told, before the erasure: only who does something after it has come back.</summary>
    public bool Covers(Reported reported)
    {
        ArgumentNullException.ThrowIfNull(reported);
        return reported.OccurredAt <= At || reported.ReceivedAt <= At;
    }
}
