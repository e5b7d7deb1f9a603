using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Engagement.Bus;

/// <summary>What handlers of one transaction said to the outside: told after its commit, forgotten without it. Not thread-safe.</summary>
internal sealed class HandlerRun(ILogger log)
{
    private readonly HeldActions _held = new();
    private readonly List<(Envelope Envelope, Activity? Activity)> _handled = [];
    private readonly List<Envelope> _sent = [];
    private (int Held, int Handled, int Sent) _mark;

    /// <summary>A message's turn begins; what it says is held in this async context.</summary>
    public void Begin(Envelope envelope, HandlerChain chain)
    {
        Mark();
        Held.Begin(_held);
        _handled.Add((envelope, BusTelemetry.Process(envelope, chain)));
    }

    /// <summary>What follows can be undone alone.</summary>
    public void Mark() => _mark = (_held.Count, _handled.Count, _sent.Count);

    public void End(IReadOnlyList<Envelope> sent)
    {
        Held.End();
        _sent.AddRange(sent);
        _handled[^1].Activity?.SetEndTime(TimeProvider.System.GetUtcNow().UtcDateTime);   // it is stopped, and told, after the commit
        Activity.Current = null;
    }

    public void Afterwards(Action action) => _held.TryAdd(action);

    /// <summary>Forgets what was said since the last mark.</summary>
    public void Undo()
    {
        ForgetActivities(_mark.Handled);
        _held.DropAfter(_mark.Held);
        _sent.RemoveRange(_mark.Sent, _sent.Count - _mark.Sent);
    }

    public void Forget()
    {
        ForgetActivities(0);
        _held.Drop();
        _sent.Clear();
    }

    public void Tell(BusRuntime bus)
    {
        bus.Sent(_sent);
        _held.Release(log);
        var now = bus.Router.Clock.GetUtcNow();
        foreach (var (envelope, activity) in _handled)
        {
            activity?.Stop();
            BusTelemetry.Lag.Record((now - (envelope.ScheduledTime ?? envelope.SentAt)).TotalSeconds, BusTelemetry.Tags(envelope));
            if (envelope.ScheduledTime is { } due) BusTelemetry.TimersLag.Record((now - due).TotalSeconds, BusTelemetry.Tags(envelope));
        }

        Activity.Current = null;
    }

    private void ForgetActivities(int from)
    {
        for (var i = from; i < _handled.Count; i++)
        {
            BusTelemetry.Forget(_handled[i].Activity);
            _handled[i].Activity?.Stop();
        }

        _handled.RemoveRange(from, _handled.Count - from);
        Activity.Current = null;
    }
}
