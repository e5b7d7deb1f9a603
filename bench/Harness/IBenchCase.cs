namespace Engagement.Bench.Harness;

/// <summary>One thing that is measured.</summary>
internal interface IBenchCase
{
    /// <summary>What the command line calls it.</summary>
    string Name { get; }

    /// <summary>One line for <c>--list</c>.</summary>
    string Description { get; }

    /// <summary>Measures on a database of its own, so that the order of cases does not matter.</summary>
    Task<IReadOnlyList<Result>> Run(BenchDatabase database, BenchSettings settings, CancellationToken ct);
}

/// <param name="Round">How long each round takes.</param>
/// <param name="Rounds">How many rounds each side gets.</param>
/// <param name="Timers">How many timers are pending in the case of timers.</param>
/// <param name="Stored">How many events lie in the store before each case; the cases run once for each number.</param>
internal sealed record BenchSettings(TimeSpan Round, int Rounds, int Timers, IReadOnlyList<int> Stored)
{
    /// <summary>Concurrent workers on either side, and connections of the raw side.</summary>
    public const int Workers = 16;
}

/// <summary>A database that is there for one case only.</summary>
internal sealed record BenchDatabase(string ConnectionString);
