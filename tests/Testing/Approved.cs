using System.Runtime.CompilerServices;
using Shouldly;

namespace Engagement.Testing;

/// <summary>Compares with a file that a person has read and approved, in the folder <c>Approved</c> beside the test's source.</summary>
public static class Approved
{
    /// <summary>When it differs or is new, writes <c>{name}.received.txt</c> and fails; renaming that file approves it.</summary>
    public static void Match(string received, string name, [CallerFilePath] string testFile = "")
    {
        var stem = Path.Combine(Path.GetDirectoryName(testFile)!, "Approved", name);
        var approved = File.Exists(stem + ".approved.txt") ? File.ReadAllText(stem + ".approved.txt") : null;
        if (approved != received)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(stem)!);
            File.WriteAllText(stem + ".received.txt", received);
        }
        received.ShouldBe(approved, $"Compare {name}.received.txt with {name}.approved.txt; rename it if it is right.");
        File.Delete(stem + ".received.txt");
    }
}
