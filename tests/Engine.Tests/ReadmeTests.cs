using System.Reflection;
using System.Text.RegularExpressions;

namespace Engagement.Engine.Tests;

public sealed partial class ReadmeTests
{
    [Fact]
    public void Every_test_that_the_engine_s_page_names_is_there()
    {
        var tests = typeof(ReadmeTests).Assembly.GetTypes().SelectMany(t => t.GetMethods()).Where(m => m.IsDefined(typeof(FactAttribute))).Select(m => m.Name).ToHashSet();
        var named = TestName().Matches(File.ReadAllText(Path.Combine(Root(), "engine", "README.md"))).Select(m => m.Groups[1].Value).ToArray();

        named.Length.ShouldBeGreaterThan(20);
        named.Except(tests).ShouldBeEmpty();
    }

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+){2,})`")]
    private static partial Regex TestName();

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Engagement.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
