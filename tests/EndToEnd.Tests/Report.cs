using System.Globalization;
using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

/// <summary>What a test says besides whether it passed.</summary>
internal static class Report
{
    /// <summary>The load average of the last minute, without which no figure says anything; unknown counts as high.</summary>
    public static double Load =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : double.PositiveInfinity;

    public static void Print(FormattableString figure, double? load = null) => TestContext.Current.TestOutputHelper!.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{FormattableString.Invariant(figure)} (load {load ?? Load:0.0}, {Environment.ProcessorCount} cores)"));

    public static void WhenFailed(RunningEngagement engagement)
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
            TestContext.Current.TestOutputHelper!.WriteLine(engagement.LastWords);
    }
}
