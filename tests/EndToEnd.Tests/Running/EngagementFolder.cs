namespace Engagement.EndToEnd.Tests.Running;

/// <summary>A folder of a test's own, where PostgreSQL's user can reach it; gone afterwards.</summary>
internal sealed class EngagementFolder : IDisposable
{
    public string Path { get; } =
        Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"engagement-e2e-{Guid.NewGuid():N}")).FullName;

    /// <summary>The AppHost's, where tools look for it.</summary>
    public string Home => System.IO.Path.Combine(Path, ".engagement");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
