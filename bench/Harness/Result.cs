using System.Globalization;
using System.Text.Json;

namespace Engagement.Bench.Harness;

/// <summary>One figure of the engine, beside the raw limit where there is one.</summary>
/// <param name="Case">The case, and after a blank which of its figures.</param>
/// <param name="Bytes">Allocated in .NET per operation of the engine.</param>
/// <param name="RawBytes">The same of the raw side.</param>
internal sealed record Result(string Case, double Value, string Unit, double? Raw = null, double? Bytes = null, double? RawBytes = null)
{
    /// <summary>Value by raw; of several rounds the median of their ratios, which a machine that is busy at times disturbs less.</summary>
    public double? Ratio { get; init; } = Value / Raw;
}

internal static class Results
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Print(IEnumerable<Result> results)
    {
        Console.WriteLine("| case | value | unit | raw | ratio | bytes/op | raw bytes/op |");
        Console.WriteLine("|---|---:|---|---:|---:|---:|---:|");
        foreach (var r in results)
            Console.WriteLine($"| {r.Case} | {Number(r.Value)} | {r.Unit} | {Number(r.Raw)} | {Fixed(r.Ratio)} | {Whole(r.Bytes)} | {Whole(r.RawBytes)} |");
    }

    public static void Write(FileInfo file, IEnumerable<Result> results)
    {
        var rows = results.Select(r => new
        {
            r.Case,
            Value = Short(r.Value),
            r.Unit,
            Raw = Short(r.Raw),
            Ratio = r.Ratio is { } ratio ? Math.Round(ratio, 3) : (double?)null,
            Bytes = r.Bytes is { } bytes ? Math.Round(bytes) : (double?)null,
            RawBytes = r.RawBytes is { } rawBytes ? Math.Round(rawBytes) : (double?)null,
        });
        file.Directory?.Create();
        File.WriteAllText(file.FullName, JsonSerializer.Serialize(rows, Json) + "\n");
    }

    public static string Number(double? value) => Short(value) is { } v ? v.ToString("#,0.###", CultureInfo.InvariantCulture) : "";

    private static string Fixed(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "";

    private static string Whole(double? value) => value?.ToString("#,0", CultureInfo.InvariantCulture) ?? "";

    /// <summary>No more digits than the measurement has.</summary>
    private static double? Short(double? value) => value is { } v ? Math.Round(v, Math.Abs(v) >= 100 ? 0 : Math.Abs(v) >= 10 ? 1 : 3) : null;
}
