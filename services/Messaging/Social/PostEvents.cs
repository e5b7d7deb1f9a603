namespace Engagement.Messaging.Social;

public abstract record PostEvent(DateTimeOffset At);

public sealed record PostPlanned(PostContent Content, DateTimeOffset At) : PostEvent(At);

/// <summary>It says something else, or at another time; one that had failed is planned again.</summary>
public sealed record PostChanged(PostContent Content, DateTimeOffset At) : PostEvent(At);

public sealed record PostCancelled(DateTimeOffset At) : PostEvent(At);

/// <summary>The shop's webhook took it.</summary>
public sealed record PostPublished(DateTimeOffset At) : PostEvent(At);

/// <summary>It was not posted and will not be. <paramref name="Reason"/>: <c>stale</c>, <c>no-webhook</c>, <c>http 403</c>…</summary>
public sealed record PostFailed(string Reason, DateTimeOffset At) : PostEvent(At);
