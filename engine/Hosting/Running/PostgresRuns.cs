using System.Globalization;
using Npgsql;

namespace Engagement.Hosting;

/// <summary>Runs the server, or finds the configured one; starts it again when it dies.</summary>
internal sealed class PostgresServerRun(PostgresServerResource resource, Session session) : ResourceRun(resource, resource.Name, session)
{
    /// <summary>Away from 5432, which another PostgreSQL often has.</summary>
    private const int PreferredPort = 15432;

    private EmbeddedPostgres? server;
    private string? url;

    public override string? Url => url;

    protected override async Task RunAsync(CancellationToken ct)
    {
        Enter(KnownResourceStates.Starting);
        if (Session.Configuration[$"ConnectionStrings:{resource.Name}"] is { } configured)
        {
            await ConnectAsync(configured, ct);
            return;
        }

        using var log = Session.OpenLog(resource.Name);
        var options = new EmbeddedPostgresOptions
        {
            DataFolder = Path.Combine(Session.Home.Folder, resource.Name),
            Password = (await resource.PasswordParameter.GetValueAsync(ct))!,
            Port = Session.Options.Isolated ? 0 : resource.Port ?? 0,
            PreferredPort = Session.Options.Isolated ? 0 : PreferredPort,
            Log = log.Write,
        };
        var delay = new RestartDelay();
        while (true)
        {
            delay.Started();
            server = await EmbeddedPostgres.StartAsync(options, ct);
            if (ct.IsCancellationRequested)
                await server.StopAsync();
            url = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{server.Port}");
            Session.Home.Set(resource.Name, await server.ProcessId, "INT", url);
            resource.RunsAt(server.ConnectionString);
            Enter(KnownResourceStates.Running);

            var code = await server.Exited;
            Session.Home.Remove(resource.Name);
            if (ct.IsCancellationRequested)
                break;
            Enter(KnownResourceStates.Exited);
            log.Write($"PostgreSQL ended by itself with code {code}; it is started again.");
            await Task.Delay(delay.Next(), TimeProvider.System, ct);
            options = options with { Port = server.Port }; // the services know this one
            Enter(KnownResourceStates.Starting);
        }
        if (!resource.KeepsData || Session.Options.Temporary)
            Directory.Delete(server.DataFolder, recursive: true);
        Enter(KnownResourceStates.Finished);
    }

    protected override async Task StopCoreAsync()
    {
        if (server is null)
            return;
        Enter(KnownResourceStates.Stopping);
        await server.StopAsync();
    }

    private async Task ConnectAsync(string configured, CancellationToken ct)
    {
        try
        {
            await using var connection = await EmbeddedPostgres.OpenAsync(configured, ct);
            url = string.Create(CultureInfo.InvariantCulture, $"{connection.Host}:{connection.Port}");
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException)
        {
            throw new DistributedApplicationException($"The PostgreSQL of ConnectionStrings:{resource.Name} can't be reached: {e.Message}", e);
        }
        resource.RunsAt(configured);
        Enter(KnownResourceStates.Running);
    }
}

/// <summary>Creates the databases of a server, one after the other: they are copies of one template.</summary>
internal sealed class PostgresDatabaseRun(PostgresDatabaseResource resource, PostgresDatabaseRun? before, Session session) : ResourceRun(resource, resource.Name, session)
{
    public override IEnumerable<string> Blockers => Session.RunsOf(resource.Parent).Where(server => !server.Healthy.IsCompleted).Select(server => server.Name);

    protected override async Task RunAsync(CancellationToken ct)
    {
        Enter(KnownResourceStates.Waiting);
        var administrator = await resource.Parent.GetConnectionStringAsync(ct);
        if (before is not null)
            await before.Healthy.WaitAsync(ct);
        Enter(KnownResourceStates.Starting);
        try
        {
            await using var connection = await EmbeddedPostgres.OpenAsync(administrator!, ct);
            await EmbeddedPostgres.CreateDatabaseAsync(connection, resource.DatabaseName, ct);
        }
        catch (NpgsqlException e)
        {
            throw new DistributedApplicationException($"The database {resource.DatabaseName} can't be created: {e.Message}", e);
        }
        Enter(KnownResourceStates.Running);
    }
}
