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

internal sealed class AggregateFold<T> : AggregateFold where T : class
{
    private readonly Dictionary<Type, Func<IEvent, T>> _create = [];
    private readonly Dictionary<Type, Func<T, IEvent, T>> _apply = [];
    private readonly ConcurrentDictionary<Type, (Func<IEvent, T>? Create, Func<T, IEvent, T>? Apply)> _known = new();

    public AggregateFold()
    {
        foreach (var method in typeof(T).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
        {
            if (method is { Name: "Create", IsStatic: true }) AddCreate(method);
            else if (method is { Name: "Apply", IsStatic: false }) AddApply(method);
        }

        if (_create.Count == 0 && _apply.Count == 0)
            throw new InvalidProjectionException($"{typeof(T).FullName} has neither 'static {typeof(T).Name} Create(event)' nor '{typeof(T).Name} Apply(event)'.");
    }

    public override IReadOnlyCollection<Type> EventTypes => [.. _create.Keys.Union(_apply.Keys)];

    public override bool Handles(Type eventType) => Find(eventType) is not (null, null);

    public override object? Apply(object? aggregate, IEvent e) => Apply((T?)aggregate, e);

    public T? Apply(T? aggregate, IEvent e)
    {
        var (create, apply) = Find(e.Data.GetType());
        if (aggregate is not null) return apply is null ? aggregate : apply(aggregate, e);
        if (create is not null) return create(e);
        return apply is null ? null : throw new InvalidProjectionException(
            $"{typeof(T).Name} can't begin with {e.Data.GetType().Name}: add 'public static {typeof(T).Name} Create({e.Data.GetType().Name} e)'.");
    }

    public T? Apply(T? aggregate, IEnumerable<IEvent> events)
    {
        foreach (var e in events) aggregate = Apply(aggregate, e);
        return aggregate;
    }

    private (Func<IEvent, T>? Create, Func<T, IEvent, T>? Apply) Find(Type eventType) =>
        _known.GetOrAdd(eventType, type => (Best(_create, type), Best(_apply, type)));

    private static TFunc? Best<TFunc>(Dictionary<Type, TFunc> methods, Type type) where TFunc : class =>
        methods.TryGetValue(type, out var exact) ? exact : methods.FirstOrDefault(m => m.Key.IsAssignableFrom(type)).Value;

    private void AddCreate(MethodInfo method)
    {
        var (eventType, e, argument) = Argument(method);
        if (!typeof(T).IsAssignableFrom(method.ReturnType)) throw Malformed(method, $"return {typeof(T).Name}");
        _create[eventType] = Expression.Lambda<Func<IEvent, T>>(Expression.Call(method, argument), e).Compile();
    }

    private void AddApply(MethodInfo method)
    {
        var (eventType, e, argument) = Argument(method);
        if (!typeof(T).IsAssignableFrom(method.ReturnType)) throw Malformed(method, $"return {typeof(T).Name}: aggregates are immutable");
        var aggregate = Expression.Parameter(typeof(T));
        _apply[eventType] = Expression.Lambda<Func<T, IEvent, T>>(Expression.Call(aggregate, method, argument), aggregate, e).Compile();
    }

    private static (Type EventType, ParameterExpression Event, Expression Argument) Argument(MethodInfo method)
    {
        if (method.GetParameters() is not [var parameter]) throw Malformed(method, "take one event");
        var e = Expression.Parameter(typeof(IEvent));
        var type = parameter.ParameterType;
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEvent<>)
            ? (type.GetGenericArguments()[0], e, Expression.Convert(e, type))
            : (type, e, Expression.Convert(Expression.Property(e, nameof(IEvent.Data)), type));
    }

    private static InvalidProjectionException Malformed(MethodInfo method, string wanted) =>
        new($"{method.DeclaringType!.FullName}.{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))}) must {wanted}.");
}
