using System.Linq.Expressions;
using System.Reflection;
using Engagement.EventStore;

namespace Engagement.Bus;

/// <summary>Finds the sagas of an assembly, for the handlers and for the tables they are kept in.</summary>
internal static class SagaGraph
{
    private const BindingFlags Methods = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static IEnumerable<Type> In(IEnumerable<Type> types) =>
        types.Where(t => t is { IsClass: true, IsAbstract: false } && t.IsSubclassOf(typeof(Saga))).OrderBy(t => t.FullName, StringComparer.Ordinal);

    /// <summary>Makes the sagas' tables part of the store.</summary>
    public static void Keep(Assembly assembly, StoreOptions options)
    {
        foreach (var saga in In(assembly.GetExportedTypes())) options.Document(saga).IsRevisioned = true;
    }

    /// <summary>One chain for each type of message that a saga takes.</summary>
    public static IEnumerable<HandlerChain> Chains(Type saga, HandlerCompiler compiler)
    {
        var methods = saga.GetMethods(Methods).Select(m => (Method: m, Role: RoleOf(m.Name))).Where(m => m.Role is not null).ToArray();
        foreach (var (method, _) in methods) compiler.RequireMessage(method);
        return methods.GroupBy(m => m.Method.GetParameters()[0].ParameterType).Select(message =>
        {
            if (message.GroupBy(m => m.Role).FirstOrDefault(g => g.Count() > 1) is { } twice)
                throw new InvalidHandlerException($"{saga.FullName} has two methods {twice.Key} for {message.Key.Name}.");
            MethodInfo? Of(SagaRole role) => message.FirstOrDefault(m => m.Role == role).Method;
            var starting = Of(SagaRole.StartOrHandle);
            var step = new SagaStep(
                saga, message.Key, compiler, Of(SagaRole.Start), starting ?? Of(SagaRole.Handle), starting is not null, Of(SagaRole.NotFound));
            return new HandlerChain(message.Key, message.First().Method, step.Invoke, step.NeedsScope) { Group = step.Group, Reads = step.Reads };
        });
    }

    private static SagaRole? RoleOf(string method) => method switch
    {
        "Start" or "StartAsync" or "Starts" or "StartsAsync" => SagaRole.Start,
        "StartOrHandle" or "StartOrHandleAsync" or "StartsOrHandles" or "StartsOrHandlesAsync" => SagaRole.StartOrHandle,
        "Handle" or "HandleAsync" or "Handles" or "HandlesAsync" or "Consume" or "ConsumeAsync" or "Orchestrate" or "OrchestrateAsync" => SagaRole.Handle,
        "NotFound" or "NotFoundAsync" => SagaRole.NotFound,
        _ => null,
    };

    private enum SagaRole
    {
        Start,
        StartOrHandle,
        Handle,
        NotFound,
    }
}

/// <summary>What a saga does with one type of message: finds or starts it, runs its method, stores or ends it.</summary>
internal sealed class SagaStep
{
    private readonly Type _saga;
    private readonly Func<object, string?>? _id;
    private readonly Action<object, string>? _setId;
    private readonly HandlerCall? _start;
    private readonly SagaCall? _startAsMember;
    private readonly SagaCall? _handle;
    private readonly HandlerCall? _notFound;
    private readonly bool _handleStarts;

    public SagaStep(Type saga, Type message, HandlerCompiler compiler, MethodInfo? start, MethodInfo? handle, bool handleStarts, MethodInfo? notFound)
    {
        (_saga, _handleStarts) = (saga, handleStarts);
        _id = SagaIdentity.Of(saga, message);
        _setId = SagaIdentity.Setter(saga);
        if (start is { IsStatic: true }) _start = Compiled(compiler.Compile(start));
        if (start is { IsStatic: false }) (_startAsMember, NeedsScope) = compiler.CompileMember(start, NeedsScope);
        if (handle is { IsStatic: true })
            throw new InvalidHandlerException($"{saga.FullName}.{handle.Name}({message.Name}) must not be static: it works on a saga.");
        if (handle is not null) (_handle, NeedsScope) = compiler.CompileMember(handle, NeedsScope);
        if (notFound is { IsStatic: false })
            throw new InvalidHandlerException($"{saga.FullName}.{notFound.Name}({message.Name}) must be static: there is no saga.");
        if (notFound is not null) _notFound = Compiled(compiler.Compile(notFound));
        if ((_startAsMember ?? _handle) is not null && _id is null)
            throw new InvalidHandlerException(
                $"{message.FullName} does not say which {saga.Name} it is for: name a property {SagaIdentity.Names(saga)[1]}, " +
                "or mark one with [SagaIdentity].");
    }

    public bool NeedsScope { get; private set; }

    /// <summary>Which saga a message is for, where a step begins by reading it.</summary>
    public (Type Saga, Func<object, string?> Id)? Reads => _handle is null || _id is null ? null : (_saga, _id);

