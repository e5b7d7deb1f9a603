using Engagement.Hosting;
using Engagement.Migrate;
using Engagement.Testing;
using Npgsql;

namespace Engagement.Tools.Tests.Migrate;

[CollectionDefinition(Name)]
public sealed class OneServer : ICollectionFixture<PostgresFixture>
{
    public const string Name = "one server";
}

/// <summary>What Migrate makes of a server: one set of databases and roles, so its tests take turns.</summary>
internal static class MigratedServer
{
    public static Task MigrateAsync(this PostgresFixture server, bool development = true, Func<string, string?>? passwordOf = null) =>
        Migration.RunAsync(server.ConnectionString, passwordOf ?? (_ => null), development, TestContext.Current.CancellationToken);

    /// <summary>As the administrator.</summary>
    public static Task<NpgsqlConnection> OpenAsync(this PostgresFixture server, string database = Migration.Database) =>
        OpenAsync(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = database });

    /// <summary>As a service.</summary>
    public static Task<NpgsqlConnection> OpenAsAsync(this PostgresFixture server, string role, string database = Migration.Database, string? password = null)
    {
        var admin = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        return OpenAsync(new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            Database = database, Username = role, Password = password ?? DatabaseRoles.Password(admin.Password!, role),
        });
    }

    /// <summary>Takes everything away that Migrate has made.</summary>
    public static async Task ResetAsync(this PostgresFixture server)
    {
        await using var admin = await server.OpenAsync("postgres");
        foreach (var database in new[] { Migration.Database, Migration.KeysDatabase })
            await admin.ExecuteAsync($"drop database if exists {database} with (force)");
        foreach (var service in Migration.Services)
            await admin.ExecuteAsync($"drop role if exists {service.Name}");
    }

    public static async Task ExecuteAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Whether the statement may be run; what it would do is undone.</summary>
    public static async Task<bool> MayAsync(this NpgsqlConnection connection, string sql)
    {
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        try
        {
            await connection.ExecuteAsync(sql);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.NotNullViolation)
        {
            return true;   // allowed, only not with these values
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder settings)
    {
        settings.Pooling = false;
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
