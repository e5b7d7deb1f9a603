namespace Engagement.Replay;

/// <summary>Where to publish, with which key, and the folder that keeps what has to outlive a run.</summary>
internal sealed record Target(Uri Url, string Key, DirectoryInfo Kept)
{
    public static Target Find(string? url, string? key, DirectoryInfo folder)
    {
        if (url is not null && key is not null)
        {
            return new Target(ParseUrl(url, "--url"), key, new DirectoryInfo(Path.Combine(folder.FullName, DevEnv.Folder)));
        }

        var file = DevEnv.Find(folder) ?? throw RunFailedException.Usage(
            $"There is no {DevEnv.Folder}/{DevEnv.Name} in {folder.FullName} or above it: start Engagement first (dotnet run --project AppHost), or give --url and --key.");
        var settings = DevEnv.Read(file);
        return new Target(
            ParseUrl(url ?? Setting("ENGAGEMENT_URL"), url is null ? file.FullName : "--url"),
            key ?? Setting("ENGAGEMENT_API_KEY"),
            file.Directory!);

        string Setting(string name) => settings.TryGetValue(name, out var value) && value.Length > 0
            ? value
            : throw RunFailedException.Usage($"{file.FullName} has no {name}.");
    }

    private static Uri ParseUrl(string text, string from) =>
        Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw RunFailedException.Usage($"'{text}' ({from}) is not an http or https address.");
}

/// <summary>The file in which the AppHost leaves the address and the key for development.</summary>
internal static class DevEnv
{
    public const string Folder = ".engagement";
    public const string Name = "dev.env";

    public static FileInfo? Find(DirectoryInfo? folder)
    {
        for (; folder is not null; folder = folder.Parent)
        {
            var file = new FileInfo(Path.Combine(folder.FullName, Folder, Name));
            if (file.Exists)
            {
                return file;
            }
        }

        return null;
    }

    public static Dictionary<string, string> Read(FileInfo file)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(file.FullName))
        {
            var text = line.Trim();
            if (!text.StartsWith('#') && text.Split('=', 2) is [var name, var value])
            {
                settings[name.Trim()] = value.Trim().Trim('"');
            }
        }

        return settings;
    }
}