    /// <summary>Steps of one saga are handled in the order they were sent.</summary>
    public string? Group(object message) => _id?.Invoke(message) is { } id ? $"{_saga.Name}/{id}" : null;

    public async ValueTask<object?> Invoke(object message, HandlerSurroundings surroundings)
    {
        var session = (DocumentSession)surroundings.Session;
        var id = _id?.Invoke(message);
        var (found, version) = id is null || _handle is null ? (null, 0) : await session.LoadRevisioned(_saga, id, surroundings.Cancellation);
        if (found is not null) return await Step((Saga)found, version, id!, message, surroundings, session);

        if (_start is not null)
        {
            var (started, rest) = Split(await _start(message, surroundings));
            if (started is not null) Keep(started, SagaIdentity.Read(started), session);
            return rest;
        }

        if ((_startAsMember ?? (_handleStarts ? _handle : null)) is { } begin)
        {
            var saga = (Saga)Activator.CreateInstance(_saga)!;
            _setId?.Invoke(saga, id!);
            var returned = await begin(saga, message, surroundings);
            Keep(saga, SagaIdentity.Read(saga), session);
            return returned;
        }

        if (_notFound is not null) return await _notFound(message, surroundings);
        return message is TimeoutMessage ? null : throw new UnknownSagaException(_saga, id ?? "");   // a timer outlives its saga
    }

    private async ValueTask<object?> Step(Saga saga, int version, string id, object message, HandlerSurroundings surroundings, DocumentSession session)
    {
        saga.Version = version;
        var returned = await _handle!(saga, message, surroundings);
        if (saga.IsCompleted())
        {
            session.DeleteRevisioned(_saga, id, version);
        }
        else
        {
            saga.Version = version + 1;
            session.UpdateRevisioned(saga, id, version);
        }

        return returned;
    }

    private static void Keep(Saga saga, string id, DocumentSession session)
    {
        if (saga.IsCompleted()) return;   // over before it was ever stored
        saga.Version = 1;
        session.InsertRevisioned(saga, id);
    }

    private HandlerCall Compiled(HandlerChain chain)
    {
        NeedsScope |= chain.NeedsScope;
        return chain.Call;
    }

    /// <summary>A static start returns the saga first, then what it sends.</summary>
    private (Saga? Saga, object? Others) Split(object? returned)
    {
        var values = returned is System.Runtime.CompilerServices.ITuple tuple ? Enumerable.Range(0, tuple.Length).Select(i => tuple[i]).ToArray() : [returned];
        return values[0] is null ? (null, values[1..])
            : values[0] is Saga saga && _saga.IsInstanceOfType(saga) ? (saga, values[1..])
            : throw new InvalidHandlerException($"{_saga.FullName}.Start must return the saga first.");
    }
}

/// <summary>A compiled method of a saga.</summary>
internal delegate ValueTask<object?> SagaCall(object saga, object message, HandlerSurroundings surroundings);

/// <summary>Which saga a message is for: <c>[SagaIdentity]</c>, <c>{Saga}Id</c>, the same without "Saga", <c>SagaId</c>, <c>Id</c>.</summary>
internal static class SagaIdentity
{
    public static string[] Names(Type saga) =>
        [$"{saga.Name}Id", $"{(saga.Name.EndsWith("Saga", StringComparison.Ordinal) ? saga.Name[..^4] : saga.Name)}Id", "SagaId", "Id"];

    public static Func<object, string?>? Of(Type saga, Type message)
    {
        var marked = message.GetProperties().FirstOrDefault(p => p.IsDefined(typeof(SagaIdentityAttribute)))
            ?? message.GetConstructors().SelectMany(c => c.GetParameters()).Where(p => p.IsDefined(typeof(SagaIdentityAttribute)))
                .Select(p => message.GetProperty(p.Name!)).FirstOrDefault();
        var property = marked ?? Names(saga).Select(message.GetProperty).FirstOrDefault(p => p is not null);
        return property is null ? null : Reader(property, message);
    }

    public static string Read(Saga saga) => Id(saga.GetType()).GetValue(saga)?.ToString() is { Length: > 0 } id
        ? id
        : throw new InvalidOperationException($"A {saga.GetType().Name} was started without an Id.");

    public static Action<object, string>? Setter(Type saga) => Id(saga) is { CanWrite: true } property && property.PropertyType == typeof(string)
        ? property.SetValue
        : null;

    private static PropertyInfo Id(Type saga) => saga.GetProperty("Id") ?? throw new InvalidHandlerException($"{saga.FullName} needs a property 'Id'.");

    private static Func<object, string?> Reader(PropertyInfo property, Type message)
    {
        var parameter = Expression.Parameter(typeof(object));
        Expression value = Expression.Property(Expression.Convert(parameter, message), property);
        if (value.Type != typeof(string)) value = Expression.Call(value, value.Type.GetMethod(nameof(ToString), [])!);
        return Expression.Lambda<Func<object, string?>>(value, parameter).Compile();
    }
}
