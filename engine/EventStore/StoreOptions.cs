using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Npgsql;

namespace Engagement.EventStore;

/// <summary>How streams are identified. The engine has string keys only.</summary>
public enum StreamIdentity
{
    AsString,
}

/// <summary>Whether streams of several tenants share the tables. The engine always shares them: the tenant is first in every key.</summary>
public enum TenancyStyle
{
    Conjoined,
}

/// <summary>When a snapshot is brought up to date. The engine does it in the transaction that appends.</summary>
public enum SnapshotLifecycle
{
    Inline,
}

/// <summary>What a store keeps and where: connection, schema, events, documents. Configured once at start-up.</summary>
public sealed class StoreOptions
{
    private readonly ConcurrentDictionary<Type, DocumentMapping> _documents = new();

    public StoreOptions()
    {
        Events = new EventStoreOptions(Json);
        Projections = new ProjectionOptions(this);
        Policies = new StorePolicies();
        Schema = new DocumentSchema(this);
    }

    /// <summary>The PostgreSQL schema of all of the store's tables; default <c>public</c>.</summary>
    public string DatabaseSchemaName { get; set; } = "public";

    public EventStoreOptions Events { get; }

    public ProjectionOptions Projections { get; }

    public StorePolicies Policies { get; }

    public DocumentSchema Schema { get; }

    internal string? ConnectionString { get; private set; }

    internal NpgsqlDataSource? DataSource { get; private set; }

    internal JsonSerializerOptions Json { get; } = new()
    {
        // Marten's JSON: names as written, enums as strings; jsonb does not keep the order of properties.
        Converters = { new JsonStringEnumConverter() },
        AllowOutOfOrderMetadataProperties = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    internal ICollection<DocumentMapping> Documents => _documents.Values;

    /// <summary>Connects by a pool of the store's own, whatever data source is registered.</summary>
    public void Connection(string connectionString) => ConnectionString = connectionString;

    public void Connection(NpgsqlDataSource dataSource) => DataSource = dataSource;

    /// <summary>Adjusts how events and documents become JSON.</summary>
    public void UseSystemTextJsonForSerialization(EnumStorage enumStorage = EnumStorage.AsString, Casing casing = Casing.Default, Action<JsonSerializerOptions>? configure = null)
    {
        if (enumStorage != EnumStorage.AsString || casing != Casing.Default)
            throw new NotSupportedException("Stored JSON has enums as strings and property names as written.");
        configure?.Invoke(Json);
    }

    /// <exception cref="InvalidOperationException">Another type has a table of the same name.</exception>
    internal DocumentMapping Document(Type type)
    {
        if (_documents.TryGetValue(type, out var known)) return known;
        var mapping = new DocumentMapping(type, this);
        return _documents.Values.FirstOrDefault(m => m.Name == mapping.Name && m.Type != type) is { } other
            ? throw new InvalidOperationException($"{other.Type.FullName} and {type.FullName} would share the table {mapping.Name}: rename one.")
            : _documents.GetOrAdd(type, mapping);
    }
}

public enum EnumStorage
{
    AsString,
}

public enum Casing
{
    Default,
}

/// <summary>How events are kept.</summary>
public sealed class EventStoreOptions
{
    internal EventStoreOptions(JsonSerializerOptions json) => Mappings = new EventMappings(json);

    public StreamIdentity StreamIdentity { get; set; } = StreamIdentity.AsString;

    public TenancyStyle TenancyStyle { get; set; } = TenancyStyle.Conjoined;

    /// <summary>Which optional metadata is stored with each event; none by default.</summary>
    public MetadataConfig MetadataConfig { get; } = new();

    /// <summary>Gives the time of every stored row; default is the registered <see cref="System.TimeProvider"/>.</summary>
    public TimeProvider? TimeProvider { get; set; }

    internal EventMappings Mappings { get; }

    /// <summary>Stores <typeparamref name="T"/> under an alias of its own instead of its name in snake case.</summary>
    public void MapEventType<T>(string eventTypeName) where T : class => Mappings.Map(typeof(T), eventTypeName);

    /// <summary>Makes a type known that no aggregate names, so that it can be read back.</summary>
    public void AddEventType<T>() => Mappings.For(typeof(T));

    public void AddEventType(Type eventType) => Mappings.For(eventType);

    /// <summary>Stores <typeparamref name="T"/> as a later version of its event: <c>order_placed_v2</c>.</summary>
    public void MapEventTypeWithSchemaVersion<T>(uint schemaVersion) where T : class => Mappings.Map(typeof(T), EventMapping.VersionedAlias(typeof(T), schemaVersion));

    /// <summary>Reads events stored under <typeparamref name="TEvent"/>'s alias in their old shape, and turns each into the new one.</summary>
    public void Upcast<TOldEvent, TEvent>(Func<TOldEvent, TEvent> upcast) where TOldEvent : class where TEvent : class =>
        Upcast(EventMapping.SnakeCase(typeof(TEvent).Name), upcast);

