using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Engagement.ServiceDefaults.Tests;

public class LogScopesTests
{
    [Fact]
    public async Task The_path_of_a_request_stays_out_of_the_scopes_of_what_is_logged()
    {
        using var lines = new Lines();
        await using var host = await TestHost.StartAsync(
            builder => builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddProvider(lines),
            app => app.MapGet("/p/{token}", (ILogger<LogScopesTests> log) => log.LogWarning("Something is amiss.")));

        using var answer = await host.Client.GetAsync(new Uri("/p/c0ffee", UriKind.Relative));

        lines.All.ShouldContain(line => line.StartsWith("Something is amiss.", StringComparison.Ordinal));
        lines.All.ShouldNotContain(line => line.Contains("c0ffee", StringComparison.Ordinal));
    }

    /// <summary>Each line with its scopes, as an exporter has them.</summary>
    private sealed class Lines : ILoggerProvider, ILogger, ISupportExternalScope
    {
        private IExternalScopeProvider? _scopes;

        public ConcurrentQueue<string> All { get; } = new();

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => _scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var scopes = new List<string>();
            _scopes?.ForEachScope((scope, list) => list.Add($"{scope}"), scopes);
            All.Enqueue($"{formatter(state, exception)} {string.Join(' ', scopes)}");
        }

        public void Dispose()
        {
        }
    }
}
