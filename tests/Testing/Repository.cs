namespace Engagement.Testing;

/// <summary>Files of the clone that the tests run in.</summary>
public static class Repository
{
    /// <summary>Where Engagement.sln lies.</summary>
    public static string Root { get; } = Find();

    /// <summary>A file or folder of <c>../shared</c>, which lies beside some clones; null where it doesn't.</summary>
    public static string? Shared(params string[] path)
    {
        var full = Path.GetFullPath(Path.Combine([Root, "..", "shared", .. path]));
        return Path.Exists(full) ? full : null;
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Engagement.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("The tests don't run inside the repository.");
    }
}
