using System.Net;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Engagement.ServiceDefaults.Tests;

public sealed class HealthTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Not_ready_is_alive_and_names_what_it_waits_for()
    {
        await using var host = await TestHost.StartAsync();
        var readiness = host.App.Services.GetRequiredService<Readiness>();
        readiness.WaitFor("queues");

        (await Get(host, "/alive")).ShouldBe((HttpStatusCode.OK, "Healthy"));
        (await Get(host, "/health")).ShouldBe((HttpStatusCode.ServiceUnavailable, "Unhealthy\nready: waiting for queues"));

        readiness.Done("queues");
        (await Get(host, "/health")).ShouldBe((HttpStatusCode.OK, "Healthy"));
    }

    [Fact]
    public async Task A_registered_database_is_asked()
    {
        var database = await postgres.CreateDatabaseAsync();

        await using (var up = await TestHost.StartAsync(builder => builder.Services.AddSingleton(NpgsqlDataSource.Create(database))))
        {
            (await Get(up, "/health")).ShouldBe((HttpStatusCode.OK, "Healthy"));
        }

        await using var down = await TestHost.StartAsync(builder => builder.Services.AddSingleton(NpgsqlDataSource.Create(database.Replace("test_", "gone_", StringComparison.Ordinal))));
        (await Get(down, "/health")).ShouldBe((HttpStatusCode.ServiceUnavailable, "Unhealthy\npostgres: the database doesn't answer"));
        (await Get(down, "/alive")).ShouldBe((HttpStatusCode.OK, "Healthy"));
    }

    private static async Task<(HttpStatusCode, string)> Get(TestHost host, string path)
    {
        using var answer = await host.Client.GetAsync(new Uri(path, UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
