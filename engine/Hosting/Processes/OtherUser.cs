using System.Globalization;

namespace Engagement.Hosting;

/// <summary>PostgreSQL refuses to run as root; as root we run it as a user without rights.</summary>
internal sealed record OtherUser(string Name, IReadOnlyList<string> Prefix)
{
    private static readonly string[] Candidates = ["postgres", "nobody"];

    /// <summary>Null when we aren't root ourselves.</summary>
    /// <exception cref="DistributedApplicationException">We are root and can't become anyone else.</exception>
    public static async Task<OtherUser?> WhenRootAsync(CancellationToken ct)
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows())
            return null;
        foreach (var name in Candidates)
            foreach (var prefix in Prefixes(name))
            {
                var id = await Command.RunAsync([.. prefix, "id", "-u"], ct);
                if (id.Succeeded && int.TryParse(id.Output, CultureInfo.InvariantCulture, out var number) && number != 0)
                    return new OtherUser(name, prefix);
            }
        throw new DistributedApplicationException(
            "PostgreSQL can't run as root, and neither setpriv, runuser nor su could switch to the user postgres or nobody; run as another user instead.");
    }

    /// <summary>Gives the folder to the user; false when the user can't get there.</summary>
    public async Task<bool> TakesAsync(string folder, CancellationToken ct) =>
        await GiveAsync(folder, ct) &&
        (await Command.RunAsync([.. Prefix, "sh", "-c", "cd \"$0\" && : >.reachable && rm .reachable", folder], ct)).Succeeded;

    public async Task<bool> GiveAsync(string path, CancellationToken ct) => (await Command.RunAsync(["chown", Name, path], ct)).Succeeded;

    private static IEnumerable<string[]> Prefixes(string user)
    {
        if (Command.OnPath("setpriv") is { } setpriv)
        {
            yield return [setpriv, $"--reuid={user}", $"--regid={user}", "--init-groups", "--"];
            yield return [setpriv, $"--reuid={user}", "--clear-groups", "--"]; // nobody's group is called otherwise here and there
        }
        if (Command.OnPath("runuser") is { } runuser)
            yield return [runuser, "-u", user, "--"];
        if (Command.OnPath("su") is { } su)
            yield return [su, "-s", "/bin/sh", user, "-c", "exec \"$0\" \"$@\""];
    }
}
