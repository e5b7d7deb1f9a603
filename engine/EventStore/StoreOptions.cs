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
    /// <summary>By keys such as <c>order/1001</c>.</summary>
    AsString,
}

/// <summary>Whether streams of several tenants share the tables. The engine always shares them: the tenant is first in every key.</summary>
public enum TenancyStyle
{
    /// <summary>Shared tables, told apart by <c>tenant_id</c>.</summary>
    Conjoined,
}

/// <summary>When a snapshot is brought up to date. The engine does it in the transaction that appends.</summary>
public enum SnapshotLifecycle
{
    /// <summary>In the transaction of the append.</summary>
    Inline,
}

/// <summary>What a store keeps and where: connection, schema, events, documents. Configured once at start-up; not thread-safe until then.</summary>
public sealed class StoreOptions
{
    private readonly ConcurrentDictionary<Type, DocumentMapping> _documents = new();

    /// <summary>A store without events, documents and connection, in the schema <c>public</c>.</summary>
    public StoreOptions()
    {
        Events = new EventStoreOptions(Json);
        Projections = new ProjectionOptions(this);
        Policies = new StorePolicies();
        Schema = new DocumentSchema(this);
    }

    /// <summary>The PostgreSQL schema of all of the store's tables; default <c>public</c>.</summary>
    public string DatabaseSchemaName { get; set; } = "public";

    /// <summary>How events are kept.</summary>
    public EventStoreOptions Events { get; }

    /// <summary>What is made of events.</summary>
    public ProjectionOptions Projections { get; }

    /// <summary>What goes for all documents.</summary>
    public StorePolicies Policies { get; }

    /// <summary>Which documents are kept, and how.</summary>
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

    /// <summary>Connects through a pool of somebody else, who closes it.</summary>
    public void Connection(NpgsqlDataSource dataSource) => DataSource = dataSource;

    /// <summary>
    /// Adjusts how events and documents become JSON: names as written, enums by name. A service's own <see cref="JsonSerializerContext"/> is put
    /// first in <see cref="JsonSerializerOptions.TypeInfoResolverChain"/>; types that it does not know are read by reflection.
    /// </summary>
    /// <exception cref="NotSupportedException">Another casing, or enums as numbers, were asked for.</exception>
    public void UseSystemTextJsonForSerialization(
        EnumStorage enumStorage = EnumStorage.AsString, Casing casing = Casing.Default, Action<JsonSerializerOptions>? configure = null)
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

/// <summary>How enums are stored. The engine stores names only.</summary>
public enum EnumStorage
{
    /// <summary>By name.</summary>
    AsString,
}

/// <summary>How properties are named in JSON. The engine keeps them as written.</summary>
public enum Casing
{
    /// <summary>As written.</summary>
    Default,
}

/// <summary>How events are kept.</summary>
public sealed class EventStoreOptions
{
    internal EventStoreOptions(JsonSerializerOptions json) => Mappings = new EventMappings(json);

    /// <summary>Kept for Marten's sake: always <see cref="StreamIdentity.AsString"/>.</summary>
    public StreamIdentity StreamIdentity { get; set; } = StreamIdentity.AsString;

    /// <summary>Kept for Marten's sake: always <see cref="TenancyStyle.Conjoined"/>.</summary>
    public TenancyStyle TenancyStyle { get; set; } = TenancyStyle.Conjoined;

    /// <summary>Which optional metadata is stored with each event; none by default.</summary>
    public MetadataConfig MetadataConfig { get; } = new();

    /// <summary>Gives the time of every stored row; default is the registered <see cref="System.TimeProvider"/>.</summary>
    public TimeProvider? TimeProvider { get; set; }

    internal EventMappings Mappings { get; }

    /// <summary>Stores <typeparamref name="T"/> under an alias of its own instead of its name in snake case.</summary>
    /// <exception cref="InvalidProjectionException">Another type has the alias.</exception>
    public void MapEventType<T>(string eventTypeName) where T : class => Mappings.Map(typeof(T), eventTypeName);

    /// <summary>Makes a type known that no aggregate names, so that it can be read back.</summary>
    public void AddEventType<T>() => Mappings.For(typeof(T));

