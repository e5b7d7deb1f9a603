using System.Text.Json;
using Engagement.ServiceDefaults;
using Shouldly;

namespace Engagement.Testing;

public static class Spec
{
    /// <summary>Noon (UTC) of a Monday in winter: the time of a message that doesn't say another.</summary>
    public static DateTimeOffset Noon { get; } = new TestClock().GetUtcNow();

    /// <summary>Whole outcomes by their stored JSON, since records compare their lists by reference.</summary>
    public static string Written(IEnumerable<object> outcomes) =>
        string.Join('\n', outcomes.Select(outcome => $"{outcome.GetType().Name} {JsonSerializer.Serialize(outcome, outcome.GetType(), StoredJson.Options)}"));
}

/// <summary>
/// Given what happened, when a message comes, then these events and messages follow, all of them and in this order; on the pure decisions, without
/// storage. Immutable: <c>When</c> can be said again on the outcome, which then belongs to the past.
/// </summary>
/// <param name="Key">The stream's.</param>
/// <param name="Decide">From the state, the message and the time to the events and messages that follow.</param>
/// <param name="State">What the past folds to.</param>
/// <param name="Outcomes">What followed from the last message; the past before the first.</param>
public sealed record Spec<TState>(
    string Key, Func<TState?, object, DateTimeOffset, IEnumerable<object>> Decide, TState? State = null, IReadOnlyList<object>? Outcomes = null)
    where TState : class
{
    /// <summary>The past.</summary>
    public Spec<TState> Given(params object[] events) => this with { State = events.Aggregate(State, Fold) };

    /// <summary>A message comes.</summary>
    public Spec<TState> When(object message, DateTimeOffset? at = null)
    {
        object[] outcomes = [.. Decide(State, message, at ?? Spec.Noon)];
        return this with { State = outcomes.Where(IsEvent).Aggregate(State, Fold), Outcomes = outcomes };
    }

    /// <summary>Exactly this followed from the last message.</summary>
    public Spec<TState> Then(params object[] expected)
    {
        Spec.Written(Outcomes ?? []).ShouldBe(Spec.Written(expected));
        return this;
    }

    public Spec<TState> ThenNothing() => Then();

    /// <summary>This is the state now.</summary>
    public Spec<TState> ThenState(TState expected)
    {
        Spec.Written([State!]).ShouldBe(Spec.Written([expected]));
        return this;
    }

    private static bool IsEvent(object outcome) =>
        typeof(TState).GetMethod("Apply", [outcome.GetType()]) is not null || typeof(TState).GetMethod("Create", [Wrapped(outcome)]) is not null;

    private static Type Wrapped(object data) => typeof(IEvent<>).MakeGenericType(data.GetType());

    /// <summary>As the store folds: Create, which takes the event with its stream's key, where there is no state yet, else Apply.</summary>
    private TState Fold(TState? state, object data)
    {
        var (name, plain, wrapped) = (state is null ? "Create" : "Apply", data.GetType(), Wrapped(data));
        if (typeof(TState).GetMethod(name, [wrapped]) is { } withKey)
        {
            var e = Activator.CreateInstance(typeof(Event<>).MakeGenericType(plain), data)!;
            e.GetType().GetProperty(nameof(IEvent.StreamKey))!.SetValue(e, Key);
            return (TState)withKey.Invoke(state, [e])!;
        }

        return typeof(TState).GetMethod(name, [plain]) is { } method
            ? (TState)method.Invoke(state, [data])!
            : throw new InvalidOperationException($"{typeof(TState).Name} has no {name}({plain.Name}).");
    }
}

/// <summary>Compares by stored JSON, as <see cref="Spec.Written"/> does.</summary>
public sealed class AsWritten : IEqualityComparer<object>
{
    public new bool Equals(object? x, object? y) => x is not null && y is not null && Spec.Written([x]) == Spec.Written([y]);

    public int GetHashCode(object obj) => 0;
}
