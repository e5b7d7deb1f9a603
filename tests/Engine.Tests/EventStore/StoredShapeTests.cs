using System.Text.Json.Serialization;
using Engagement.Testing;

namespace Engagement.Engine.Tests.EventStore;

public enum Mood
{
    Calm,
    Busy,
}

public sealed record Line(string Title, decimal Price);

public sealed record EverythingHappened(
    string Text, Mood Mood, Mood? Missing, decimal Amount, long Many, bool Yes, DateTimeOffset At, DateOnly Day, Guid Id, IReadOnlyList<Line> Lines);

[JsonSerializable(typeof(Shelf))]
[JsonSerializable(typeof(ParcelRenamed))]
internal sealed partial class ShelfJson : JsonSerializerContext;

/// <summary>What lies in the tables is read by Marten and by later versions of us: names as written, enums as strings.</summary>
public sealed class StoredShapeTests(StoreShop store) : IClassFixture<StoreShop>
{
    [Fact]
    public async Task Events_and_documents_are_stored_as_approved()
    {
        var happened = new EverythingHappened(
            "più", Mood.Busy, null, 12.50m, 9_007_199_254_740_993, true, new(2026, 1, 12, 13, 0, 0, TimeSpan.FromHours(1)), new(2026, 1, 12),
            new("0f8fad5b-d9cb-469f-a165-70867728950e"), [new("Tea", 3.10m)]);
        await using (var session = store.Open())
        {
            session.Events.StartStream<Parcel>("parcel/shape", new ParcelPacked("ada", happened.At), happened, new ParcelRenamed("x"));
            session.Store(new Shelf("shape", Room.Attic, "l"));
            await session.SaveChangesAsync();
        }

        var rows = await store.Shop.Column<string>(
            """
            select e.type || ' ' || e.version || ' ' || e.mt_dotnet_type || E'\n' || jsonb_pretty(e.data) from shop.mt_events e where stream_id = 'parcel/shape'
            union all select 'stream ' || s.type || ' ' || s.version || ' ' || s.is_archived from shop.mt_streams s where id = 'parcel/shape'
            union all select 'parcel ' || mt_version || ' ' || mt_dotnet_type || E'\n' || jsonb_pretty(data) from shop.mt_doc_parcel where id = 'parcel/shape'
            union all select 'shelf ' || mt_dotnet_type || E'\n' || jsonb_pretty(data) from shop.mt_doc_shelf where id = 'shape'
            """);
        Approved.Match(string.Join("\n\n", rows) + "\n", "stored-shape");
        await using var after = store.Open();
        (await after.Events.FetchStreamAsync("parcel/shape"))[1].Data.ShouldBeOfType<EverythingHappened>().ShouldSatisfyAllConditions(
            e => (e with { Lines = happened.Lines }).ShouldBe(happened), e => e.Lines.ShouldBe(happened.Lines));
    }

    [Fact]
    public async Task A_service_s_own_JSON_context_writes_and_reads_the_same()
    {
        var options = new StoreOptions { DatabaseSchemaName = "shop" }.With(o =>
        {
            o.Connection(store.Shop.ConnectionString);
            o.UseSystemTextJsonForSerialization(configure: json => json.TypeInfoResolverChain.Insert(0, ShelfJson.Default));
        });
        await using var generated = new DocumentStore(options, null, TimeProvider.System);
        await using var session = generated.LightweightSession("demo");
        var key = StoreShop.NewKey();
        session.Store(new Shelf("generated", Room.Attic, "l"));
        session.Events.StartStream(key, new ParcelRenamed("x"), new ParcelPacked("ada", default));   // the second is in no context
        await session.SaveChangesAsync();

        options.Json.GetTypeInfo(typeof(Shelf)).OriginatingResolver.ShouldBe(ShelfJson.Default);
        (await session.LoadAsync<Shelf>("generated")).ShouldBe(new Shelf("generated", Room.Attic, "l"));
        (await session.Events.FetchStreamAsync(key)).Select(e => e.Data).ShouldBe([new ParcelRenamed("x"), new ParcelPacked("ada", default)]);
        (await store.Shop.Scalar<string>("select data::text from shop.mt_doc_shelf where id = 'generated'"))
            .ShouldBe("""{"Id": "generated", "Room": "Attic", "Label": "l"}""");
    }

    [Fact]
    public async Task An_alias_reads_back_whatever_the_class_is_called_and_an_unknown_one_is_named()
    {
        var key = StoreShop.NewKey();
        await using var session = store.Open();
        session.Events.StartStream<Parcel>(key, new ParcelPacked("ada", default), new ParcelRenamed("x"));
        await session.SaveChangesAsync();
        (await store.Shop.Column<string>($"select type from shop.mt_events where stream_id = '{key}' order by version"))
            .ShouldBe(["parcel_packed", "label_changed"]);

        await store.Shop.Execute($"update shop.mt_events set mt_dotnet_type = 'Gone.Class, Gone' where stream_id = '{key}'");
        (await session.Events.FetchStreamAsync(key))[1].Data.ShouldBe(new ParcelRenamed("x"));
        await store.Shop.Execute($"update shop.mt_events set type = 'forgotten' where stream_id = '{key}' and version = 2");
        (await Should.ThrowAsync<InvalidProjectionException>(() => session.Events.FetchStreamAsync(key))).Message
            .ShouldBe("No event type is known under the alias 'forgotten'. Register it with Events.AddEventType or Events.MapEventType.");
    }

    [Fact]
    public void Two_event_types_can_t_share_an_alias()
    {
        var options = new StoreOptions();
        options.Events.MapEventType<ParcelPacked>("packed");

        Should.Throw<InvalidProjectionException>(() => options.Events.MapEventType<ParcelWeighed>("packed")).Message.ShouldBe(
            $"Two event types share the alias 'packed': {typeof(ParcelPacked).FullName} and {typeof(ParcelWeighed).FullName}. "
            + "Name one with Events.MapEventType.");
    }

    [Theory]
    [InlineData("OrderPlaced", "order_placed")]
    [InlineData("SKUChanged", "sku_changed")]
    [InlineData("Paid", "paid")]
    [InlineData("A1Moved", "a1_moved")]
    public void Aliases_are_snake_case(string name, string alias) => Engagement.EventStore.EventMapping.SnakeCase(name).ShouldBe(alias);
}
