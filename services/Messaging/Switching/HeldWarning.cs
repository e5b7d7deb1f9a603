using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Switching;

/// <summary>Says in the log that a shop's messages are held: once a minute at most, however many they are. Thread-safe.</summary>
public sealed class HeldWarning(RealTime real, ILogger<HeldWarning> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _said = [];

    public void Tell(string tenant)
    {
        lock (_lock)
        {
            if (_said.TryGetValue(tenant, out var before) && real.Clock.GetElapsedTime(before) < Pause) return;
            _said[tenant] = real.Clock.GetTimestamp();
        }

        log.LogWarning("Sending is stopped for {Tenant}: its messages are taken and held.", tenant);
    }
}
