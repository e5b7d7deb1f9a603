using System.Collections;
using System.Diagnostics;
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
    private static readonly AsyncLocal<HeldActions?> Current = new();

    /// <summary>Runs <paramref name="action"/> after the handler's commit, or at once outside a handler.</summary>
    public static void Run(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (Current.Value?.TryAdd(action) != true) action();
    }

    internal static bool IsHolding => Current.Value is { IsOpen: true };

    /// <summary>Begins to hold in this async context; whoever made the list runs or drops what is in it.</summary>
    internal static void Begin(HeldActions into) => Current.Value = into;

    internal static void End() => Current.Value = null;

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

/// <summary>Actions that wait for a commit. Once closed it takes no more: what outlives its handler speaks for itself. Thread-safe.</summary>
internal sealed class HeldActions
{
    private readonly List<Action> _actions = [];

    public bool IsOpen { get; private set; } = true;

    public int Count
    {
        get
        {
            lock (_actions) return _actions.Count;
        }
    }

    public bool TryAdd(Action action)
    {
        lock (_actions)
        {
            if (IsOpen) _actions.Add(action);
            return IsOpen;
        }
    }

    /// <summary>Drops what came after the first <paramref name="count"/>.</summary>
    public void DropAfter(int count)
    {
        lock (_actions) _actions.RemoveRange(count, _actions.Count - count);
    }

    public void Drop() => Close();

    /// <summary>Runs what was held; one that fails is logged and the others run all the same, for the commit stands.</summary>
    public void Release(ILogger log)
    {
        foreach (var action in Close())
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                log.LogError(e, "What a handler said could not be told after its commit.");
            }
        }
    }

    private Action[] Close()
    {
        lock (_actions)
        {
            IsOpen = false;
            Action[] actions = [.. _actions];
            _actions.Clear();
            return actions;
        }
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
        var activity = Activity.Current;
        Held.Run(() =>
        {
            var outer = Activity.Current;
            Activity.Current = activity;   // the line belongs to the handler's trace
            try
            {
                inner.Log(logLevel, eventId, line, exception, static (l, _) => l.Text);
            }
            finally
            {
                Activity.Current = outer;
            }
        });
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
