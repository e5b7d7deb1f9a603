using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Engagement.EventStore;

/// <summary>How one .NET type of event is named in the store and wrapped for reading.</summary>
internal sealed class EventMapping
{
    private readonly Func<object, IStoredEvent> _wrap;

    private readonly Lazy<JsonTypeInfo> _json;

    public EventMapping(Type type, string alias, JsonSerializerOptions json)
    {
        Type = type;
        Alias = alias;
        _json = new Lazy<JsonTypeInfo>(() => json.GetTypeInfo(type));
        DotNetTypeName = $"{type.FullName}, {type.Assembly.GetName().Name}";
        var data = Expression.Parameter(typeof(object));
        _wrap = Expression.Lambda<Func<object, IStoredEvent>>(
            Expression.New(typeof(Event<>).MakeGenericType(type).GetConstructors()[0], Expression.Convert(data, type)), data).Compile();
    }

    public Type Type { get; }

    public string Alias { get; }

    public string DotNetTypeName { get; }

    public byte[] Write(object data) => JsonSerializer.SerializeToUtf8Bytes(data, _json.Value);

    public object Read(ReadOnlySpan<byte> data) =>
        JsonSerializer.Deserialize(data, _json.Value) ?? throw new InvalidOperationException($"A stored event '{Alias}' is null.");

    public IStoredEvent Wrap(object data)
    {
        var wrapped = _wrap(data);
        wrapped.Mapping = this;
        return wrapped;
    }

    /// <summary>Marten's alias of a version of an event; the first has none.</summary>
    public static string VersionedAlias(Type type, uint version) => version <= 1 ? SnakeCase(type.Name) : $"{SnakeCase(type.Name)}_v{version}";

    /// <summary>Marten's default alias of an event: its class name in snake case.</summary>
    public static string SnakeCase(string name)
    {
        var alias = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (char.IsUpper(c) && i > 0 && (char.IsLower(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])))) alias.Append('_');
            alias.Append(char.ToLowerInvariant(c));
        }

        return alias.ToString();
    }
}

/// <summary>All types of events a store knows, by type and by alias. Thread-safe.</summary>
internal sealed class EventMappings(JsonSerializerOptions json)
{
    private readonly ConcurrentDictionary<Type, EventMapping> _byType = new();
    private readonly ConcurrentDictionary<string, EventMapping> _byAlias = new();
    private readonly ConcurrentDictionary<string, StoredShape> _shapes = new();
    private volatile StoredShape[] _found = [];   // those of a service are few: looking through them is faster than hashing

    public EventMapping For(Type type) => _byType.TryGetValue(type, out var known) ? known : Map(type, EventMapping.SnakeCase(type.Name));

    public EventMapping Map(Type type, string alias)
    {
        var mapping = new EventMapping(type, alias, json);
        if (_byAlias.TryGetValue(alias, out var other) && other.Type != type)
        {
            throw new InvalidProjectionException(
                $"Two event types share the alias '{alias}': {other.Type.FullName} and {type.FullName}. Name one with Events.MapEventType.");
        }

        _byAlias[alias] = mapping;
        return _byType[type] = mapping;
    }

    /// <summary>Reads what is stored under an alias in an old shape.</summary>
    public void Upcast(string alias, Type old, Type current, Func<object, object> upcast) =>
        _shapes[alias] = new StoredShape(alias, new EventMapping(old, alias, json), For(current), upcast);

    /// <summary>What <see cref="Stored"/> gave for this alias before, in UTF-8.</summary>
    public StoredShape? Find(ReadOnlySpan<byte> alias)
    {
        foreach (var shape in _found)
        {
            if (alias.SequenceEqual(shape.Alias)) return shape;
        }

        return null;
    }

    /// <summary>How a stored event is read: by its alias, else by the .NET name that was stored with it.</summary>
    public StoredShape Stored(string alias, string? dotNetTypeName)
    {
        if (_shapes.TryGetValue(alias, out var known)) return Found(known);
        if (!_byAlias.TryGetValue(alias, out var mapping))
        {
            var type = dotNetTypeName is null ? null : Type.GetType(dotNetTypeName);
            mapping = type is null
                ? throw new InvalidProjectionException(
                    $"No event type is known under the alias '{alias}'. Register it with Events.AddEventType or Events.MapEventType.")
                : Map(type, alias);
        }

        return Found(_shapes.GetOrAdd(alias, new StoredShape(alias, mapping, mapping, null)));
    }

    private StoredShape Found(StoredShape shape)
    {
        lock (_shapes)
        {
            if (!_found.Contains(shape)) _found = [.. _found, shape];
        }

        return shape;
    }
}

/// <summary>The shape an alias' JSON has, the event it becomes, and how.</summary>
internal sealed class StoredShape(string alias, EventMapping stored, EventMapping current, Func<object, object>? upcast)
{
    private readonly byte[] _alias = Encoding.UTF8.GetBytes(alias);

    public ReadOnlySpan<byte> Alias => _alias;

    public EventMapping Current => current;

    public object Read(ReadOnlySpan<byte> data) => upcast is null ? stored.Read(data) : upcast(stored.Read(data));
}
