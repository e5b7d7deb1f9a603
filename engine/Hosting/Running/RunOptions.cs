namespace Engagement.Hosting;

/// <summary>The command line: <c>--isolated</c> for ports and data of the run's own, <c>--home DIR</c> for another folder than <c>.engagement</c>.</summary>
internal sealed record RunOptions(string Home, bool Isolated, bool Temporary, string SharedHome, string[] Remaining)
{
    public const string IsolatedPrefix = "isolated-";

    /// <summary>What is wrong with the command line; told at the start, where errors are told.</summary>
    public string? Problem { get; private init; }

    public static RunOptions Parse(string[] args, string defaultHome)
    {
        string? home = null;
        string? problem = null;
        var isolated = false;
        var remaining = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--isolated")
                isolated = true;
            else if (args[i] == "--home" && ++i < args.Length)
                home = args[i];
            else if (i == args.Length)
                problem = "--home needs a folder.";
            else
                remaining.Add(args[i]);
        }
        var temporary = isolated && home is null;
        return new RunOptions(
            Path.GetFullPath(home ?? (temporary ? Path.Combine(defaultHome, $"{IsolatedPrefix}{Environment.ProcessId}") : defaultHome)),
            isolated, temporary, Path.GetFullPath(defaultHome), [.. remaining]) { Problem = problem };
    }
}
