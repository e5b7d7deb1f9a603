namespace Engagement.EventStore;
internal static class Placeholder;
