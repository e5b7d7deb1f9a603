using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Engagement.ServiceDefaults;
using Shouldly;

namespace Engagement.Testing;

/// <summary>
/// How types are stored: one approved file per type and shape, <c>{Type}.{n}</c>. When a type's JSON changes, the next number is added; files are never
/// edited, since rows of every earlier shape must still read.
/// </summary>
public static class StoredShapes
{
    private static readonly JsonSerializerOptions Indented = new(StoredJson.Options) { WriteIndented = true, NewLine = "\n" };

    /// <summary>The sample's JSON is the newest file, which reads as the sample again; the older files read too.</summary>
    /// <param name="sample">With every property set.</param>
    public static void Match(object sample, [CallerFilePath] string testFile = "")
    {
        ArgumentNullException.ThrowIfNull(sample);
        var type = sample.GetType();
        var shapes = Shapes(type, testFile).ToArray();
        foreach (var json in shapes) JsonSerializer.Deserialize(json, type, StoredJson.Options).ShouldNotBeNull();
        Approved.Match(Text(sample), $"{type.Name}.{Math.Max(1, shapes.Length)}", testFile);
        Text(JsonSerializer.Deserialize(shapes[^1], type, StoredJson.Options)!).ShouldBe(Text(sample));
    }

    /// <summary>No type is left without a sample, and no file without a type.</summary>
    public static void MatchAll(IEnumerable<Type> types, IEnumerable<object> samples, [CallerFilePath] string testFile = "")
    {
        var names = types.Select(type => type.Name).Order(StringComparer.Ordinal).ToArray();
        samples.Select(sample => sample.GetType().Name).Order(StringComparer.Ordinal).ShouldBe(names);
        var files = Directory.GetFiles(Folder(testFile), "*.approved.txt").Select(file => Path.GetFileName(file).Split('.')[0]).Distinct();
        files.Order(StringComparer.Ordinal).ShouldBe(names);
    }

    /// <summary>The types of an assembly that are of one kind.</summary>
    public static IEnumerable<Type> Of<TBase>(Assembly assembly) =>
        assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(TBase)));

    /// <summary>The events that a state is folded from.</summary>
    public static IEnumerable<Type> EventsOf<TState>() => typeof(TState).GetMethods()
        .Where(method => method.Name is "Create" or "Apply" && method.DeclaringType == typeof(TState))
        .Select(method => method.GetParameters()[0].ParameterType)
        .Select(type => type.IsGenericType ? type.GetGenericArguments()[0] : type)
        .Distinct();

    private static IEnumerable<string> Shapes(Type type, string testFile) => Enumerable.Range(1, int.MaxValue)
        .Select(n => Path.Combine(Folder(testFile), string.Create(CultureInfo.InvariantCulture, $"{type.Name}.{n}.approved.txt")))
        .TakeWhile(File.Exists)
        .Select(file => File.ReadAllText(file).Split('\n', 2)[1]);

    /// <summary>The type's full name stands in the rows too.</summary>
    private static string Text(object value) => $"{value.GetType().FullName}\n{JsonSerializer.Serialize(value, value.GetType(), Indented)}\n";

    private static string Folder(string testFile) => Path.Combine(Path.GetDirectoryName(testFile)!, "Approved");
}
