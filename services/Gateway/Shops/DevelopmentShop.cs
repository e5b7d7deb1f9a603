using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Engagement.Gateway.Shops;

/// <summary>In development: makes the shop <c>demo</c> with a key for everything at the first start and tells it, in <c>.engagement/dev.env</c>.</summary>
internal sealed class DevelopmentShop(
    IDocumentStore store, IServer server, IHostApplicationLifetime lifetime, IConfiguration configuration, Readiness readiness, TimeProvider clock,
        ILogger<DevelopmentShop> log)
    : BackgroundService
{
    public const string Shop = "demo";
    private const string Waiting = "the development shop";
    private const string UrlName = "ENGAGEMENT_URL";
    private const string KeyName = "ENGAGEMENT_API_KEY";
    private const string AdminName = "ENGAGEMENT_ADMIN_KEY";

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.WaitFor(Waiting);   // who reads "healthy" finds the file
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);

        var file = Path.Combine(configuration["Engagement:Home"] ?? ".engagement", "dev.env");
        var url = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "";
        var key = await KnownKey(file, stoppingToken) ?? await MakeKey(stoppingToken);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var admin = configuration[InstallationKey.Setting] is { Length: > 0 } adminKey ? $"{AdminName}={adminKey}\n" : "";
        await File.WriteAllTextAsync(file, $"{UrlName}={url}\n{KeyName}={key}\n{admin}", stoppingToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        readiness.Done(Waiting);
        log.LogInformation("Shop '{Shop}' publishes to {Url}/v1/events with the key {Key} (in {File}).", Shop, url, key, file);
    }

    private async Task<string?> KnownKey(string file, CancellationToken ct)
    {
        if (!File.Exists(file)) return null;
        var line = (await File.ReadAllLinesAsync(file, ct)).FirstOrDefault(l => l.StartsWith($"{KeyName}=", StringComparison.Ordinal));
        if (line is null) return null;
        var key = line[(KeyName.Length + 1)..].Trim();
        await using var session = store.QuerySession(ApiKeys.Registry);
        return await session.LoadAsync<ApiKey>(ApiKeys.Hash(key), ct) is { Shop: Shop, Scopes.Count: 3 } known && known.IsValid(clock.GetUtcNow()) ? key : null;
    }

    private async Task<string> MakeKey(CancellationToken ct)
    {
        var key = ApiKeys.New();
        var now = clock.GetUtcNow();
        await using var session = store.LightweightSession(ApiKeys.Registry);
        session.Store(new RegisteredShop(Shop, now));
        session.Store(ApiKeys.Of(key, Shop, "development", now, Scopes.All));
        await session.SaveChangesAsync(ct);
        return key;
    }
}