    /// <inheritdoc cref="AddEventType{T}"/>
    public void AddEventType(Type eventType) => Mappings.For(eventType);

    /// <summary>Stores <typeparamref name="T"/> as a later version of its event: <c>order_placed_v2</c>.</summary>
    public void MapEventTypeWithSchemaVersion<T>(uint schemaVersion) where T : class =>
        Mappings.Map(typeof(T), EventMapping.VersionedAlias(typeof(T), schemaVersion));

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

/// <summary>What is made of events: snapshots and subscriptions.</summary>
public sealed class ProjectionOptions
{
    private readonly StoreOptions _options;

    private readonly List<Type> _snapshots = [];

    private readonly List<ISubscription> _subscriptions = [];

    internal ProjectionOptions(StoreOptions options) => _options = options;

    internal IReadOnlyList<Type> Snapshots => _snapshots;

    internal bool IsSnapshot(Type type) => _snapshots.Contains(type);

    internal IReadOnlyList<ISubscription> Subscriptions => _subscriptions;

    /// <summary>Follows all events of the store, as soon as the daemon is added; its position is stored under its type's name.</summary>
    public void Subscribe(ISubscription subscription) => _subscriptions.Add(subscription);

    /// <summary>Keeps the latest <typeparamref name="T"/> of each stream as a document, in the transaction that appends.</summary>
    /// <exception cref="InvalidProjectionException">Its <c>Create</c> or <c>Apply</c> methods don't fit the convention.</exception>
    public void Snapshot<T>(SnapshotLifecycle lifecycle) where T : class
    {
        foreach (var eventType in AggregateFold.For<T>().EventTypes) _options.Events.Mappings.For(eventType);
        _options.Document(typeof(T)).IsRevisioned = true;
        if (!IsSnapshot(typeof(T))) _snapshots.Add(typeof(T));
    }
}

/// <summary>What goes for all documents.</summary>
public sealed class StorePolicies
{
    internal StorePolicies()
    {
    }

    /// <summary>Kept for Marten's sake: the engine's documents always carry their tenant.</summary>
    public StorePolicies AllDocumentsAreMultiTenanted() => this;
}

/// <summary>Which documents are kept, and how.</summary>
public sealed class DocumentSchema
{
    private readonly StoreOptions _options;

    internal DocumentSchema(StoreOptions options) => _options = options;

    /// <summary>Makes a document type known before its first use, so that its table exists.</summary>
    /// <exception cref="InvalidOperationException">Another type has a table of the same name.</exception>
    /// <exception cref="InvalidProjectionException">The type has no property <c>Id</c>.</exception>
    public DocumentMappingExpression<T> For<T>() where T : class => new(_options.Document(typeof(T)));
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

    /// <summary>Adds a computed index on one property of the document's JSON, behind the tenant.</summary>
    /// <exception cref="ArgumentException">The expression is no property of the document.</exception>
    public DocumentMappingExpression<T> Index(Expression<Func<T, object?>> expression)
    {
        _mapping.AddIndex([Member(expression)]);
        return this;
    }

    /// <summary>Adds a computed index on several properties, in this order, behind the tenant.</summary>
    /// <exception cref="ArgumentException">An expression is no property of the document.</exception>
    public DocumentMappingExpression<T> Index(IReadOnlyCollection<Expression<Func<T, object?>>> expressions)
    {
        _mapping.AddIndex([.. expressions.Select(Member)]);
        return this;
    }

    /// <summary>
    /// Counts revisions of these documents, so that <see cref="IDocumentOperations.UpdateRevision"/> can tell that another writer was first. Default
    /// false, and true where the type is <see cref="IRevisioned"/>. A table that exists already is changed for it, and then no older code may write there.
    /// </summary>
    /// <exception cref="InvalidOperationException">They are not to be counted, but the type is <see cref="IRevisioned"/>, a snapshot or a saga.</exception>
    public DocumentMappingExpression<T> UseNumericRevisions(bool enabled)
    {
        if (!enabled && _mapping.IsRevisioned) throw new InvalidOperationException($"The revisions of {typeof(T).FullName} are always counted.");
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
