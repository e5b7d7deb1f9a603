using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Engagement.Engine.Tests.EventStore;

public sealed class SaveTests(StoreShop store) : IClassFixture<StoreShop>
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);

    private readonly string _key = StoreShop.NewKey();

    [Fact]
    public async Task Events_snapshots_documents_commands_messages_and_timers_are_one_transaction()
    {
        store.Shop.Behaviours[_key] = (_, session, bus, _) =>
        {
            session.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon), new ParcelWeighed(1), new ParcelWeighed(2));
            session.Store(new Shelf(_key, Room.Attic, ""));
            session.Leave(_key, 1);
            object[] timers = [new Leave(_key, 2).DelayedFor(TimeSpan.FromHours(1)), new Leave(_key, 3).DelayedFor(TimeSpan.FromHours(2))];
            return Task.FromResult<object?>(timers);
        };
        await store.Shop.Invoke(new Act(_key));

        var transactions = await store.Shop.Column<string>(
            $"""
            select xmin::text from shop.mt_streams where id = '{_key}'
            union all select xmin::text from shop.mt_events where stream_id = '{_key}'
            union all select xmin::text from shop.mt_doc_parcel where id = '{_key}'
            union all select xmin::text from shop.mt_doc_parcellabel where id = '{_key}'
            union all select xmin::text from shop.mt_doc_shelf where id = '{_key}'
            union all select xmin::text from effects where grp = '{_key}'
            union all select xmin::text from bus.shop_scheduled where group_id = '{_key}'
            """);
        transactions.Count.ShouldBe(1 + 3 + 1 + 1 + 1 + 1 + 2);
        transactions.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_save_is_one_round_trip()
    {
        await using var wire = new Wire(store.Shop.ConnectionString);
        await using var through = new DocumentStore(new StoreOptions { DatabaseSchemaName = "shop" }.With(o =>
        {
            o.Connection(wire.ConnectionString);
            o.Projections.Snapshot<Parcel>(SnapshotLifecycle.Inline);
        }), null, TimeProvider.System);

        async Task Save(int no)
        {
            await using var session = through.LightweightSession("demo");
            session.Events.StartStream<Parcel>($"{_key}/{no}", new ParcelPacked("ada", Noon), new ParcelWeighed(1), new ParcelWeighed(2));
            session.Store(new HeavyParcel($"{_key}/{no}", 1));
            session.QueueSqlCommand("insert into effects (tenant, grp, no) values (?, ?, ?)", "demo", _key, no);
            await session.SaveChangesAsync();
        }

        for (var warmUp = 0; warmUp < 5; warmUp++) await Save(warmUp);   // connects, prepares
        var before = wire.RoundTrips;
        await Save(10);
        (wire.RoundTrips - before).ShouldBe(1);
    }

    [Fact]
    public async Task A_save_without_changes_does_not_go_to_the_database()
    {
        await using var nowhere = new DocumentStore(new StoreOptions().With(o => o.Connection("Host=127.0.0.1;Port=1")), null, TimeProvider.System);
        await using var session = nowhere.LightweightSession("demo");

        await session.SaveChangesAsync();
    }

    [Fact]
    public async Task A_command_that_fails_undoes_the_whole_save()
    {
        await using var session = store.Open();
        session.Events.StartStream<Parcel>(_key, new ParcelPacked("ada", Noon));
        session.QueueSqlCommand("insert into nowhere values (1)");

        (await Should.ThrowAsync<PostgresException>(() => session.SaveChangesAsync())).SqlState.ShouldBe(PostgresErrorCodes.UndefinedTable);

        (await store.Open().Events.FetchStreamStateAsync(_key)).ShouldBeNull();
    }

    /// <summary>Stands between client and server and counts how often the client speaks after the server did.</summary>
    private sealed class Wire : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _accepting;
        private int _roundTrips;

        public Wire(string connectionString)
        {
            var server = new NpgsqlConnectionStringBuilder(connectionString);
            _listener.Start();
            ConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.ConnectionString;
            _accepting = Accept(server.Host!, server.Port);
        }

        public string ConnectionString { get; }

        public int RoundTrips => Volatile.Read(ref _roundTrips);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Stop();
            await _accepting;
            _stop.Dispose();
        }

        private async Task Accept(string host, int port)
        {
            var pumps = new List<Task>();
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    var server = new TcpClient { NoDelay = true };
                    await server.ConnectAsync(host, port, _stop.Token);
                    var turn = new Turn();
                    pumps.Add(Pump(client, server, () => Interlocked.Add(ref _roundTrips, turn.ClientSpeaks())));
                    pumps.Add(Pump(server, client, turn.ServerSpeaks));
                }
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAll(pumps);
            }
        }

        private async Task Pump(TcpClient from, TcpClient to, Action heard)
        {
            using (from)
            {
                var buffer = new byte[65536];
                try
                {
                    while (await from.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var count)
                    {
                        heard();
                        await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
                    }
                }
                catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
                {
                    // One side hung up.
                }
            }
        }

        private sealed class Turn
        {
            private int _serverSpoke = 1;

            public int ClientSpeaks() => Interlocked.Exchange(ref _serverSpoke, 0);

            public void ServerSpeaks() => Interlocked.Exchange(ref _serverSpoke, 1);
        }
    }
}

internal static class StoreOptionsSetUp
{
    public static StoreOptions With(this StoreOptions options, Action<StoreOptions> set)
    {
        set(options);
        return options;
    }
}
