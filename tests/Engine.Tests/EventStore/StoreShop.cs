using Engagement.Testing;

namespace Engagement.Engine.Tests.EventStore;

/// <summary>One host for all tests of the store; each test takes streams and documents of its own.</summary>
public sealed class StoreShop(PostgresFixture postgres) : IAsyncLifetime
{
    private Shop? _shop;

    internal Shop Shop => _shop!;

    internal IDocumentStore Store => Shop.Store;

    public static string NewKey() => $"parcel/{Guid.NewGuid():N}";

    public IDocumentSession Open(string tenant = Shop.Tenant) => Store.LightweightSession(tenant);

    public async ValueTask InitializeAsync() => _shop = await Shop.Open(new ShopOptions(await postgres.CreateDatabaseAsync())
    {
        Store = store =>
        {
            store.Projections.Snapshot<ParcelLabel>(SnapshotLifecycle.Inline);
            store.Schema.For<Shelf>().Index(s => s.Room).Index([s => s.Room, s => s.Label]);
            store.Schema.For<Book>();
            store.Events.MapEventType<ParcelRenamed>("label_changed");
        },
    });

    public ValueTask DisposeAsync() => Shop.DisposeAsync();
}

public sealed record ParcelRenamed(string To);

/// <summary>A second picture of the same streams.</summary>
public sealed record ParcelLabel(string Id, string Text)
{
    public static ParcelLabel Create(IEvent<ParcelPacked> e) => new(e.StreamKey!, $"by {e.Data.By}");

    public ParcelLabel Apply(ParcelRenamed e) => this with { Text = e.To };
}

/// <summary>No snapshot is kept of it.</summary>
public sealed record ParcelSteps(int Count)
{
    public static ParcelSteps Create(ParcelPacked _) => new(1);

    public ParcelSteps Apply(ParcelWeighed _) => this with { Count = Count + 1 };
}

public enum Room
{
    Cellar,
    Attic,
}

public sealed record Shelf(string Id, Room Room, string Label);

public readonly record struct Isbn(string Value)
{
    public static implicit operator string(Isbn isbn) => isbn.Value;
}

public sealed record Book(Isbn Id, string Title);
