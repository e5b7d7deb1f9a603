using System.Security.Cryptography;
using System.Text.Json;

namespace Engagement.Replay;

/// <summary>By how much a file is moved: chosen at its first replay and kept, so that a second one sends the same bodies.</summary>
internal sealed record KeptShift(string File, TimeSpan Shift, DateTimeOffset ChosenAt)
{
    private const string Name = "replay.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The kept shift, or one that puts <paramref name="lastEvent"/> to now.</summary>
    public static KeptShift For(FileInfo file, DateTimeOffset lastEvent, DirectoryInfo folder, TimeProvider clock)
    {
        var path = Path.Combine(folder.FullName, Name);
        var kept = Load(path);
        var identity = Identity(file);
        if (kept.TryGetValue(identity, out var known))
        {
            return known;
        }

        var now = clock.GetUtcNow();
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        var chosen = new KeptShift(file.Name, now - lastEvent, now);
        kept.Add(identity, chosen);
        folder.Create();

        // Written aside and moved, so that a run that is stopped here can't leave half a file.
        System.IO.File.WriteAllText(path + ".new", JsonSerializer.Serialize(kept, Json));
        System.IO.File.Move(path + ".new", path, overwrite: true);
        return chosen;
    }

    private static Dictionary<string, KeptShift> Load(string path)
    {
        if (!System.IO.File.Exists(path))
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, KeptShift>>(System.IO.File.ReadAllText(path), Json) ?? [];
        }
        catch (JsonException)
        {
            throw new RunFailedException($"{path}, which keeps by how much a file is moved, can't be read: repair it, or delete it to have a new shift chosen.");
        }
    }

    private static string Identity(FileInfo file)
    {
        using var content = file.OpenRead();
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }
}
