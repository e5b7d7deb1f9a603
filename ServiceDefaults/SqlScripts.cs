namespace Engagement.ServiceDefaults;

/// <summary>The tables that this project brings; <c>tools/Migrate</c> runs them. Each script can be run again.</summary>
public static class SqlScripts
{
    /// <summary>The customers' keys: for the database <c>engagement_keys</c>.</summary>
    public static string Keys => Read("Keys.sql");

    internal static string Read(string name)
    {
        using var stream = typeof(SqlScripts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} isn't embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
