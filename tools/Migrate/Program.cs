using Engagement.Migrate;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Npgsql;

// Brings the databases to what this version's services need, and ends. It can be run again, by several at once, and beside older services.
var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
if (configuration.GetConnectionString("postgres") is not { Length: > 0 } server)
{
    await Console.Error.WriteLineAsync("Say which server to migrate, as its administrator: ConnectionStrings__postgres=Host=…;Username=…;Password=…");
    return 2;
}

if (Misunderstood(server) is { } why)
{
    await Console.Error.WriteLineAsync($"ConnectionStrings__postgres can't be understood: {why}");
    return 2;
}

var environment = configuration["DOTNET_ENVIRONMENT"] ?? configuration["ASPNETCORE_ENVIRONMENT"];
try
{
    await Migration.RunAsync(server, role => configuration[$"Roles:{role}:Password"], withMovableClock: environment == Environments.Development, CancellationToken.None);
    Console.WriteLine("The databases are up to date.");
    return 0;
}
catch (ArgumentException)
{
    await Console.Error.WriteLineAsync("The administrator has no password to derive the roles' from: set "
        + $"{string.Join(", ", Migration.Services.Select(service => $"Roles__{service.Name}__Password"))}.");
    return 2;
}
catch (NpgsqlException e)
{
    await Console.Error.WriteLineAsync($"The databases could not be migrated: {e.Message}");
    return 1;
}

static string? Misunderstood(string connection)
{
    try
    {
        return new NpgsqlConnectionStringBuilder(connection) is { Host: null or "" } ? "it names no Host." : null;
    }
    catch (ArgumentException e)
    {
        return e.Message;
    }
}
