namespace Engagement.Hosting;

/// <summary>How an <see cref="EmbeddedPostgres"/> is to run.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>The cluster's folder; made when missing. See <see cref="EmbeddedPostgres.DataFolder"/> for where it really lies.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The superuser's (<c>postgres</c>) password. A cluster that was made with another one takes this one over.</summary>
    public required string Password { get; init; }

    /// <summary>TCP port on 127.0.0.1; 0, the default, for any free one.</summary>
    public int Port { get; init; }

    /// <summary>Tried first when <see cref="Port"/> is 0, so that it stays the same from run to run where it can; 0 for none.</summary>
    public int PreferredPort { get; init; }

    /// <summary>Server settings beyond, or instead of, the defaults, e.g. <c>fsync=off</c> for tests.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Folder with <c>postgres</c> and <c>initdb</c>; null, the default, to look for one.</summary>
    public string? BinFolder { get; init; }

    /// <summary>How long a start may take, retries included; 60 s by default.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Receives the server's log, line by line, from any thread.</summary>
    public Action<string>? Log { get; init; }
}
