using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using Engagement.EventStore;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Bus;

/// <summary>Handles one message: gets it and its surroundings, gives what the method returned.</summary>
internal delegate ValueTask<object?> HandlerCall(object message, HandlerSurroundings surroundings);

/// <summary>What a handler can ask for besides its message.</summary>
internal sealed class HandlerSurroundings(
    IServiceProvider services, IDocumentSession session, MessageContext bus, Envelope envelope, CancellationToken cancellation)
{
    public IServiceProvider Services { get; } = services;

    public IDocumentSession Session { get; } = session;

    public MessageContext Bus { get; } = bus;

    public Envelope Envelope { get; } = envelope;

    public CancellationToken Cancellation { get; } = cancellation;
}

/// <summary>The one handler of a message type.</summary>
/// <param name="NeedsScope">Whether it asks for services that live as long as one message.</param>
internal sealed record HandlerChain(Type MessageType, MethodInfo Method, HandlerCall Call, bool NeedsScope)
{
    public string Name => $"{Method.DeclaringType!.Name}.{Method.Name}";

    /// <summary>The group of a message that no rule groups: a saga's messages belong together.</summary>
    public Func<object, string?>? Group { get; init; }

    /// <summary>The saga that a message is for, where one is: a batch reads them at once.</summary>
    public (Type Saga, Func<object, string?> Id)? Reads { get; init; }
}

/// <summary>
/// Finds handlers by Wolverine's convention and compiles their calls once: public types whose name ends in Handler or Consumer,
/// public methods Handle, HandleAsync, Consume or ConsumeAsync, the message first, then services.
/// </summary>
internal sealed class HandlerGraph
{
    private static readonly HashSet<string> MethodNames = ["Handle", "HandleAsync", "Consume", "ConsumeAsync"];

    private readonly Dictionary<Type, HandlerChain> _chains = [];

    public IReadOnlyCollection<HandlerChain> Chains => _chains.Values;

    /// <exception cref="InvalidHandlerException">A method is malformed, or a message has two handlers.</exception>
    public static HandlerGraph Find(IReadOnlyCollection<Type> types, IServiceCollection services)
    {
        var graph = new HandlerGraph();
        var compiler = new HandlerCompiler(services);
        foreach (var type in types.Where(IsHandler).OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                         .Where(m => MethodNames.Contains(m.Name)))
            {
                graph.Add(compiler.Compile(method));
            }
        }

        foreach (var saga in SagaGraph.In(types))
        {
            foreach (var chain in SagaGraph.Chains(saga, compiler)) graph.Add(chain);
        }

        return graph;
    }

    public HandlerChain? For(Type messageType) => _chains.GetValueOrDefault(messageType);

    private static bool IsHandler(Type type) => type is { IsClass: true, IsGenericTypeDefinition: false }
        && (type.Name.EndsWith("Handler", StringComparison.Ordinal) || type.Name.EndsWith("Consumer", StringComparison.Ordinal))
        && (!type.IsAbstract || type.IsSealed);   // a static class is both

    private void Add(HandlerChain chain)
    {
        if (!_chains.TryAdd(chain.MessageType, chain))
        {
            throw new InvalidHandlerException(
                $"{chain.MessageType.Name} has two handlers, {_chains[chain.MessageType].Name} and {chain.Name}: " +
                "let one handle it and cascade a message for the other.");
        }
    }
}

internal sealed class HandlerCompiler(IServiceCollection services)
{
    private static readonly ParameterExpression Target = Expression.Parameter(typeof(object), "saga");
    private static readonly ParameterExpression Message = Expression.Parameter(typeof(object), "message");
    private static readonly ParameterExpression Surroundings = Expression.Parameter(typeof(HandlerSurroundings), "surroundings");
    private static readonly MethodInfo GetService =
        typeof(ServiceProviderServiceExtensions).GetMethod(nameof(ServiceProviderServiceExtensions.GetRequiredService), 1, [typeof(IServiceProvider)])!;

    private static readonly MethodInfo CreateInstance =
        typeof(ActivatorUtilities).GetMethod(nameof(ActivatorUtilities.CreateInstance), 1, [typeof(IServiceProvider), typeof(object[])])!;

