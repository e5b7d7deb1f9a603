using System.Reflection;
using System.Text.RegularExpressions;
using Engagement.Testing;

namespace Engagement.Engine.Tests;

public sealed partial class ReadmeTests
{
    [Fact]
    public void Every_test_that_the_engine_s_page_names_is_there()
    {
        var tests = typeof(ReadmeTests).Assembly.GetTypes().SelectMany(t => t.GetMethods()).Where(m => m.IsDefined(typeof(FactAttribute))).Select(m => m.Name).ToHashSet();
        var named = TestName().Matches(File.ReadAllText(Path.Combine(Repository.Root, "engine", "README.md"))).Select(m => m.Groups[1].Value).ToArray();

        named.Length.ShouldBeGreaterThan(20);
        named.Except(tests).ShouldBeEmpty();
    }

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+){2,})`")]
    private static partial Regex TestName();
}
