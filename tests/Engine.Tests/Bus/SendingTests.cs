using Engagement.Bus;
using Engagement.EventStore;
using Engagement.Testing;
using Npgsql;

namespace Engagement.Engine.Tests.Bus;

public sealed record Later(string Group) : TimeoutMessage(TimeSpan.FromMinutes(10));

public static class LaterHandler
{
    public static void Handle(Later message, IDocumentSession session) => session.Leave(message.Group, 0);
}

/// <summary>Nobody handles it.</summary>
public sealed record Unheard;

public sealed class SendingTests(PostgresFixture postgres)
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 12, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Messages_wait_as_they_say()
    {
        var clock = new TestClock(Noon);
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync(), clock);
        shop.Behaviours["plan"] = (_, _, bus, _) => Task.FromResult<object?>(new object[]
        {
            new Leave("delayed", 1).DelayedFor(TimeSpan.FromMinutes(1)),
            new Leave("scheduled", 2).ScheduledAt(Noon.AddMinutes(2)),
            new Later("timeout"),
            new Leave("both", 3).DelayedFor(TimeSpan.FromMinutes(3)).WithTenantId("north"),
            new Leave("past", 4).ScheduledAt(Noon.AddDays(-1)),
        });

        await shop.Invoke(new Act("plan"));
        await shop.WithBus(async bus =>
        {
            await bus.ScheduleAsync(new Leave("by bus", 5), TimeSpan.FromMinutes(4));
            await bus.PublishAsync(new Leave("by option", 6), new DeliveryOptions { ScheduledTime = Noon.AddMinutes(5), TenantId = "south" });
            return 0;
        });
        await shop.Drain();

        (await shop.Column<string>("select to_char(due at time zone 'utc', 'HH24:MI') || ' ' || tenant || ' ' || (convert_from(body, 'utf8')::jsonb ->> 'Group') from bus.shop_scheduled order by due"))
            .ShouldBe(["12:01 demo delayed", "12:02 demo scheduled", "12:03 north both", "12:04 demo by bus", "12:05 south by option", "12:10 demo timeout"]);
        (await shop.Column<string>("select grp from effects")).ShouldBe(["past"]);
    }

    [Fact]
    public async Task The_tenant_travels_over_cascades_queues_and_timers()
    {
        var clock = new TestClock(Noon);
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync(), clock);
        shop.Behaviours["first"] = async (_, session, bus, envelope) =>
        {
            session.Leave($"first {envelope.TenantId} {bus.TenantId}", 1);
            await bus.PublishAsync(new Act("second"));
            return new Leave("timer", 3).DelayedFor(TimeSpan.FromHours(1));
        };
        shop.Behaviours["second"] = (_, session, _, _) =>
        {
            session.Leave("second", 2);
            return Task.FromResult<object?>(new Leave("elsewhere", 2).WithTenantId("south"));
        };

        await shop.PublishAs("north", new Act("first"));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == 3);
        clock.Advance(TimeSpan.FromHours(1));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == 4);

        (await shop.Column<string>("select grp || ': ' || tenant from effects order by grp")).ShouldBe(["elsewhere: south", "first north north: north", "second: north", "timer: north"]);
        (await Should.ThrowAsync<InvalidOperationException>(() => shop.PublishAs(null!, new Leave("x", 1)))).Message
            .ShouldBe("Leave is sent for no tenant: set IMessageBus.TenantId or DeliveryOptions.TenantId.");
        (await Should.ThrowAsync<InvalidOperationException>(() => shop.Invoke(new Leave("x", 1), null!))).Message
            .ShouldBe("Leave is invoked for no tenant: set IMessageBus.TenantId.");
    }

    [Fact]
    public async Task What_nobody_handles_is_refused_or_warned_of()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());

        await Should.ThrowAsync<IndeterminateRoutesException>(() => shop.WithBus(async bus =>
        {
            await bus.SendAsync(new Unheard());
            return 0;
        }));
        await Should.ThrowAsync<IndeterminateRoutesException>(() => shop.Invoke(new Unheard()));
        await shop.Publish(new Unheard(), new Unheard());

        shop.Log.ShouldBe(["Warning: Unheard was sent, but nobody handles it."]);
    }

    [Fact]
    public async Task A_failed_invocation_stores_and_sends_nothing()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        shop.Behaviours["fail"] = async (_, session, bus, _) =>
        {
            session.Leave("fail", 1);
            await bus.PublishAsync(new Leave("sent", 2));
            throw new InvalidOperationException("no");
        };

        await Should.ThrowAsync<InvalidOperationException>(() => shop.Invoke(new Act("fail")));
        await shop.Drain();

        (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(0);
    }

    [Fact]
    public async Task An_invocation_is_tried_again_as_the_policies_say()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync(), configure: bus => bus.OnException<TimeoutException>().RetryTimes(2));
        var attempts = new List<int>();
        shop.Behaviours["late"] = (message, session, _, envelope) =>
        {
            attempts.Add(envelope.Attempts);
            session.Leave("late", envelope.Attempts);
            return envelope.Attempts <= message.No ? throw new TimeoutException("late") : Task.FromResult<object?>(null);
        };

        await shop.Invoke(new Act("late", No: 2));
        attempts.ShouldBe([1, 2, 3]);
        (await shop.Column<int>("select no from effects")).ShouldBe([3]);
        await Should.ThrowAsync<TimeoutException>(() => shop.Invoke(new Act("late", No: 3)));
    }

    [Fact]
    public async Task An_invocation_that_takes_too_long_ends_with_a_timeout_and_stores_nothing()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        shop.Behaviours["hang"] = async (_, session, _, _) =>
        {
            session.Leave("hang", 1);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            return new Leave("sent", 1);
        };

        (await Should.ThrowAsync<TimeoutException>(() => shop.WithBus(async bus =>
        {
            await bus.InvokeAsync(new Act("hang"), timeout: TimeSpan.FromMilliseconds(50));
            return 0;
        }))).Message.ShouldBe("ActHandler.Handle took longer than 00:00:00.0500000.");
        await shop.Drain();
        (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(0);
    }

    [Fact]
    public async Task What_a_queued_handler_invokes_takes_part_in_its_transaction()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        shop.Behaviours["inner"] = (_, session, _, _) =>
        {
            session.Leave("inner", 1);
            return Task.FromResult<object?>(new Leave("cascaded", 1));
        };
        shop.Behaviours["outer"] = async (message, session, bus, _) =>
        {
            session.Events.Append("parcel/shared", new ParcelPacked("ada", Noon));
            await session.SaveChangesAsync();
            await bus.InvokeAsync(new Act("inner"));   // on a connection of its own it would wait for us for ever where both touch a row
            return message.No == 1 ? throw new InvalidOperationException("after it") : null;
        };

        await shop.Publish(new Act("outer", 1));
        await shop.Drain();
        (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(0);
        await shop.Publish(new Act("outer", 2));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == 2);

        (await shop.Scalar<long>("select count(distinct x) from (select xmin::text x from effects where grp = 'inner' union all select xmin::text from shop.mt_events) t")).ShouldBe(1);
    }

    [Fact]
    public async Task A_message_of_several_rules_goes_to_each_queue()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync(), configure: bus =>
        {
            bus.PublishMessage<Leave>().ToPostgresqlQueue("north");
            bus.PublishMessage<Leave>().ToPostgresqlQueue("south");
        });
        shop.Behaviours["tell"] = (_, _, _, _) => Task.FromResult<object?>(new Leave("told", 1));

        await shop.Invoke(new Act("tell"));

        (await shop.Column<string>("select 'north ' || group_id from bus.north union all select 'south ' || group_id from bus.south order by 1")).ShouldBe(["north told", "south told"]);
    }

    [Fact]
    public async Task A_role_that_may_only_insert_can_send()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var shop = await Shop.Open(database);
        var role = $"sender_{Guid.NewGuid():N}";
        await shop.Execute($"create role {role} login password 'x'; grant usage on schema bus to {role}; grant insert on bus.shop, bus.shop_scheduled to {role}");
        await using var sender = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { Username = role, Password = "x" }.ConnectionString);
        var queue = new QueueSql("bus", "shop");

        await new OwnChannel(sender).WriteAsync([queue.Send([RawMessages.Envelope(new Leave("sent", 1)), RawMessages.Envelope(new Leave("sent", 2))])], false, default);
        var timer = RawMessages.Envelope(new Leave("timer", 1));
        timer.ScheduledTime = Noon.AddYears(100);
        await new OwnChannel(sender).WriteAsync([queue.Schedule([timer])], false, default);
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == 2);

        foreach (var forbidden in new[] { "select * from bus.shop", "delete from bus.shop", "update bus.shop set slot = 1", "insert into bus.shop_dead_letters default values", "select nextval('bus.shop_id_seq')" })
            (await Should.ThrowAsync<PostgresException>(() => sender.CreateCommand(forbidden).ExecuteNonQueryAsync())).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }
}

/// <summary>Messages put into a queue by hand, as another service or an older version would.</summary>
internal static class RawMessages
{
    public static Envelope Envelope(object message, string tenant = Shop.Tenant, string? group = null)
    {
        var envelope = new Envelope
        {
            MessageType = message.GetType().FullName,
            TenantId = tenant,
            GroupId = group ?? (message as Leave)?.Group,
            SentAt = TimeProvider.System.GetUtcNow(),
            Data = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(message, message.GetType()),
        };
        envelope.Slot = Slots.Of(tenant, envelope.GroupId, envelope.Id);
        return envelope;
    }

    /// <summary>Inserts on the given connection, inside its transaction if it has one.</summary>
    public static async Task Insert(NpgsqlConnection connection, string queue, params Envelope[] envelopes)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new QueueSql("bus", queue).Send(envelopes) } };
        await batch.ExecuteNonQueryAsync();
    }

    public static async Task Insert(string connectionString, string queue, params Envelope[] envelopes)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await Insert(connection, queue, envelopes);
    }
}
