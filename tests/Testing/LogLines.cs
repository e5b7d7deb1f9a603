using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Engagement.Testing;

/// <summary>Every line a host logs, from <see cref="LogLevel.Debug"/> on, with its values and its exception. Thread-safe.</summary>
public sealed class LogLines : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IEnumerable<string> All => _lines.Select(line => line.Text);

    public IEnumerable<string> Warnings => _lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text);

    /// <summary>Forgets them: a test that goes on for long would keep too many.</summary>
    public void Clear() => _lines.Clear();

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            lines._lines.Enqueue((LogLevel.Debug, $"scope {Values(state)}"));
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            lines._lines.Enqueue((logLevel, $"{logLevel} {category}: {formatter(state, exception)} {Values(state)} {exception}".Trim()));
        }

        private static string? Values(object? state) =>
            state is IEnumerable<KeyValuePair<string, object?>> named ? string.Join(", ", named) : state?.ToString();
    }
}
