namespace Engagement.Engine.Tests.Hosting;

/// <summary>A folder of the test's own, which PostgreSQL's user can reach.</summary>
public sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"engagement-{Guid.NewGuid():n}")).FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
