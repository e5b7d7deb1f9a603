using System.Security.Cryptography;
using System.Text.Json;

namespace Engagement.Hosting;

/// <summary>Secrets that were made up, kept so that a password never parts from the data that it protects. Thread safe.</summary>
internal sealed class ParameterStore(string file)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Lock gate = new();
    private SortedDictionary<string, string>? values;

    /// <summary>32 random bytes in base64, the same at every call.</summary>
    public string GetOrCreate(string name)
    {
        lock (gate)
        {
            values ??= Read();
            if (values.TryGetValue(name, out var known))
                return known;
            values[name] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            Write();
            return values[name];
        }
    }

    private SortedDictionary<string, string> Read()
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(file))! : [];
        }
        catch (JsonException e)
        {
            throw new DistributedApplicationException($"{file} can't be read: {e.Message}", e);
        }
    }

    /// <summary>To a file beside, then renamed: a reader never meets half of it, and only we can read it.</summary>
    private void Write()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(file + ".new", options))
            JsonSerializer.Serialize(stream, values, Indented);
        File.Move(file + ".new", file, overwrite: true);
    }
}
