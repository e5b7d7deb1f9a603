using Engagement.Contracts;

namespace Engagement.ServiceDefaults;

/// <summary>The one place where the stacks differ: this is Marten's and Wolverine's.</summary>
internal static class Stack
{
    public static void Use(WolverineOptions options)
    {
        options.UseRuntimeCompilation();
        options.MessagePartitioning.ByMessage<IGrouped>(message => message.GroupId);
    }

    /// <summary>At once: what a handler measures before a rollback is measured twice here.</summary>
    public static void AfterCommit(Action action) => action();
}
