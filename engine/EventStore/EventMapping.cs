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

    public IStoredEvent Read(byte[] data) => Wrap(JsonSerializer.Deserialize(data, _json.Value) ?? throw new InvalidOperationException($"A stored event '{Alias}' is null."));

    public IStoredEvent Wrap(object data)
    {
        var wrapped = _wrap(data);
        wrapped.Mapping = this;
        return wrapped;
    }

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

    public EventMapping For(Type type) => _byType.TryGetValue(type, out var known) ? known : Map(type, EventMapping.SnakeCase(type.Name));

    public EventMapping Map(Type type, string alias)
    {
        var mapping = new EventMapping(type, alias, json);
        if (_byAlias.TryGetValue(alias, out var other) && other.Type != type)
            throw new InvalidProjectionException($"Two event types share the alias '{alias}': {other.Type.FullName} and {type.FullName}. Name one with Events.MapEventType.");
        _byAlias[alias] = mapping;
        return _byType[type] = mapping;
    }

    /// <summary>The mapping of a stored event: by its alias, else by the .NET name that was stored with it.</summary>
    public EventMapping Stored(string alias, string? dotNetTypeName)
    {
        if (_byAlias.TryGetValue(alias, out var known)) return known;
        var type = dotNetTypeName is null ? null : Type.GetType(dotNetTypeName);
        return type is null
            ? throw new InvalidProjectionException($"No event type is known under the alias '{alias}'. Register it with Events.AddEventType or Events.MapEventType.")
            : Map(type, alias);
    }
}
