namespace Engagement.Hosting;

/// <summary>The states of a resource, by Aspire's names.</summary>
public static class KnownResourceStates
{
    public static readonly string NotStarted = "NotStarted";
    public static readonly string Waiting = "Waiting";
    public static readonly string Starting = "Starting";
    public static readonly string Running = "Running";
    public static readonly string FailedToStart = "FailedToStart";
    public static readonly string Stopping = "Stopping";

    /// <summary>Ended, though it was to stay.</summary>
    public static readonly string Exited = "Exited";

    /// <summary>Ended, as it was to.</summary>
    public static readonly string Finished = "Finished";
}
