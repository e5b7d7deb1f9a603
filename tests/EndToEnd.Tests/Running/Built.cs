using System.Reflection;

namespace Engagement.EndToEnd.Tests.Running;

/// <summary>The programs that this project's build has built along.</summary>
internal static class Built
{
    public static string AppHost { get; } = Path("AppHost");

    public static string Replay { get; } = Path("Replay");
    public static string GatewayHttp { get; } = Path("GatewayHttp");

    private static string Path(string name) =>
        typeof(Built).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == name).Value!;
}
