using System.Diagnostics;
using System.Text.Json;
using Engagement.Testing;
using Npgsql;

namespace Engagement.Engine.Tests.EventStore;

/// <summary>A host whose events carry everything that can be stored with them.</summary>
public sealed class MarkedShop(PostgresFixture postgres) : IAsyncLifetime
{
    private Shop? _shop;

    internal Shop Shop => _shop!;

    public async ValueTask InitializeAsync() => _shop = await Shop.Open(new ShopOptions(await postgres.CreateDatabaseAsync())
    {
        Store = store =>
        {
            store.Events.MetadataConfig.EnableAll();
            store.Events.MetadataConfig.UserNameEnabled = true;
        },
    });

    public ValueTask DisposeAsync() => Shop.DisposeAsync();
}

public sealed class MetadataTests(MarkedShop marked, StoreShop lean) : IClassFixture<MarkedShop>, IClassFixture<StoreShop>
{
    private const string Columns =
        """
        select column_name || ' ' || data_type || ' ' || is_nullable from information_schema.columns
        where table_schema = 'shop' and table_name = 'mt_events' and column_name in ('correlation_id', 'causation_id', 'headers', 'user_name')
        order by ordinal_position
        """;

    private readonly string _key = StoreShop.NewKey();

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public async Task Every_event_of_a_save_carries_what_its_session_says(int count)
    {
        await using var session = marked.Shop.Store.LightweightSession("demo");
        (session.CorrelationId, session.CausationId, session.LastModifiedBy) = ("flow-1", "message-7", "ada");
        session.SetHeader("channel", "web");
        session.SetHeader("attempt", 3);
        session.SetHeader("urgent", true);
        session.SetHeader("weight", 1.5);
        session.SetHeader("parts", new List<string> { "a", "b" });
        session.Events.StartStream(_key, [.. Enumerable.Range(1, count).Select(i => new ParcelRenamed($"{i}"))]);
        await session.SaveChangesAsync();

        var events = await session.Events.FetchStreamAsync(_key);
        events.Count.ShouldBe(count);
        foreach (var e in events)
        {
            (e.CorrelationId, e.CausationId, e.UserName).ShouldBe(("flow-1", "message-7", "ada"));
            ((object?[])[e.GetHeader("channel"), e.GetHeader("attempt"), e.GetHeader("urgent"), e.GetHeader("weight")]).ShouldBe(["web", 3L, true, 1.5]);
            e.GetHeader("parts").ShouldBeOfType<JsonElement>().GetRawText().ShouldBe("""["a", "b"]""");
            e.GetHeader("nothing").ShouldBeNull();
        }

        session.GetHeader("channel").ShouldBe("web");
        session.GetHeader("nothing").ShouldBeNull();
    }

    [Fact]
    public async Task An_event_s_own_metadata_goes_over_the_session_s_and_a_header_of_the_session_over_the_event_s()
    {
        await using var session = marked.Shop.Store.LightweightSession("demo");
        (session.CorrelationId, session.CausationId) = ("flow", "cause");
        session.SetHeader("source", "session");
        var own = session.Events.StartStream(_key, new ParcelRenamed("a"), new ParcelRenamed("b")).Events[0];
        (own.CorrelationId, own.CausationId, own.UserName) = ("own flow", "own cause", "bob");
        own.SetHeader("source", "event");
        own.SetHeader("own", "yes");
        await session.SaveChangesAsync();

        var events = await session.Events.FetchStreamAsync(_key);
        events.Select(e => (e.CorrelationId, e.CausationId, e.UserName, e.GetHeader("source"), e.GetHeader("own"))).ShouldBe(
            [("own flow", "own cause", "bob", "session", "yes"), ("flow", "cause", null, "session", null)]);
    }

