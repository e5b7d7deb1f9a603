using Engagement.Contracts;

namespace Engagement.Gateway.Pages.Messaging;

/// <summary>What a customer chose on one page goes to its owner in one commit. Handled where it is said: it crosses no queue.</summary>
public sealed record SavePreferences(IReadOnlyList<RecordPermission> Choices);

public static class SavePreferencesHandler
{
    public static OutgoingMessages Handle(SavePreferences message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return [.. message.Choices];
    }
}
