namespace Engagement.ServiceDefaults;

/// <summary>Measurements of what a handler did: a handler may run twice, its measurements count once.</summary>
public static class AfterCommit
{
    /// <summary>Runs <paramref name="measure"/> when the handler's transaction is committed; at once outside a handler.</summary>
    public static void Run(Action measure) => Stack.AfterCommit(measure);
}