    private readonly Dictionary<Type, ServiceLifetime> _lifetimes =
        services.Where(s => !s.IsKeyedService).GroupBy(s => s.ServiceType).ToDictionary(g => g.Key, g => g.Last().Lifetime);

    /// <summary>The type of message that a method takes first.</summary>
    /// <exception cref="InvalidHandlerException">It takes none.</exception>
    public Type RequireMessage(MethodInfo method)
    {
        if (method.IsGenericMethodDefinition) throw Malformed(method, "must not be generic");
        if (method.GetParameters() is not [var first, ..]) throw Malformed(method, "must take its message first");
        var type = first.ParameterType;
        if (Known(type) is not null || type == typeof(string) || type.IsPrimitive || IsRegistered(type))
            throw Malformed(method, $"must take its message first, not {type.Name}");
        if (type.IsAbstract) throw Malformed(method, $"must take a type that can be sent: {type.Name} is abstract");
        if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
            throw Malformed(method, "must return a Task, so that its end can be awaited");
        return type;
    }

    /// <summary>A static method, or one of a handler that is made for each message.</summary>
    public HandlerChain Compile(MethodInfo method)
    {
        var messageType = RequireMessage(method);
        if (!method.IsStatic) CheckConstructor(method);
        var (arguments, needsScope) = Arguments(method, messageType);
        var target = method.IsStatic
            ? null
            : Expression.Call(CreateInstance.MakeGenericMethod(method.DeclaringType!), Services, Expression.NewArrayInit(typeof(object)));
        var call = Expression.Lambda<HandlerCall>(Body(method, target, arguments), Message, Surroundings).Compile();
        return new HandlerChain(messageType, method, call, needsScope || !method.IsStatic);
    }

    /// <summary>A method of an object at hand.</summary>
    public (SagaCall Call, bool NeedsScope) CompileMember(MethodInfo method, bool needsScope)
    {
        var (arguments, scoped) = Arguments(method, RequireMessage(method));
        var body = Body(method, Expression.Convert(Target, method.DeclaringType!), arguments);
        return (Expression.Lambda<SagaCall>(body, Target, Message, Surroundings).Compile(), needsScope || scoped);
    }

    private (List<Expression> Arguments, bool NeedsScope) Arguments(MethodInfo method, Type messageType)
    {
        var needsScope = false;
        var arguments = new List<Expression> { Expression.Convert(Message, messageType) };
        foreach (var parameter in method.GetParameters().Skip(1))
        {
            if (Known(parameter.ParameterType) is { } known)
            {
                arguments.Add(known);
                continue;
            }

            if (!IsRegistered(parameter.ParameterType))
                throw Malformed(method, $"asks for {parameter.ParameterType.Name} '{parameter.Name}', which is not registered as a service");
            needsScope |= LifetimeOf(parameter.ParameterType) != ServiceLifetime.Singleton;
            arguments.Add(Expression.Call(GetService.MakeGenericMethod(parameter.ParameterType), Services));
        }

        return (arguments, needsScope);
    }

    private static Expression Body(MethodInfo method, Expression? target, List<Expression> arguments) =>
        HandlerResult.Adapt(method, Expression.Call(target, method, arguments))
        ?? throw Malformed(method, $"returns {method.ReturnType.Name}, which can't be awaited");

    private static Expression Services => Expression.Property(Surroundings, nameof(HandlerSurroundings.Services));

    private static MemberExpression? Known(Type type) =>
        type == typeof(IDocumentSession) || type == typeof(IDocumentOperations) || type == typeof(IQuerySession)
            ? Expression.Property(Surroundings, nameof(HandlerSurroundings.Session))
        : type == typeof(IMessageContext) || type == typeof(IMessageBus) ? Expression.Property(Surroundings, nameof(HandlerSurroundings.Bus))
        : type == typeof(Envelope) ? Expression.Property(Surroundings, nameof(HandlerSurroundings.Envelope))
        : type == typeof(CancellationToken) ? Expression.Property(Surroundings, nameof(HandlerSurroundings.Cancellation))
        : null;

