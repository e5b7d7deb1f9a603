using Engagement.Contracts;

namespace Engagement.ServiceDefaults;

/// <summary>The one place where the stacks differ: this is the engine's.</summary>
internal static class Stack
{
    public static void Use(WolverineOptions options) => options.MessagePartitioning.ByMessage<IGrouped>(message => message.GroupId);

    /// <summary>After the commit of the handler at hand, or at once outside a handler.</summary>
    public static void AfterCommit(Action action) => Held.Run(action);
}
