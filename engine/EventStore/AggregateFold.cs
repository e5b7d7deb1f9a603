using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace Engagement.EventStore;

/// <summary>
/// Folds events into an aggregate by convention: <c>static T Create(E)</c> where there is none yet, <c>T Apply(E)</c> after that.
/// E is the event or its <see cref="IEvent{T}"/>. Compiled once per type; thread-safe.
/// </summary>
internal abstract class AggregateFold
{
    private static readonly ConcurrentDictionary<Type, AggregateFold> All = new();

    public static AggregateFold For(Type aggregate) =>
        All.GetOrAdd(aggregate, static type => (AggregateFold)Activator.CreateInstance(
            typeof(AggregateFold<>).MakeGenericType(type), BindingFlags.Public | BindingFlags.Instance | BindingFlags.DoNotWrapExceptions, null, null, null)!);

    public static AggregateFold<T> For<T>() where T : class => (AggregateFold<T>)For(typeof(T));

    /// <summary>The event types named by the aggregate's methods.</summary>
    public abstract IReadOnlyCollection<Type> EventTypes { get; }

    public abstract bool Handles(Type eventType);

    public abstract object? Apply(object? aggregate, IEvent e);
}

/// <summary>Makes the next aggregate of the one before, null at first, and of an event or what is in it.</summary>
internal delegate T Step<T>(T? aggregate, object input) where T : class;

/// <summary>One of an aggregate's methods.</summary>
/// <param name="Step">Calls it.</param>
/// <param name="TakesEvent">Whether it takes the <see cref="IEvent{T}"/> around the data.</param>
internal sealed record Fold<T>(Step<T> Step, bool TakesEvent) where T : class;

internal sealed class AggregateFold<T> : AggregateFold where T : class
{
    private readonly Dictionary<Type, Fold<T>> _create = [];
    private readonly Dictionary<Type, Fold<T>> _apply = [];
    private readonly ConcurrentDictionary<Type, (Fold<T>? Create, Fold<T>? Apply)> _known = new();

    public AggregateFold()
    {
        foreach (var method in typeof(T).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
        {
            if (method is { Name: "Create", IsStatic: true }) AddCreate(method);
            else if (method is { Name: "Apply", IsStatic: false }) AddApply(method);
        }

        if (_create.Count == 0 && _apply.Count == 0)
        {
            throw new InvalidProjectionException(
                $"{typeof(T).FullName} has neither 'static {typeof(T).Name} Create(event)' nor '{typeof(T).Name} Apply(event)'.");
        }
    }

    public override IReadOnlyCollection<Type> EventTypes => [.. _create.Keys.Union(_apply.Keys)];

    public override bool Handles(Type eventType) => Find(eventType) is not (null, null);

    public override object? Apply(object? aggregate, IEvent e) => Apply((T?)aggregate, e);

    public T? Apply(T? aggregate, IEvent e) =>
        Next(aggregate, e.Data.GetType()) is { } fold ? fold.Step(aggregate, fold.TakesEvent ? e : e.Data) : aggregate;

    /// <summary>Applies the row at hand; its event is made only for a method that takes it.</summary>
    public T? Apply(T? aggregate, EventRows rows, string tenant, string key)
    {
        var data = rows.Data();
        return Next(aggregate, data.GetType()) is not { } fold ? aggregate : fold.Step(aggregate, fold.TakesEvent ? rows.Event(data, tenant, key) : data);
    }

    /// <summary>Null where this type of event changes nothing.</summary>
    private Fold<T>? Next(T? aggregate, Type eventType)
    {
        var (create, apply) = Find(eventType);
        if (aggregate is not null) return apply;
        return create is not null || apply is null ? create : throw new InvalidProjectionException(
            $"{typeof(T).Name} can't begin with {eventType.Name}: add 'public static {typeof(T).Name} Create({eventType.Name} e)'.");
    }

    private (Fold<T>? Create, Fold<T>? Apply) Find(Type eventType) =>
        _known.TryGetValue(eventType, out var known) ? known : _known.GetOrAdd(eventType, type => (Best(_create, type), Best(_apply, type)));

    private static Fold<T>? Best(Dictionary<Type, Fold<T>> methods, Type type) =>
        methods.TryGetValue(type, out var exact) ? exact : methods.FirstOrDefault(m => m.Key.IsAssignableFrom(type)).Value;

    private void AddCreate(MethodInfo method)
    {
        if (!typeof(T).IsAssignableFrom(method.ReturnType)) throw Malformed(method, $"return {typeof(T).Name}");
        Add(_create, method, null);
    }

    private void AddApply(MethodInfo method)
    {
        if (!typeof(T).IsAssignableFrom(method.ReturnType)) throw Malformed(method, $"return {typeof(T).Name}: aggregates are immutable");
        Add(_apply, method, Expression.Parameter(typeof(T)));
    }

    private static void Add(Dictionary<Type, Fold<T>> methods, MethodInfo method, ParameterExpression? aggregate)
    {
        if (method.GetParameters() is not [var parameter]) throw Malformed(method, "take one event");
        var type = parameter.ParameterType;
        var takesEvent = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEvent<>);
        var input = Expression.Parameter(typeof(object));
        var call = Expression.Call(aggregate, method, Expression.Convert(input, type));
        methods[takesEvent ? type.GetGenericArguments()[0] : type] =
            new Fold<T>(Expression.Lambda<Step<T>>(call, aggregate ?? Expression.Parameter(typeof(T)), input).Compile(), takesEvent);
    }

    private static InvalidProjectionException Malformed(MethodInfo method, string wanted) =>
        new($"{method.DeclaringType!.FullName}.{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))}) must {wanted}.");
}
