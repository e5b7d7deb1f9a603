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

/// <summary>A host with the store and the bus on a database of its own.</summary>
internal sealed class Shop(WebApplication app, string connectionString) : IAsyncDisposable
{
    public const string Tenant = "demo";

    public string ConnectionString { get; } = connectionString;

    public IServiceProvider Services => app.Services;

    public IDocumentStore Store => app.Services.GetRequiredService<IDocumentStore>();

    public static async Task<Shop> Open(string connectionString, TimeProvider? clock = null, Action<WolverineOptions>? configure = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.AddMarten(options =>
            {
                options.Connection(connectionString);
                options.DatabaseSchemaName = "shop";
                options.Projections.Snapshot<Parcel>(SnapshotLifecycle.Inline);
                options.Schema.For<HeavyParcel>().Index(p => p.Grams);
                options.Schema.For<Bus.Reminded>();
            })
            .ApplyAllDatabaseChangesOnStartup()
            .IntegrateWithWolverine();
        builder.UseWolverine(options =>
        {
            options.ServiceName = "shop";
            options.MessagePartitioning.ByMessage<WeighParcel>(m => m.Parcel);
            configure?.Invoke(options);
        });
        var app = builder.Build();
        await app.StartAsync();
        return new Shop(app, connectionString);
    }

    public async Task<T> WithBus<T>(Func<IMessageBus, Task<T>> use, string tenant = Tenant)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        bus.TenantId = tenant;
        return await use(bus);
    }

    public Task Publish(params object[] messages) => WithBus(async bus =>
    {
        foreach (var message in messages) await bus.PublishAsync(message);
        return 0;
    });

    public async Task<T> Scalar<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public Task Drain() => Until(async () => await Scalar<long>("select (select count(*) from bus.shop) + (select count(*) from bus.shop_retries)") == 0);

    public static async Task Until(Func<Task<bool>> condition, int seconds = 20)
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
