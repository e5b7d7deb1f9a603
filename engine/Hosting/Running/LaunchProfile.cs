using System.Text.Json;

namespace Engagement.Hosting;

/// <summary>A profile of a project's launchSettings.json.</summary>
internal sealed record LaunchProfile(Uri? HttpUrl, IReadOnlyDictionary<string, string> EnvironmentVariables)
{
    private static readonly LaunchProfile Empty = new(null, new Dictionary<string, string>());
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The named profile, else the AppHost's own when the project has one of that name, else the first that runs the project.</summary>
    /// <exception cref="DistributedApplicationException">The named profile, or the file's JSON, is not there.</exception>
    public static LaunchProfile Of(ProjectResource project, string? appHostProfile)
    {
        var file = Path.Combine(Path.GetDirectoryName(project.Metadata.ProjectPath)!, "Properties", "launchSettings.json");
        if (!File.Exists(file))
            return Empty;
        try
        {
            using var settings = JsonDocument.Parse(File.ReadAllText(file), Lenient);
            var profiles = settings.RootElement.GetProperty("profiles");
            if (project.LaunchProfileName is { } named)
                return profiles.TryGetProperty(named, out var chosen) ? Read(chosen)
                    : throw new DistributedApplicationException($"{file} has no profile '{named}', which '{project.Name}' asks for.");
            if (appHostProfile is not null && profiles.TryGetProperty(appHostProfile, out var same))
                return Read(same);
            foreach (var profile in profiles.EnumerateObject())
                if (profile.Value.TryGetProperty("commandName", out var command) && command.GetString() == "Project")
                    return Read(profile.Value);
            return Empty;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new DistributedApplicationException($"{file} can't be read: {e.Message}", e);
        }
    }

    private static LaunchProfile Read(JsonElement profile)
    {
        var urls = profile.TryGetProperty("applicationUrl", out var value) ? value.GetString()!.Split(';') : [];
        var variables = profile.TryGetProperty("environmentVariables", out var given)
            ? given.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.ToString())
            : [];
        return new LaunchProfile(urls.Select(url => new Uri(url)).FirstOrDefault(url => url.Scheme == Uri.UriSchemeHttp), variables);
    }
}
