using System.Collections.Concurrent;
using Engagement.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.Engine.Tests;

public sealed record ParcelPacked(string By, DateTimeOffset At);

public sealed record ParcelWeighed(int Grams);

/// <summary>A small aggregate for tests of the engine; its stream key is <c>parcel/{id}</c>.</summary>
public sealed record Parcel(string Id, string By, int Grams)
{
    public static Parcel Create(IEvent<ParcelPacked> e) => new(e.StreamKey!, e.Data.By, 0);

    public Parcel Apply(ParcelWeighed e) => this with { Grams = Grams + e.Grams };
}

public sealed record WeighParcel(string Parcel, int Grams);

public sealed record TellWeight(string Parcel);

public sealed record ParcelTooHeavy(string Parcel, int Grams);

public static class WeighParcelHandler
{
    public static async Task<OutgoingMessages> Handle(WeighParcel message, IDocumentSession session, TimeProvider clock, CancellationToken ct)
    {
        if (message.Grams < 0) throw new InvalidOperationException("A parcel weighs something.");
        var stream = await session.Events.FetchForWriting<Parcel>($"parcel/{message.Parcel}", ct);
        if (stream.Aggregate is null) stream.AppendOne(new ParcelPacked("ada", clock.GetUtcNow()));
        stream.AppendOne(new ParcelWeighed(message.Grams));
        var grams = (stream.Aggregate?.Grams ?? 0) + message.Grams;
        return grams > 1000 ? [new ParcelTooHeavy(message.Parcel, grams)] : [];
    }
}

public static class TellWeightHandler
{
    public static async Task<int> Handle(TellWeight message, IDocumentSession session, CancellationToken ct) =>
        (await session.Events.FetchLatest<Parcel>($"parcel/{message.Parcel}", ct))?.Grams ?? 0;
}

public sealed record HeavyParcel(string Id, int Grams);

public static class ParcelTooHeavyHandler
{
    public static void Handle(ParcelTooHeavy message, IDocumentSession session) => session.Store(new HeavyParcel(message.Parcel, message.Grams));
}

/// <summary>A message that does what the test says.</summary>
public sealed record Act(string Name, int No = 0, string? Group = null);

/// <summary>What handling an <see cref="Act"/> does; what it returns cascades.</summary>
public delegate Task<object?> Behaviour(Act message, IDocumentSession session, IMessageContext bus, Envelope envelope);

public sealed class Behaviours : ConcurrentDictionary<string, Behaviour>;

public static class ActHandler
{
    public static Task<object?> Handle(Act message, IDocumentSession session, IMessageContext bus, Envelope envelope, Behaviours behaviours) =>
        behaviours[message.Name](message, session, bus, envelope);
}

/// <summary>Leaves one row in the table <c>effects</c>, each time it is handled to the end.</summary>
public sealed record Leave(string Group, int No);

public static class LeaveHandler
{
    public static void Handle(Leave message, IDocumentSession session, Envelope envelope, Behaviours behaviours)
    {
        if (behaviours.TryGetValue("leave", out var before)) before(new Act("leave", message.No, message.Group), session, null!, envelope);
        session.Leave(message.Group, message.No);
    }
}

internal static class Effects
{
    public const string Table =
        """
        do $$ begin
            create table if not exists effects (id bigserial primary key, tenant varchar not null, grp varchar not null, no integer not null);
        exception when unique_violation or duplicate_object or duplicate_table then   -- another host makes it
        end $$
        """;

    public static void Leave(this IDocumentSession session, string group, int no) =>
        session.QueueSqlCommand("insert into effects (tenant, grp, no) values (?, ?, ?)", session.TenantId, group, no);
}

/// <summary>Keeps the log lines of a host, for a test to read.</summary>
internal sealed class LogLines : ConcurrentQueue<string>, ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Enqueue($"{logLevel}: {formatter(state, exception)}");

    public void Dispose()
    {
    }
}

/// <summary>How a <see cref="Shop"/> is set up.</summary>
internal sealed record ShopOptions(string ConnectionString)
{
    /// <summary>The service's name and its queue.</summary>
    public string Name { get; init; } = "shop";

    public TimeProvider? Clock { get; init; }

    public Action<WolverineOptions>? Bus { get; init; }

    public Action<StoreOptions>? Store { get; init; }

