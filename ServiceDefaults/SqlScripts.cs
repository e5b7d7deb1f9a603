namespace Engagement.ServiceDefaults;

/// <summary>The tables that this project brings; <c>tools/Migrate</c> runs them. Each script can be run again.</summary>
public static class SqlScripts
{
    /// <summary>The customers' keys: for the database <c>engagement_keys</c>.</summary>
    public static string Keys => Read("Keys.sql");

    /// <summary>The movable clock, in schema <c>bus</c> of the database <c>engagement</c>: for development only.</summary>
    public static string Clock => Read("Clock.sql");

    /// <summary>The table of deliveries of one service, in its schema, which must exist.</summary>
    /// <exception cref="ArgumentException">The schema is no plain lower-case identifier.</exception>
    public static string Deliveries(string schema) => Read("Deliveries.sql").Replace("{schema}", Identifier(schema), StringComparison.Ordinal);

    /// <summary>Names go into SQL as they are, so only plain ones do.</summary>
    internal static string Identifier(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_') && !char.IsAsciiDigit(name[0])
            ? name
            : throw new ArgumentException($"'{name}' is no plain lower-case identifier.", nameof(name));
    }

    private static string Read(string name)
    {
        using var stream = typeof(SqlScripts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} isn't embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
