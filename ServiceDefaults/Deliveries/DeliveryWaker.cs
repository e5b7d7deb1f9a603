namespace Engagement.ServiceDefaults;

/// <summary>Wakes this process's delivery workers at once: call it after a commit that inserted deliveries. A singleton, thread-safe.</summary>
public sealed class DeliveryWaker
{
    private event Action? Woken;

    /// <summary>Cheap, never blocks; calls in quick succession count as one.</summary>
    public void Wake() => Woken?.Invoke();

    internal void Add(Action wake) => Woken += wake;

    internal void Remove(Action wake) => Woken -= wake;
}
