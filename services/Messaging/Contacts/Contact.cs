using Engagement.Contracts;

namespace Engagement.Messaging.Contacts;

/// <summary>How to reach a customer; the details are sealed.</summary>
/// <param name="Id">The customer's id.</param>
/// <param name="OccurredAt">When the shop saw these details: older ones never replace newer ones.</param>
public sealed record Contact(string Id, Sealed Details, bool HasEmail, string? Language, string? Zone, DateTimeOffset OccurredAt);
