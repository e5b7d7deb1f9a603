using System.Collections;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;
using Engagement.Hosting;

// SAMPLE says what to be: "service" (the default), "finish", "break", or an AppHost with "host".
return Environment.GetEnvironmentVariable("SAMPLE") switch
{
    "finish" => Finish(),
    "break" => Break(),
    "host" => Host(args),
    _ => await ServeAsync(),
};

static int Finish()
{
    Console.WriteLine("done");
    return int.Parse(Environment.GetEnvironmentVariable("SAMPLE_CODE") ?? "0", System.Globalization.CultureInfo.InvariantCulture);
}

static int Break()
{
    Console.Error.WriteLine("The configuration lacks Smtp:Host.");
    return 3;
}

static int Host(string[] args)
{
    var builder = DistributedApplication.CreateBuilder(args);
    var database = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("shop");
    builder.AddProject<SampleProject>("service", "service").WithEnvironment("SAMPLE", "service").WithReference(database).WaitFor(database).WithHttpHealthCheck("/health");
    builder.Build().Run();
    return Environment.ExitCode;
}

// Answers /health with 200, /exit by ending with code 5, and everything else with its environment as JSON.
static async Task<int> ServeAsync()
{
    var port = new Uri(Environment.GetEnvironmentVariable("ASPNETCORE_URLS")!).Port;
    using var listener = new TcpListener(IPAddress.Loopback, port);
    listener.Start();
    Console.WriteLine($"listening, process {Environment.ProcessId}");
    while (true)
    {
        using var client = await listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream());
        var request = await reader.ReadLineAsync() ?? "";
        while (!string.IsNullOrEmpty(await reader.ReadLineAsync()))
        {
        }
        if (request.StartsWith("GET /exit", StringComparison.Ordinal))
            return 5;
        var body = request.StartsWith("GET /health", StringComparison.Ordinal) ? "ok" : JsonSerializer.Serialize(
            Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value));
        await using var writer = new StreamWriter(client.GetStream());
        await writer.WriteAsync($"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {System.Text.Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
    }
}

internal sealed class SampleProject : IProjectMetadata
{
    public string ProjectPath => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "HostingSample.csproj"));
    public string TargetPath => Assembly.GetExecutingAssembly().Location;
}
