using Engagement.Contracts;
using Engagement.Orders.Paying;
using Engagement.Orders.Settings;
using Engagement.Testing;

namespace Engagement.Orders.Tests;

/// <summary>The life of the order 1001 on the service's own decisions, with its timers and its watch, without storage.</summary>
internal sealed class Story(OrderRules? rules = null)
{
    private readonly OrderRules _rules = rules ?? OrderRules.Default;
    private readonly PriorityQueue<object, (DateTimeOffset, int)> _timers = new();
    private readonly List<object> _asked = [];
    private int _set;
    private ThankYouWatch? _watch;

    public DateTimeOffset Now { get; private set; } = Spec.Noon;

    public Order? Order { get; private set; }

    /// <summary>What others were asked for.</summary>
    public IReadOnlyList<object> Asked => _asked;

    /// <summary>The messages, each once, however often it was asked for.</summary>
    public IEnumerable<string> Told => _asked.OfType<SendMessage>().Select(message => message.Key.Value).Distinct();

    public int TimersSet => _timers.Count;

    public Story Tell(params IEnumerable<object> messages)
    {
        foreach (var message in messages)
        {
            switch (message)
            {
                case WatchThankYou watch:
                    _watch ??= new ThankYouWatch { Id = watch.Order };
                    Follow(_watch.StartOrHandle(watch));
                    break;
                case ThankYouSettled:
                    _watch = null;
                    break;
                case ThankYouWaitEnded ended:
                    if (_watch?.Handle(ended) is { } missed) Tell(missed);
                    break;
                default:
                    object[] outcomes = [.. Facts.Decide(Order, message, Now, _rules)];
                    if (outcomes.OfType<OrderEvent>().ToArray() is { Length: > 0 } events) Order = Order.After(Order, Facts.Id, events);
                    foreach (var outcome in outcomes.Where(outcome => outcome is not OrderEvent)) Follow(outcome);
                    break;
            }
        }

        return this;
    }

    /// <summary>Moves on, from due time to due time.</summary>
    public Story Until(DateTimeOffset time)
    {
        while (_timers.TryPeek(out _, out var next) && next.Item1 <= time)
        {
            Now = next.Item1 > Now ? next.Item1 : Now;
            Tell(_timers.Dequeue());
        }

        Now = time;
        return this;
    }

    public Story After(TimeSpan time) => Until(Now + time);

    private void Follow(object outcome)
    {
        if (outcome is OrderDetailsOverdue patience)
        {
            _timers.Enqueue(patience, (Now + patience.DelayTime, _set++));
        }
        else if (outcome.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(DeliveryMessage<>))
        {
            var message = type.GetProperty("Message")!.GetValue(outcome)!;
            var options = (DeliveryOptions)type.GetProperty("Options")!.GetValue(outcome)!;
            _timers.Enqueue(message, (options.ScheduledTime!.Value, _set++));
        }
        else if (outcome is WatchThankYou or ThankYouSettled)
        {
            Tell(outcome);
        }
        else
        {
            _asked.Add(outcome);
        }
    }
}