    public Action<IServiceCollection>? Services { get; init; }

    public Action<WebApplication>? Routes { get; init; }

    public Behaviours Behaviours { get; init; } = [];

    /// <summary>How long until the queue is looked at without being woken.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>A host with the store and the bus on a database of its own.</summary>
internal sealed class Shop(WebApplication app, ShopOptions options, LogLines log) : IAsyncDisposable
{
    public const string Tenant = "demo";

    /// <summary>Longer than any test takes: what happens in time was woken.</summary>
    public static readonly TimeSpan Never = TimeSpan.FromMinutes(5);

    private readonly string _queue = $"bus.{options.Name}";

    public string ConnectionString => options.ConnectionString;

    public IServiceProvider Services => app.Services;

    public Uri Url => new(app.Urls.First());

    public Behaviours Behaviours => options.Behaviours;

    public LogLines Log => log;

    public IDocumentStore Store => app.Services.GetRequiredService<IDocumentStore>();

    public static Task<Shop> Open(string connectionString, TimeProvider? clock = null, Action<WolverineOptions>? configure = null) =>
        Open(new ShopOptions(connectionString) { Clock = clock, Bus = configure });

    public static async Task<Shop> Open(ShopOptions options)
    {
        await Execute(options.ConnectionString, Effects.Table);
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var log = new LogLines();
        builder.Logging.AddProvider(log);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSingleton(options.Clock ?? TimeProvider.System);
        builder.Services.AddSingleton(options.Behaviours);
        options.Services?.Invoke(builder.Services);
        builder.Services.AddMarten(store =>
            {
                store.Connection(options.ConnectionString);
                store.DatabaseSchemaName = options.Name;
                store.Projections.Snapshot<Parcel>(SnapshotLifecycle.Inline);
                store.Schema.For<HeavyParcel>().Index(p => p.Grams);
                store.Schema.For<Bus.Reminded>();
                options.Store?.Invoke(store);
            })
            .ApplyAllDatabaseChangesOnStartup()
            .IntegrateWithWolverine();
        builder.UseWolverine(bus =>
        {
            bus.ServiceName = options.Name;
            bus.Durability.ScheduledJobPollingTime = options.Poll;
            bus.MessagePartitioning.ByMessage<WeighParcel>(m => m.Parcel).ByMessage<Act>(m => m.Group!).ByMessage<Leave>(m => m.Group);
            options.Bus?.Invoke(bus);
        });
        var app = builder.Build();
        options.Routes?.Invoke(app);
        await app.StartAsync();
        return new Shop(app, options, log);
    }

    public async Task<T> WithBus<T>(Func<IMessageBus, Task<T>> use, string tenant = Tenant)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        bus.TenantId = tenant;
        return await use(bus);
    }

    public Task Publish(params object[] messages) => PublishAs(Tenant, messages);

    public Task PublishAs(string tenant, params object[] messages) => WithBus(async bus =>
    {
        foreach (var message in messages) await bus.PublishAsync(message);
        return 0;
    }, tenant);

    /// <summary>Sends all in one commit.</summary>
    public Task PublishTogether(string tenant, IEnumerable<object> messages)
    {
        var name = $"send {Guid.NewGuid()}";
        Behaviours[name] = (_, _, _, _) => Task.FromResult<object?>(messages);
        return Invoke(new Act(name), tenant);
    }

    public Task Invoke(object message, string tenant = Tenant) => WithBus(async bus =>
    {
        await bus.InvokeAsync(message);
        return 0;
    }, tenant);

    public Task<T> Scalar<T>(string sql) => Scalar<T>(ConnectionString, sql);

    /// <summary>The first column of every row.</summary>
    public async Task<List<T>> Column<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var column = new List<T>();
        while (await reader.ReadAsync()) column.Add(reader.GetFieldValue<T>(0));
        return column;
    }

    public Task Execute(string sql) => Execute(ConnectionString, sql);

    public static async Task<T> Scalar<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public static async Task Execute(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Until nothing waits but for the clock.</summary>
    public Task Drain(int seconds = 60) => Until(async () => await Scalar<long>($"select (select count(*) from {_queue}) + (select count(*) from {_queue}_retries)") == 0, seconds);

    public static async Task Until(Func<Task<bool>> condition, int seconds = 60)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition()) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
