using System.Collections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Engagement.Bus;

/// <summary>
/// What a handler says to the outside before its commit (log lines, measurements) is held until then, and dropped when the transaction is:
/// a handler may run twice. Outside a handler everything happens at once. Flows with the async context; thread-safe within one handler.
/// </summary>
public static class Held
{
    private static readonly AsyncLocal<List<Action>?> Current = new();

    /// <summary>Runs <paramref name="action"/> after the handler's commit, or at once outside a handler.</summary>
    public static void Run(Action action)
    {
        if (Current.Value is not { } held)
        {
            action();
            return;
        }

        lock (held) held.Add(action);
    }

    internal static bool IsHolding => Current.Value is not null;

    /// <summary>Begins to hold in this async context; the caller runs or drops what is in the list.</summary>
    internal static List<Action> Begin(List<Action>? into = null) => Current.Value = into ?? [];

    internal static void End() => Current.Value = null;

    internal static void Release(List<Action> held)
    {
        foreach (var action in held) action();
        held.Clear();
    }

    /// <summary>Makes every logger of this host hold its lines while a handler runs.</summary>
    internal static void HoldLogs(IServiceCollection services)
    {
        services.AddLogging();
        var factory = services.Last(s => s.ServiceType == typeof(ILoggerFactory));
        services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(sp => new HoldingLoggerFactory(
            factory.ImplementationInstance as ILoggerFactory
            ?? factory.ImplementationFactory?.Invoke(sp) as ILoggerFactory
            ?? new LoggerFactory(
                sp.GetServices<ILoggerProvider>(), sp.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(),
                sp.GetService<IOptions<LoggerFactoryOptions>>(), sp.GetService<IExternalScopeProvider>()))));
    }
}

internal sealed class HoldingLoggerFactory(ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new HoldingLogger(inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() => inner.Dispose();
}

internal sealed class HoldingLogger(ILogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!Held.IsHolding)
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
            return;
        }

        if (!inner.IsEnabled(logLevel)) return;
        var line = HeldLine.Of(state, formatter(state, exception));   // read now: what the state refers to may change
        Held.Run(() => inner.Log(logLevel, eventId, line, exception, static (l, _) => l.Text));
    }
}

/// <summary>A log line with its named values, as it was when it was written.</summary>
internal sealed class HeldLine(string text, KeyValuePair<string, object?>[] values) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public string Text { get; } = text;

    public int Count => values.Length;

    public KeyValuePair<string, object?> this[int index] => values[index];

    public static HeldLine Of<TState>(TState state, string text) => new(text, state is IEnumerable<KeyValuePair<string, object?>> named ? [.. named] : []);

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, object?>>)values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => Text;
}
