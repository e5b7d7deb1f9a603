namespace Engagement.Bus;
internal static class Placeholder;