    private void CheckConstructor(MethodInfo method)
    {
        if (method.DeclaringType!.GetConstructors() is not [var constructor])
            throw Malformed(method, "belongs to a type without exactly one public constructor");
        if (constructor.GetParameters().FirstOrDefault(p => !p.HasDefaultValue && !IsRegistered(p.ParameterType)) is { } missing)
        {
            throw Malformed(method,
                $"needs a {method.DeclaringType.Name}, whose constructor asks for {missing.ParameterType.Name} '{missing.Name}', " +
                "which is not registered as a service");
        }
    }

    private bool IsRegistered(Type type) =>
        _lifetimes.ContainsKey(type) || (type.IsGenericType && _lifetimes.ContainsKey(type.GetGenericTypeDefinition())) || type == typeof(IServiceProvider);

    private ServiceLifetime LifetimeOf(Type type) =>
        _lifetimes.TryGetValue(type, out var lifetime) || (type.IsGenericType && _lifetimes.TryGetValue(type.GetGenericTypeDefinition(), out lifetime))
            ? lifetime
            : ServiceLifetime.Scoped;

    private static InvalidHandlerException Malformed(MethodInfo method, string problem) =>
        new($"{method.DeclaringType!.FullName}.{method.Name}("
            + $"{string.Join(", ", method.GetParameters().Select(p => $"{p.ParameterType.Name} {p.Name}"))}) {problem}.");
}

/// <summary>Brings every shape of return value to one: a value task of what was returned, null for nothing.</summary>
internal static class HandlerResult
{
    public static Expression? Adapt(MethodInfo method, Expression call)
    {
        var type = method.ReturnType;
        if (type == typeof(void)) return Expression.Block(call, Expression.Default(typeof(ValueTask<object?>)));
        if (type == typeof(Task)) return Call(nameof(OfTask), call);
        if (type == typeof(ValueTask)) return Call(nameof(OfValueTask), call);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)) return Call(nameof(OfTaskT), call, type.GetGenericArguments()[0]);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
            return Call(nameof(OfValueTaskT), call, type.GetGenericArguments()[0]);
        if (type.GetMethod(nameof(Task.GetAwaiter)) is not null) return null;
        return Expression.New(typeof(ValueTask<object?>).GetConstructor([typeof(object)])!, Expression.Convert(call, typeof(object)));
    }

    /// <summary>The messages in what a handler returned: a message, a tuple, or a list.</summary>
    public static IEnumerable<object> Messages(object? returned) => returned switch
    {
        null => [],
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => Messages(tuple[i])),
        IEnumerable<object> many => many.SelectMany(Messages),
        _ => [returned],
    };

    /// <summary>Takes the caller's answer, the first value, and gives the rest.</summary>
    /// <exception cref="InvalidOperationException">The first value is no <paramref name="response"/>.</exception>
    public static object? Split(object? returned, Type response, out object? answer)
    {
        var values = returned is ITuple tuple ? Enumerable.Range(0, tuple.Length).Select(i => tuple[i]).ToArray() : [returned];
        answer = values[0];
        if (answer is null ? response.IsValueType && Nullable.GetUnderlyingType(response) is null : !response.IsInstanceOfType(answer))
        {
            throw new InvalidOperationException(
                $"The handler's first value is {answer?.GetType().Name ?? "null"}, not the {response.Name} that was asked for.");
        }

        return values.Length == 1 ? null : values[1..];
    }

    private static MethodCallExpression Call(string adapter, Expression call, params Type[] types) =>
        Expression.Call(typeof(HandlerResult), adapter, types, call);

    private static async ValueTask<object?> OfTask(Task task)
    {
        await task;
        return null;
    }

    private static async ValueTask<object?> OfValueTask(ValueTask task)
    {
        await task;
        return null;
    }

    private static async ValueTask<object?> OfTaskT<T>(Task<T> task) => await task;

    private static async ValueTask<object?> OfValueTaskT<T>(ValueTask<T> task) => await task;
}
