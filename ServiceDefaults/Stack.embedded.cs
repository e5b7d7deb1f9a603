namespace Engagement.ServiceDefaults;
internal static class Stack;
