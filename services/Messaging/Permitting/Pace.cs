using System.Text.Json.Serialization;
using Engagement.Contracts;
using Engagement.Messaging.Settings;

namespace Engagement.Messaging.Permitting;

/// <summary>
/// How often a customer is written to without having asked; its stream key is <c>pace/{customer}</c>. Whoever releases marketing appends to it, so of two
/// at once one is decided anew.
/// </summary>
public sealed record Pace(string Id)
{
    /// <summary>Longer than any setting.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(31);

    /// <summary>What leaves no later than this after its release keeps the time of that.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromMinutes(5);

    /// <summary>The marketing of late, the oldest first.</summary>
    public IReadOnlyList<MarketingReleased> Released { get; init; } = [];

    /// <summary>The flows that have ended of late.</summary>
    public IReadOnlyList<FlowEnded> Ended { get; init; } = [];

    /// <summary>The newest word on each subject that is, or was, not right for the customer.</summary>
    public IReadOnlyList<MarketingPaused> Pauses { get; init; } = [];

    /// <summary>Nothing is offered meanwhile, and no review asked for.</summary>
    [JsonIgnore]
    public bool IsPaused => Pauses.Any(pause => pause.IsPaused);

    public static string StreamKey(CustomerId customer) => $"pace/{customer.Value}";

    public static Pace Create(IEvent<MarketingReleased> e) => new Pace(e.StreamKey!).Apply(e.Data);

    public static Pace Create(IEvent<MarketingLeft> e) => new Pace(e.StreamKey!).Apply(e.Data);

    public static Pace Create(IEvent<MarketingTakenBack> e) => new(e.StreamKey!);

    public static Pace Create(IEvent<FlowEnded> e) => new Pace(e.StreamKey!).Apply(e.Data);

    public static Pace Create(IEvent<MarketingPaused> e) => new Pace(e.StreamKey!).Apply(e.Data);

    public Pace Apply(MarketingPaused e) => this with { Pauses = [.. Pauses.Where(known => known.Subject != e.Subject), e] };

    public Pace Apply(MarketingReleased e) => this with { Released = [.. Released.Where(known => known.At > e.At - Remembered), e] };

    public Pace Apply(MarketingLeft e) => Without(e.Message).Apply(new MarketingReleased(e.Message, e.Subject, e.At));

    public Pace Apply(MarketingTakenBack e) => Without(e.Message);

    public Pace Apply(FlowEnded e) => this with { Ended = [.. Ended.Where(known => known.At > e.At - Remembered), e] };

    /// <summary>As it is with what the session at hand has appended so far: one that lets several messages go at once decides on each after the other.</summary>
    public static Pace? Of(IEventStream<Pace> stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.Events.Aggregate(stream.Aggregate, (pace, e) => (pace ?? new Pace(stream.Key)).With(e.Data));
    }

    private Pace Without(MessageKey message) => this with { Released = [.. Released.Where(known => known.Message != message)] };

    private Pace With(object e) => e switch
    {
        MarketingReleased released => Apply(released),
        MarketingLeft left => Apply(left),
        MarketingTakenBack back => Apply(back),
        FlowEnded ended => Apply(ended),
        MarketingPaused pause => Apply(pause),
        _ => this,
    };

    /// <summary>What is to be noted when it leaves: its place is from then on. Null where it left as soon as it was released.</summary>
    public static MarketingLeft? Left(Pace? pace, Message message, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(message);
        return pace?.Released.Any(known => known.Message == message.Key && now - known.At <= AtOnce) == true
            ? null
            : new MarketingLeft(message.Key, message.Subject, now);
    }

    /// <summary>With what has not left yet as if it left now: a server may have kept it waiting for longer than its place lasts.</summary>
    public Pace With(IEnumerable<Message> onTheirWay, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(onTheirWay);
        return onTheirWay.Where(Has).Aggregate(this, (pace, message) => pace.Apply(new MarketingLeft(message.Key, message.Subject, now)));
    }

    public bool Has(Message message) => Released.Any(known => known.Message == message.Key);

    public bool Knows(FlowEnded ended)
    {
        ArgumentNullException.ThrowIfNull(ended);
        return Ended.Any(known => known.Subject == ended.Subject && known.EndedAt == ended.EndedAt && known.Reason == ended.Reason
            && (known.Kinds ?? []).SequenceEqual(ended.Kinds ?? []));
    }

    /// <summary>Why there is nothing left to say about what the message answers; null where there is.</summary>
    public string? EndOf(Message message) => Ended.LastOrDefault(end => end.Ends(message))?.Reason;

    /// <summary>The flow that holds the customer, by its subject. It lasts until it is ended, or its last message is long past.</summary>
    public string? FlowAt(DateTimeOffset now, TimeSpan lasts, Message except)
    {
        var last = Released.LastOrDefault(known => known.Message != except.Key && !Ended.Any(end => end.Subject == known.Subject && end.At >= known.At));
        return last is not null && now - last.At < lasts ? last.Subject : null;
    }

    /// <summary>When there is room for one more; null where there is now.</summary>
    public DateTimeOffset? FreeAt(DateTimeOffset now, MessageRules rules, Message except)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var late = Released.Where(known => known.Message != except.Key && known.At + rules.Cap > now).OrderBy(known => known.At).ToArray();
        return late.Length < rules.PerCap ? null : late[late.Length - rules.PerCap].At + rules.Cap;
    }
}

/// <param name="Subject">Its flow.</param>
public sealed record MarketingReleased(MessageKey Message, string Subject, DateTimeOffset At);

/// <summary>It left, long after it was released or although it had given its place back.</summary>
public sealed record MarketingLeft(MessageKey Message, string Subject, DateTimeOffset At);

/// <summary>It did not leave after all.</summary>
public sealed record MarketingTakenBack(MessageKey Message, DateTimeOffset At);

/// <summary>Something is not right for the customer, or was put right.</summary>
/// <param name="SaidAt">When it was.</param>
public sealed record MarketingPaused(string Subject, bool IsPaused, DateTimeOffset SaidAt, DateTimeOffset At);

/// <summary>What the subject was waiting for has happened.</summary>
/// <param name="Kinds">Only these are not wanted any more; null for all.</param>
/// <param name="EndedAt">When it happened.</param>
public sealed record FlowEnded(string Subject, string Reason, IReadOnlyList<MessageKind>? Kinds, DateTimeOffset EndedAt, DateTimeOffset At)
{
    /// <summary>Whether the message answers what was before.</summary>
    public bool Ends(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Subject == message.Subject && message.Occasion.OccurredAt <= EndedAt && (Kinds is null || Kinds.Contains(message.Kind));
    }
}
