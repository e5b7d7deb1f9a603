using Engagement.Contracts;

namespace Engagement.Messaging;

/// <param name="Test">A person of the shop tries a template: made-up data, to that person alone.</param>
public sealed record MessageRequested(
    MessageKind Kind, CustomerId? Customer, Occasion Occasion, MessageData Data, DateTimeOffset At, TemplateTest? Test = null);

/// <summary>The very template that a test is written with; version 0 are the built-in words.</summary>
public sealed record TemplateTest(string Language, int Version);

/// <summary>It can go: it was given to the deliveries.</summary>
/// <param name="Channel">The way it goes; null for mail.</param>
public sealed record MessageReleased(DateTimeOffset At, Channel? Channel = null);

/// <summary>Not now, but then.</summary>
public sealed record MessageDeferred(DateTimeOffset Until, string Reason, DateTimeOffset At);

/// <summary>The shop has stopped all its messages.</summary>
public sealed record MessageHeld(DateTimeOffset At);

/// <summary>What it is about has ended while it was on its way: it must not leave any more.</summary>
public sealed record MessageWithdrawn(string Reason, DateTimeOffset At);

/// <summary>It will not be sent. <paramref name="Reason"/>: one of <see cref="Permitting.Gate"/>'s, what it was withdrawn for, <c>undeliverable</c>.</summary>
public sealed record MessageSuppressed(string Reason, DateTimeOffset At);

/// <summary>There is no address to send it to: a person has to find a way.</summary>
public sealed record MessageHandedToStaff(string Reason, DateTimeOffset At);

/// <summary>The person who was asked to find a way is done: it will not be sent.</summary>
public sealed record MessageClosedByStaff(StaffTaskOutcome Outcome, DateTimeOffset At);

/// <summary>It was asked for again, now with a customer to write to: staff need not look for one.</summary>
public sealed record MessageCustomerFound(CustomerId Customer, MessageData Data, DateTimeOffset At);

/// <summary>It was written, just before it was sent.</summary>
/// <param name="TemplateVersion">0 for the built-in words.</param>
/// <param name="Address">Where it went, as the id of a guest with that address: what its reader says in it holds there.</param>
public sealed record MessageComposed(string Language, int TemplateVersion, CustomerId? Address, DateTimeOffset At);

/// <summary>The receiver took it. <paramref name="MessageId"/> is the mail's own, else our key.</summary>
public sealed record MessageSent(string MessageId, DateTimeOffset At);

/// <summary>The provider says that it is in the customer's hands.</summary>
public sealed record MessageDelivered(DateTimeOffset At);

/// <summary>It came back. <paramref name="Code"/> is the status by RFC 3463.</summary>
public sealed record MessageBounced(bool IsPermanent, string? Code, DateTimeOffset At);

/// <summary>The customer marked it as spam.</summary>
public sealed record MessageComplained(DateTimeOffset At);
