namespace Engagement.Engine.Tests.EventStore.Elsewhere;

/// <summary>Has the name of another document.</summary>
public sealed record Shelf(string Id);
