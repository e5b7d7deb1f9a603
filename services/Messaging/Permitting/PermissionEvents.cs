using Engagement.Contracts;

namespace Engagement.Messaging.Permitting;

/// <param name="Evidence">Such as <c>checkout-v3</c>; null where the customer said it to ourselves.</param>
public sealed record PermissionGranted(
    Purpose Purpose, Channel Channel, PermissionBasis Basis, string? Evidence, DateTimeOffset OccurredAt, DateTimeOffset At);

/// <param name="Message">The mail that led to it.</param>
public sealed record PermissionRefused(
    Purpose Purpose, Channel Channel, PermissionBasis Basis, string? Evidence, MessageKey? Message, DateTimeOffset OccurredAt, DateTimeOffset At);