    [Fact]
    public async Task A_session_belongs_to_the_span_it_is_opened_in()
    {
        using var span = new Activity("request").SetParentId("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").Start();
        await using var session = marked.Shop.Store.LightweightSession("demo");
        session.Events.StartStream(_key, new ParcelRenamed("a"));
        await session.SaveChangesAsync();

        var e = (await session.Events.FetchStreamAsync(_key)).ShouldHaveSingleItem();
        (e.CorrelationId, e.CausationId, e.Headers, e.UserName).ShouldBe(
            ("0af7651916cd43dd8448eb211c80319c", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", null, null));
    }

    [Fact]
    public async Task An_aggregate_sees_it_too()
    {
        await using var session = marked.Shop.Store.LightweightSession("demo");
        session.CorrelationId = "flow-2";
        session.Events.StartStream(_key, new ParcelRenamed("a"), new ParcelRenamed("b"));
        await session.SaveChangesAsync();

        (await session.Events.AggregateStreamAsync<Flows>(_key)).ShouldBe(new Flows("flow-2 flow-2"));
    }

    [Fact]
    public async Task Without_being_asked_for_nothing_of_it_is_stored()
    {
        await using var session = lean.Open();
        (session.CorrelationId, session.CausationId, session.LastModifiedBy) = ("flow", "cause", "ada");
        session.SetHeader("channel", "web");
        session.Events.StartStream(_key, new ParcelPacked("ada", default));
        await session.SaveChangesAsync();

        var e = (await session.Events.FetchStreamAsync(_key)).ShouldHaveSingleItem();
        (e.CorrelationId, e.CausationId, e.UserName, e.Headers, e.GetHeader("channel")).ShouldBe((null, null, null, null, null));
        (await lean.Shop.Column<string>(Columns)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_handler_s_events_carry_its_message_as_their_cause_and_its_flow()
    {
        var causes = new List<string>();
        marked.Shop.Behaviours[_key] = (message, session, bus, envelope) =>
        {
            causes.Add(envelope.Id.ToString());
            session.Events.Append(_key, new ParcelRenamed($"{message.No}"));
            return Task.FromResult<object?>(message.No == 1 ? new Act(_key, 2) : null);
        };
        await marked.Shop.WithBus(async bus =>
        {
            await bus.PublishAsync(new Act(_key, 1), new DeliveryOptions { CorrelationId = "flow-9" });
            return 0;
        });
        await marked.Shop.Drain();

        await using var session = marked.Shop.Store.QuerySession("demo");
        var events = await session.Events.FetchStreamAsync(_key);
        events.Select(e => (e.CorrelationId, e.CausationId)).ShouldBe([("flow-9", causes[0]), ("flow-9", causes[1])]);
    }

    [Fact]
    public async Task A_handler_of_a_message_without_a_flow_takes_its_trace()
    {
        marked.Shop.Behaviours[_key] = (_, session, _, _) =>
        {
            session.Events.Append(_key, new ParcelRenamed("a"));
            return Task.FromResult<object?>(null);
        };
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("Engagement", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        using (new Activity("request").SetParentId("00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").Start()) await marked.Shop.Publish(new Act(_key));
        await marked.Shop.Drain();

        await using var session = marked.Shop.Store.QuerySession("demo");
        (await session.Events.FetchStreamAsync(_key)).ShouldHaveSingleItem().CorrelationId.ShouldBe("1af7651916cd43dd8448eb211c80319c");
    }

    [Fact]
    public async Task The_columns_are_Marten_s()
    {
        (await marked.Shop.Column<string>(Columns)).ShouldBe(
            ["correlation_id character varying YES", "causation_id character varying YES", "headers jsonb YES", "user_name character varying YES"]);
    }
}

/// <summary>Takes events with what is known of them.</summary>
public sealed record Flows(string Text)
{
    public static Flows Create(IEvent<ParcelRenamed> e) => new(e.CorrelationId!);

    public Flows Apply(IEvent<ParcelRenamed> e) => new($"{Text} {e.CorrelationId}");
}
