using Engagement.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.Messaging.Reading;

/// <summary>A message as it is now, and its life.</summary>
public sealed record MessageShown(Message Message, IReadOnlyList<MessageMoment> Timeline);

/// <param name="What">As its event is called: <c>Requested</c>, <c>Deferred</c>, <c>Sent</c>.</param>
/// <param name="Template">The language and the version of the words, 0 for the built-in ones.</param>
public sealed record MessageMoment(string What, DateTimeOffset At, string? Reason = null, DateTimeOffset? Until = null, string? Template = null);

public static class GetMessage
{
    public static async Task<Results<Ok<MessageShown>, NoSuch>> Handle(string key, HttpContext context, IDocumentStore store, CancellationToken ct)
    {
        var stream = Message.StreamKey(new(key.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase)));   // the one escape that ASP.NET Core leaves in a path
        await using var session = store.QuerySession(context.Tenant());
        return await session.Events.FetchLatest<Message>(stream, ct) is { } message
            ? TypedResults.Ok(new MessageShown(message, [.. (await session.Events.FetchStreamAsync(stream, token: ct)).Select(MomentOf)]))
            : new NoSuch("message");
    }

    /// <summary>What events say of themselves besides their name and time, where it is more than ids.</summary>
    private static MessageMoment MomentOf(IEvent e)
    {
        var moment = new MessageMoment(e.Data.GetType().Name.Replace("Message", "", StringComparison.Ordinal), e.Timestamp);
        return e.Data switch
        {
            MessageDeferred deferred => moment with { Reason = deferred.Reason, Until = deferred.Until },
            MessageSuppressed suppressed => moment with { Reason = suppressed.Reason },
            MessageWithdrawn withdrawn => moment with { Reason = withdrawn.Reason },
            MessageHandedToStaff handed => moment with { Reason = handed.Reason },
            MessageClosedByStaff closed => moment with { Reason = closed.Outcome.ToString() },
            MessageComposed composed => moment with { Template = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{composed.Language}/{composed.TemplateVersion}") },
            _ => moment,
        };
    }
}
