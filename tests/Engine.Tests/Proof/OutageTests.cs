using System.Collections.Concurrent;
using Engagement.Engine.Tests.Hosting;
using Engagement.Hosting;
using Engagement.ProofHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Engagement.Engine.Tests.Proof;

[Trait("Category", "Long")]
public sealed class OutageTests
{
    private const int Messages = 2000;
    private const int Senders = 4;

    [Fact]
    public async Task PostgreSQL_that_crashes_and_cuts_connections_under_load_loses_nothing_and_doubles_nothing()
    {
        using var folder = new ScratchFolder();
        var options = new EmbeddedPostgresOptions
        {
            DataFolder = folder["data"],
            Password = "proof",
            Port = LocalPorts.FindFree(),
            Settings = new Dictionary<string, string> { ["fsync"] = "off", ["shared_buffers"] = "32MB" },
        };
        var server = await EmbeddedPostgres.StartAsync(options);
        try
        {
            // Ours has no pool: it would hand out connections of the server that crashed.
            var database = new ProofDatabase(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
            await database.Execute(Left.Table);
            using var one = ProofService.Build(server.ConnectionString);
            using var two = ProofService.Build(server.ConnectionString);
            await one.StartAsync();
            await two.StartAsync();
            var (sent, unknown) = (new ConcurrentBag<int>(), new ConcurrentBag<int>());
            var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(() => Send(sender % 2 == 0 ? one : two, sender))).ToArray();

            for (var round = 1; round <= 2; round++)
            {
                await Progress(database, 150);
                await Cut(database);
                await Progress(database, 150);
                await Command.RunAsync(["kill", "-QUIT", $"{await server.ProcessId}"], default);   // an immediate stop: no checkpoint, no farewell
                await server.Exited;
                server = await EmbeddedPostgres.StartAsync(options);
            }

            await Task.WhenAll(senders);
            await database.Drained(60);
            var doubtful = await Found(database, unknown);
            database.Expect(sent.Concat(doubtful));
            await database.EachEffectStandsOnce();
            (sent.Count + unknown.Count).ShouldBe(Messages);
            unknown.ShouldNotBeEmpty();   // it hit somebody
            await one.StopAsync();
            await two.StopAsync();

            async Task Send(IHost host, int sender)
            {
                for (var no = sender + 1; no <= Messages; no += Senders)
                {
                    try
                    {
                        await using var scope = host.Services.CreateAsyncScope();
                        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
                        bus.TenantId = ProofService.Tenant;
                        await bus.PublishAsync(new Pack($"b{no % 40}", no));
                        sent.Add(no);
                    }
                    catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
                    {
                        unknown.Add(no);   // a sender that hears nothing can't know
                        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
                    }
                }
            }
        }
        finally
        {
            await server.DisposeAsync();
            if (Directory.Exists(server.DataFolder)) Directory.Delete(server.DataFolder, recursive: true);
        }
    }

    private static async Task Progress(ProofDatabase database, int by)
    {
        var before = await Handled(database);
        await Shop.Until(async () => await Handled(database) >= before + by);
    }

    private static Task<long> Handled(ProofDatabase database) => Shop.Scalar<long>(database.ConnectionString, "select count(*) from effects");

    private static Task Cut(ProofDatabase database) =>
        database.Execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'proof'");

    /// <summary>Which of these have arrived all the same.</summary>
    private static async Task<int[]> Found(ProofDatabase database, IEnumerable<int> doubtful)
    {
        var list = string.Join(", ", doubtful.Append(0));
        return await Shop.Scalar<int[]>(
            database.ConnectionString,
            $"select coalesce(array_agg(distinct (data ->> 'No')::int), '{{}}') from proof.mt_events where (data ->> 'No')::int in ({list})");
    }
}
