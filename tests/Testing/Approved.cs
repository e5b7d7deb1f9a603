using System.Runtime.CompilerServices;
using Shouldly;

namespace Engagement.Testing;

/// <summary>Compares with a file that a person has read and approved, in the folder <c>Approved</c> beside the test's source.</summary>
public static class Approved
{
    /// <summary>When it differs or is new, writes <c>{name}.received.txt</c> and fails; renaming that file approves it.</summary>
    public static void Match(string received, string name, [CallerFilePath] string testFile = "")
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(testFile)!, "Approved")).FullName;
        var stem = Path.Combine(folder, name);
        var approved = File.Exists(stem + ".approved.txt") ? File.ReadAllText(stem + ".approved.txt") : "";
        File.Delete(stem + ".received.txt");
        if (approved == received)
            return;

        File.WriteAllText(stem + ".received.txt", received);
        var (was, now) = (approved.Split('\n'), received.Split('\n'));
        var line = was.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        throw new ShouldAssertException(
            $"{name} differs in line {line + 1}:\n- {was.ElementAtOrDefault(line)}\n+ {now.ElementAtOrDefault(line)}\n"
            + $"If that is right, rename {stem}.received.txt to .approved.txt.");
    }
}
