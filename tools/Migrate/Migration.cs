using Engagement.Bus;
using Engagement.Carts;
using Engagement.EventStore;
using Engagement.Gateway;
using Engagement.Hosting;
using Engagement.Messaging;
using Engagement.Orders;
using Engagement.ServiceDefaults;
using Engagement.Support;
using Npgsql;

namespace Engagement.Migrate;

/// <summary>Owns all schema changes, roles and grants.</summary>
public static class Migration
{
    public const string Database = "engagement";
    public const string KeysDatabase = "engagement_keys";
    private const long Lock = 0x6d696772617465;   // "migrate"

    /// <summary>Every service, by its one description.</summary>
    public static IReadOnlyList<ServiceModel> Services { get; } = [GatewayService.Model, OrdersService.Model, MessagingService.Model, SupportService.Model, CartsService.Model];

    /// <summary>What a service may do with the customers' keys; the others may do nothing.</summary>
    private static readonly Dictionary<string, string> KeyGrants = new()
    {
        [GatewayService.Model.Name] = "select, insert",
        [MessagingService.Model.Name] = "select, insert, delete",   // whoever tries a template has a key too; and it erases
    };

    /// <summary>Makes databases, schemas, roles and grants as this version needs them. Only adds: older services go on beside it.</summary>
    /// <param name="server">The administrator's connection string.</param>
    /// <param name="passwordOf">A role's password where it is set by hand; null derives it from the administrator's.</param>
    /// <param name="withMovableClock">Development only: the domain's clock can be moved.</param>
    /// <exception cref="ArgumentException">Neither the administrator nor a role has a password.</exception>
    public static async Task RunAsync(string server, Func<string, string?> passwordOf, bool withMovableClock, CancellationToken ct)
    {
        var admin = new NpgsqlConnectionStringBuilder(server) { Pooling = false };
        var passwords = Services.ToDictionary(s => s.Name, s => passwordOf(s.Name) ?? DatabaseRoles.Password(admin.Password ?? "", s.Name));
        await using (var connection = await Open(admin, admin.Database ?? "postgres", ct))
        {
            await CreateDatabase(connection, Database, ct);
            await CreateDatabase(connection, KeysDatabase, ct);
        }

        await using var engagement = await Open(admin, Database, ct);
        await Execute(engagement, $"select pg_advisory_lock({Lock})", ct);   // one migration at a time; ends with the connection
        await Execute(engagement, Schemas(withMovableClock), ct);
        await Execute(engagement, string.Concat(Services.Select(s => Roles.Create(s.Name, passwords[s.Name]))), ct);
        await Execute(engagement, Roles.Grants(Database, Services, withMovableClock), ct);

        await using var keys = await Open(admin, KeysDatabase, ct);
        await Execute(keys, SqlScripts.Keys + Roles.KeyGrants(KeysDatabase, KeyGrants), ct);
    }

    /// <summary>All tables of all services.</summary>
    private static string Schemas(bool withMovableClock)
    {
        var script = new System.Text.StringBuilder();
        foreach (var service in Services)
        {
            var options = new StoreOptions();
            service.Configure(options);
            SagaGraph.Keep(service.Assembly, options);
            script.AppendLine(EventSchema.Script(options));
            script.AppendLine(QueueSql.Script("bus", service.Name));
            if (service.HasDeliveries) script.AppendLine(SqlScripts.Deliveries(service.Name));
        }

        if (withMovableClock) script.AppendLine(SqlScripts.Clock).AppendLine(Overview.Script(Services));
        return script.ToString();
    }

    private static async Task CreateDatabase(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await exists.ExecuteScalarAsync(ct) is not null) return;
        try
        {
            await Execute(connection, $"create database {name}", ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another migration was first.
        }
    }

    private static async Task<NpgsqlConnection> Open(NpgsqlConnectionStringBuilder admin, string database, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(admin.ConnectionString) { Database = database }.ConnectionString);
        await connection.OpenAsync(ct);
        return connection;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
