using System.Globalization;
using Npgsql;

namespace Engagement.Hosting;

/// <summary>A PostgreSQL server: the configured one (<c>ConnectionStrings:{name}</c>), or an <see cref="EmbeddedPostgres"/>.</summary>
public sealed class PostgresServerResource : Resource, IResourceWithConnectionString
{
    private readonly TaskCompletionSource<string> connectionString = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, string> databases = [];

    internal PostgresServerResource(string name, ParameterResource password, int? port) : base(name)
    {
        PasswordParameter = password;
        Port = port;
    }

    public ParameterResource PasswordParameter { get; }

    /// <summary>Database name by resource name.</summary>
    public IReadOnlyDictionary<string, string> Databases => databases;

    internal int? Port { get; }

    internal bool KeepsData { get; set; }

    /// <inheritdoc/>
    public async ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        await connectionString.Task.WaitAsync(cancellationToken);

    async ValueTask<ConnectionProperties> IResourceWithConnectionString.ConnectAsync(IResource consumer, CancellationToken ct) =>
        ConnectionProperties.From(new NpgsqlConnectionStringBuilder(await GetConnectionStringAsync(ct)));

    internal void AddDatabase(PostgresDatabaseResource database) => databases.Add(database.Name, database.DatabaseName);

    internal void RunsAt(string connection) => connectionString.TrySetResult(connection);
}

/// <summary>A database, created when it is missing.</summary>
public sealed class PostgresDatabaseResource : Resource, IResourceWithConnectionString, IResourceWithParent<PostgresServerResource>
{
    internal PostgresDatabaseResource(string name, string databaseName, PostgresServerResource parent) : base(name)
    {
        DatabaseName = databaseName;
        Parent = parent;
    }

    public string DatabaseName { get; }

    /// <inheritdoc/>
    public PostgresServerResource Parent { get; }

    /// <inheritdoc/>
    public async ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        (await AdministratorAsync(cancellationToken)).ConnectionString;

    /// <summary>
    /// Unlike Aspire, which hands everyone the administrator: the consumer's own role, called as it is, with the password of
    /// <see cref="DatabaseRoles"/>.
    /// </summary>
    async ValueTask<ConnectionProperties> IResourceWithConnectionString.ConnectAsync(IResource consumer, CancellationToken ct)
    {
        var connection = await AdministratorAsync(ct);
        connection.Password = DatabaseRoles.Password(connection.Password ?? "", consumer.Name);
        connection.Username = consumer.Name;
        return ConnectionProperties.From(connection);
    }

    private async Task<NpgsqlConnectionStringBuilder> AdministratorAsync(CancellationToken ct) =>
        new(await Parent.GetConnectionStringAsync(ct)) { Database = DatabaseName };
}

/// <summary>A connection string, and its parts for those who don't read such.</summary>
internal sealed record ConnectionProperties(string ConnectionString, IReadOnlyDictionary<string, string> Parts)
{
    public static ConnectionProperties From(NpgsqlConnectionStringBuilder connection)
    {
        var host = connection.Host ?? "";
        var port = connection.Port.ToString(CultureInfo.InvariantCulture);
        var user = connection.Username ?? "";
        var password = connection.Password ?? "";
        var uri = $"postgresql://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@{host}:{port}";
        var parts = new Dictionary<string, string> { ["HOST"] = host, ["PORT"] = port, ["USERNAME"] = user, ["PASSWORD"] = password };
        if (connection.Database is { } database)
        {
            parts["DATABASENAME"] = database;
            uri += $"/{Uri.EscapeDataString(database)}";
        }
        parts["URI"] = uri;
        return new ConnectionProperties(connection.ConnectionString, parts);
    }
}

/// <summary>Adds PostgreSQL.</summary>
public static class PostgresBuilderExtensions
{
    /// <summary>Adds a server.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">Its name, and that of its connection string.</param>
    /// <param name="password">The administrator's password; by default a secret <c>{name}-password</c>.</param>
    /// <param name="port">By default one that stays the same from run to run where it is free.</param>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource>? password = null, int? port = null) =>
        builder.AddResource(new PostgresServerResource(name, (password ?? builder.AddParameter($"{name}-password", secret: true)).Resource, port));

    /// <summary>Keeps the data from run to run, in <c>.engagement/{name}</c>; without it they are removed at the end.</summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(this IResourceBuilder<PostgresServerResource> builder)
    {
        builder.Resource.KeepsData = true;
        return builder;
    }

    /// <summary>Adds a database to the server; <paramref name="databaseName"/> is <paramref name="name"/> by default.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
        builder.Resource.AddDatabase(database);
        return builder.ApplicationBuilder.AddResource(database);
    }
}
