using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Engagement.Contracts;
using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Engagement.Testing;

/// <summary>A message in a queue, as its sender stored it.</summary>
public sealed record QueuedMessage(string Tenant, string? Group, string? ParentId, DateTimeOffset? Due, object Message);

/// <summary>
/// A service's own program in this process, on a new database of its own. Its two clocks stand still until a test moves them: move the clock,
/// <see cref="Drain"/>, assert. Thread-safe.
/// </summary>
public sealed partial class ServiceHost : IAsyncDisposable
{
    public const string Tenant = "demo";

    public const string PageKey = "a key for the tests' pages";

    /// <summary>Of internal calls.</summary>
    public const string Secret = "a secret for the tests' internal calls";

    /// <summary>Generous: it says that something never comes, not that it is slow.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan DeliveriesPoll = new DeliveryWorkerOptions().Poll;

    private readonly ServiceModel _model;
    private readonly NpgsqlDataSource _database;
    private readonly Ending _ending = new();

    private ServiceHost(ServiceModel model, string connectionString, string keysConnectionString, TestClock clock, TestClock real)
    {
        (_model, ConnectionString, KeysConnectionString, Clock, Real) = (model, connectionString, keysConnectionString, clock, real);
        _database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "test", MaxPoolSize = 20 });
    }

    /// <summary>The superuser's, on the service's database.</summary>
    public string ConnectionString { get; }

    /// <summary>The superuser's, on the database of the customers' keys.</summary>
    public string KeysConnectionString { get; }

    /// <summary>The clock of the domain.</summary>
    public TestClock Clock { get; }

    /// <summary>The clock on the wall, for leases, retries of deliveries and signatures. The queue's own retries take the machine's.</summary>
    public TestClock Real { get; }

    public LogLines Logs { get; } = new();

    /// <summary>A folder of its own (<c>Engagement:Home</c>), deleted at the end.</summary>
    public string Home { get; } = Directory.CreateTempSubdirectory("engagement-home-").FullName;

    public IServiceProvider Services { get; private set; } = null!;

    /// <summary>Calls the service over HTTP, unsigned.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>Starts the program.</summary>
    /// <param name="services">Registers what a test puts in the place of the program's own.</param>
    /// <param name="environment">In <c>Development</c> there is the movable clock's script too; time is <see cref="Clock"/>'s all the same.</param>
    /// <param name="settings">Beside those that every host has.</param>
    /// <param name="beside">Another instance of the service: they share the database and the clocks.</param>
    public static async Task<ServiceHost> Open<TProgram>(
        PostgresFixture postgres, ServiceModel model, Action<IServiceCollection>? services = null, string environment = "Testing",
        IEnumerable<(string Name, string Value)>? settings = null, ServiceHost? beside = null) where TProgram : class
    {
        var host = beside is null
            ? new ServiceHost(model, await postgres.CreateDatabaseAsync(), await postgres.CreateDatabaseAsync(), new(), new())
            : new ServiceHost(model, beside.ConnectionString, beside.KeysConnectionString, beside.Clock, beside.Real);
        try
        {
            if (beside is null) await host.MakeTables(environment);
            await host.Start<TProgram>(environment, services, settings ?? []);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends messages to the service's queue, as another service would, one commit each.</summary>
    public Task Tell(params object[] messages) => TellFor(Tenant, messages);

    public async Task TellFor(string tenant, params object[] messages)
    {
        await using var scope = Services.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        bus.TenantId = tenant;
        foreach (var message in messages) await bus.PublishAsync(message);
    }

    /// <summary>
    /// Waits until nothing is left to do: no message, no retry, no timer due on <see cref="Clock"/>, no delivery. Where a delivery waits to be tried again,
    /// <see cref="Real"/> goes on to that time.
    /// </summary>
    /// <exception cref="TimeoutException">Not within a minute; the message says what is left and which warnings were logged.</exception>
    public async Task Drain()
    {
        Work? undone = null;
        await Until(
            async () =>
            {
                undone = await Undone();
                if (undone is { OnlyRetries: true, NextAttempt: { } next })
                {
                    if (next > Real.GetUtcNow()) Real.AdvanceTo(next);
                    Real.Advance(DeliveriesPoll);   // they are looked for by polling
                }

                return undone.Count == 0;
            },
            () => $"nothing is left of {undone}");
    }

    /// <summary>Waits for what the service does by itself; asked every few milliseconds.</summary>
    /// <exception cref="TimeoutException">Not within a minute.</exception>
    public Task Until(Func<Task<bool>> condition, string what) => Until(condition, () => what);

    /// <summary>The request with the signature of one of our own processes.</summary>
    public HttpRequestMessage Sign(HttpMethod method, string path, string tenant = Tenant)
    {
        ArgumentNullException.ThrowIfNull(method);
        var request = new HttpRequestMessage(method, path).ForTenant(tenant);
        request.Headers.Add(InternalSignature.Header, new InternalSignature(Secret).Sign(method.Method, path, tenant, Real.GetUtcNow()));
        return request;
    }

    /// <summary>Asks the service, as one of our own processes.</summary>
    /// <exception cref="HttpRequestException">The answer was no success.</exception>
    public async Task<T> Get<T>(string path, string tenant = Tenant)
    {
        using var answer = await Client.SendAsync(Sign(HttpMethod.Get, path, tenant));
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<T>(HttpJson.Options))!;
    }

    /// <summary>A stream's events in order.</summary>
    public async Task<IReadOnlyList<object>> Stream(string key, string tenant = Tenant)
    {
        await using var session = Services.GetRequiredService<IDocumentStore>().QuerySession(tenant);
        return [.. (await session.Events.FetchStreamAsync(key)).Select(e => e.Data)];
    }

    /// <summary>A snapshot or document, or null.</summary>
    public async Task<T?> Load<T>(string id, string tenant = Tenant) where T : class
    {
        await using var session = Services.GetRequiredService<IDocumentStore>().QuerySession(tenant);
        return await session.LoadAsync<T>(id);
    }

    public async Task Store<T>(T document, string tenant = Tenant) where T : class
    {
        await using var session = Services.GetRequiredService<IDocumentStore>().LightweightSession(tenant);
        session.Store(document);
        await session.SaveChangesAsync();
    }

    /// <summary>What waits in another service's queue, in the order it was sent: nobody takes it here.</summary>
    public Task<IReadOnlyList<QueuedMessage>> SentTo(string queue) =>
        Queued($"select tenant, group_id, parent_id, due, message_type, body from bus.{queue} order by id");

    /// <summary>The timers that the service has set and that aren't due yet.</summary>
    public Task<IReadOnlyList<QueuedMessage>> Timers() =>
        Queued($"select tenant, group_id, parent_id, due, message_type, body from bus.{_model.Name}_scheduled order by due, id");

    public async Task<T> Scalar<T>(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task Execute(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>From now on every row that is written is kept for <see cref="Dump"/>, also when it is deleted or changed later.</summary>
    public async Task KeepEveryRow()
    {
        var tables = await Tables();
        await Execute("""
            create table public.written (row text not null);
            create function public.keep() returns trigger language plpgsql as $$
            begin
                insert into public.written values (to_jsonb(new)::text);
                return null;
            end $$;
            """);
        foreach (var table in tables) await Execute($"create trigger keep after insert or update on {table} for each row execute function public.keep()");
    }

    /// <summary>Every column of every row in the schemas of the service and of the queues, bytes read as UTF-8.</summary>
    public async Task<string> Dump()
    {
        var dump = new StringBuilder();
        foreach (var table in await Tables())
        {
            await using var rows = _database.CreateCommand($"select to_jsonb(t)::text from {table} t");
            await using var reader = await rows.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                dump.AppendLine(Bytes().Replace(reader.GetString(0), bytes => Encoding.UTF8.GetString(Convert.FromHexString(bytes.Groups[1].Value))));
        }

        return dump.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (Services?.GetService<IHostApplicationLifetime>() is { } lifetime)
        {
            // Not by the factory's own disposal: it stops the host a second time while the program, which was told to end, disposes it.
            lifetime.StopApplication();
            await _ending.Task.WaitAsync(Limit, TimeProvider.System);
            Client.Dispose();
        }

        await _database.DisposeAsync();
        Directory.Delete(Home, recursive: true);
    }

    private async Task Until(Func<Task<bool>> condition, Func<string> what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            if (limit.IsCancellationRequested) throw new TimeoutException($"It did not come about: {what()}.\n{string.Join('\n', Logs.Warnings)}");
            await Task.Delay(Poll, TimeProvider.System);
        }
    }

    private async Task MakeTables(string environment)
    {
        await using (var keys = NpgsqlDataSource.Create(KeysConnectionString))
        await using (var create = keys.CreateCommand(SqlScripts.Keys)) await create.ExecuteNonQueryAsync();
        if (_model.HasDeliveries) await Execute($"create schema {_model.Name};\n{SqlScripts.Deliveries(_model.Name)}");
        if (environment == "Development") await Execute(SqlScripts.Clock);
        _database.Clear();   // a test may take the database away, and its connections with it
    }

    private async Task Start<TProgram>(
        string environment, Action<IServiceCollection>? services, IEnumerable<(string Name, string Value)> settings) where TProgram : class
    {
        var factory = new Factory<TProgram>(builder =>
        {
            builder.UseEnvironment(environment).UseContentRoot(Home);
            builder.UseSetting($"ConnectionStrings:{EventSourcing.ConnectionName}", ConnectionString);
            builder.UseSetting($"ConnectionStrings:{PersonalDataRegistration.ConnectionName}", KeysConnectionString);
            builder.UseSetting(MasterKey.Setting, "a master key for the tests");
            builder.UseSetting(InternalSignature.Setting, Secret);
            builder.UseSetting("Engagement:Home", Home);
            builder.UseSetting(PageLinks.KeySetting, PageKey);
            foreach (var (name, value) in settings) builder.UseSetting(name, value);
            builder.ConfigureTestServices(registered =>
            {
                registered.Insert(0, ServiceDescriptor.Singleton<IHostedService>(_ => _ending));
                registered.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
                registered.Replace(ServiceDescriptor.Singleton(new RealTime(Real)));
                registered.AddLogging(logging => logging.ClearProviders().AddProvider(Logs).AddFilter<LogLines>(null, LogLevel.Debug));
                services?.Invoke(registered);
            });
        });
        factory.UseKestrel(0);
        await Task.Run(factory.StartServer);   // it starts the host synchronously
        Services = factory.Services;
        Client = factory.CreateDefaultClient();
    }

    private async Task<IReadOnlyList<string>> Tables() => await Scalar<string[]>(
        $"""
        select array_agg(table_schema || '.' || table_name) from information_schema.tables
        where table_schema in ('{_model.Name}', 'bus') or table_name = 'written'
        """);

    private async Task<IReadOnlyList<QueuedMessage>> Queued(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var messages = new List<QueuedMessage>();
        while (await reader.ReadAsync())
        {
            messages.Add(new QueuedMessage(
                reader.GetString(0),
                await reader.IsDBNullAsync(1) ? null : reader.GetString(1),
                await reader.IsDBNullAsync(2) ? null : reader.GetString(2),
                await reader.IsDBNullAsync(3) ? null : await reader.GetFieldValueAsync<DateTimeOffset>(3),
                JsonSerializer.Deserialize(await reader.GetFieldValueAsync<byte[]>(5), TypeOf(reader.GetString(4)), StoredJson.Options)!));
        }

        return messages;
    }

    private Type TypeOf(string name) =>
        typeof(SendMessage).Assembly.GetType(name)
        ?? _model.Routes.Method.Module.Assembly.GetType(name)
        ?? throw new InvalidOperationException($"No {name} is known.");

    private async Task<Work> Undone()
    {
        var deliveries = _model.HasDeliveries
            ? $"{_model.Name}.deliveries"
            : "(select null::timestamptz lease_until, null::timestamptz due_at, 0 attempt where false)";
        const string waits = "lease_until is null and (attempt > 0 or due_at > $2)";   // it failed, or was postponed
        await using var look = _database.CreateCommand(
            $"""
            select (select count(*) from bus.{_model.Name}), (select count(*) from bus.{_model.Name}_retries),
                   (select count(*) from bus.{_model.Name}_scheduled where due <= $1),
                   (select count(*) from {deliveries} d), (select count(*) from {deliveries} d where {waits}), (select min(due_at) from {deliveries} d where {waits})
            """);
        look.Parameters.Add(new() { Value = Clock.GetUtcNow() });
        look.Parameters.Add(new() { Value = Real.GetUtcNow() });
        await using var reader = await look.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new Work(
            reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4),
            await reader.IsDBNullAsync(5) ? null : await reader.GetFieldValueAsync<DateTimeOffset>(5));
    }

    [GeneratedRegex(@"\\\\x([0-9a-f]+)")]
    private static partial Regex Bytes();

    private sealed record Work(long Messages, long Retries, long DueTimers, long Deliveries, long WaitingDeliveries, DateTimeOffset? NextAttempt)
    {
        public long Count => Messages + Retries + DueTimers + Deliveries;

        public bool OnlyRetries => Count == WaitingDeliveries;
    }

    /// <summary>The first of the hosted services to be made, and so the last to be disposed.</summary>
    private sealed class Ending : IHostedService, IAsyncDisposable
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Task => _disposed.Task;

        public Task StartAsync(CancellationToken cancellationToken) => System.Threading.Tasks.Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => System.Threading.Tasks.Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            _disposed.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Factory<TProgram>(Action<IWebHostBuilder> configure) : WebApplicationFactory<TProgram> where TProgram : class
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => configure(builder);
    }
}