    /// <summary>Reads events stored as a version of <typeparamref name="TEvent"/> in their old shape, and turns each into the new one.</summary>
    public void Upcast<TOldEvent, TEvent>(uint schemaVersion, Func<TOldEvent, TEvent> upcast) where TOldEvent : class where TEvent : class =>
        Upcast(EventMapping.VersionedAlias(typeof(TEvent), schemaVersion), upcast);

    /// <summary>Reads events stored under an alias in their old shape, and turns each into the new one.</summary>
    public void Upcast<TOldEvent, TEvent>(string eventTypeName, Func<TOldEvent, TEvent> upcast) where TOldEvent : class where TEvent : class =>
        Mappings.Upcast(eventTypeName, typeof(TOldEvent), typeof(TEvent), old => upcast((TOldEvent)old));
}

public sealed class ProjectionOptions(StoreOptions options)
{
    private readonly List<Type> _snapshots = [];

    private readonly List<ISubscription> _subscriptions = [];

    internal IReadOnlyList<Type> Snapshots => _snapshots;

    internal bool IsSnapshot(Type type) => _snapshots.Contains(type);

    internal IReadOnlyList<ISubscription> Subscriptions => _subscriptions;

    /// <summary>Follows all events of the store, as soon as the daemon is added; its position is stored under its type's name.</summary>
    public void Subscribe(ISubscription subscription) => _subscriptions.Add(subscription);

    /// <summary>Keeps the latest <typeparamref name="T"/> of each stream as a document, in the transaction that appends.</summary>
    /// <exception cref="InvalidProjectionException">Its <c>Create</c> or <c>Apply</c> methods don't fit the convention.</exception>
    public void Snapshot<T>(SnapshotLifecycle lifecycle) where T : class
    {
        foreach (var eventType in AggregateFold.For<T>().EventTypes) options.Events.Mappings.For(eventType);
        options.Document(typeof(T)).IsRevisioned = true;
        if (!IsSnapshot(typeof(T))) _snapshots.Add(typeof(T));
    }
}

public sealed class StorePolicies
{
    /// <summary>Kept for Marten's sake: the engine's documents always carry their tenant.</summary>
    public StorePolicies AllDocumentsAreMultiTenanted() => this;
}

public sealed class DocumentSchema(StoreOptions options)
{
    /// <summary>Makes a document type known before its first use, so that its table exists.</summary>
    public DocumentMappingExpression<T> For<T>() where T : class => new(options.Document(typeof(T)));
}

/// <summary>A document that tells its revision.</summary>
public interface IRevisioned
{
    /// <summary>
    /// The stored revision, from 1; set when it is loaded and when it was saved by <see cref="IDocumentOperations.UpdateRevision"/>. 0 for a new document.
    /// </summary>
    int Version { get; set; }
}

/// <summary>How documents of one type are kept.</summary>
public sealed class DocumentMappingExpression<T> where T : class
{
    private readonly DocumentMapping _mapping;

    internal DocumentMappingExpression(DocumentMapping mapping) => _mapping = mapping;

    /// <summary>Adds a computed index on one property of the document's JSON.</summary>
    public DocumentMappingExpression<T> Index(Expression<Func<T, object?>> expression)
    {
        _mapping.AddIndex([Member(expression)]);
        return this;
    }

    /// <summary>Adds a computed index on several properties, in this order.</summary>
    public DocumentMappingExpression<T> Index(IReadOnlyCollection<Expression<Func<T, object?>>> expressions)
    {
        _mapping.AddIndex([.. expressions.Select(Member)]);
        return this;
    }

    /// <summary>
    /// Counts revisions of these documents, so that <see cref="IDocumentOperations.UpdateRevision"/> can tell that another writer was first. Default
    /// false, and true where the type is <see cref="IRevisioned"/>. A table that exists already is changed for it, and then no older code may write there.
    /// </summary>
    public DocumentMappingExpression<T> UseNumericRevisions(bool enabled)
    {
        _mapping.IsRevisioned = enabled;
        return this;
    }

    private static System.Reflection.PropertyInfo Member(Expression<Func<T, object?>> expression) =>
        (expression.Body is UnaryExpression { NodeType: ExpressionType.Convert } convert ? convert.Operand : expression.Body)
            is MemberExpression { Member: System.Reflection.PropertyInfo property, Expression: ParameterExpression }
            ? property
            : throw new ArgumentException($"An index names a property of {typeof(T).Name}, not '{expression.Body}'.", nameof(expression));
}

/// <summary>What another part of the process keeps in the same store, such as the bus its sagas.</summary>
internal sealed record StoreContribution(Action<StoreOptions> Configure);
