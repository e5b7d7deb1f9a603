using Engagement.Contracts;

namespace Engagement.Messaging.Permitting;

/// <summary>What may be refused, and what has to be permitted first.</summary>
public static class Purposes
{
    public static IReadOnlyList<Purpose> Refusable { get; } = [.. Enum.GetValues<Purpose>().Where(CanBeRefused)];

    /// <summary>What was bought and what was asked is owed.</summary>
    public static bool CanBeRefused(Purpose purpose) => purpose is not (Purpose.Orders or Purpose.Answers);

    public static bool NeedsPermission(Purpose purpose) => purpose is Purpose.Carts or Purpose.Offers or Purpose.Reviews;
}
