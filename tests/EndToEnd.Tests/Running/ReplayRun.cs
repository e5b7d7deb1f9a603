using System.Globalization;
using System.Text.RegularExpressions;
using Engagement.Hosting;

namespace Engagement.EndToEnd.Tests.Running;

/// <summary>A run of the Replay tool as a process, which finds Engagement by itself.</summary>
internal sealed record ReplayRun(int ExitCode, string Output)
{
    public static Task<ReplayRun> OrdersAsync(RunningEngagement engagement, string file, params string[] options) => RunAsync(engagement, "orders", file, options);

    public static Task<ReplayRun> CartsAsync(RunningEngagement engagement, string file, params string[] options) => RunAsync(engagement, "carts", file, options);

    private static async Task<ReplayRun> RunAsync(RunningEngagement engagement, string kind, string file, string[] options)
    {
        var run = await Command.RunAsync(["dotnet", Built.Replay, kind, file, .. options], TestContext.Current.CancellationToken, engagement.WorkingFolder);
        return new ReplayRun(run.ExitCode, run.Output);
    }

    /// <summary>A number of the closing report.</summary>
    public int Reported(string name)
    {
        var number = Regex.Match(Output, $@"^  {name} +([\d,]+)", RegexOptions.Multiline).Groups[1].ValueSpan;
        return int.Parse(number, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }
}
