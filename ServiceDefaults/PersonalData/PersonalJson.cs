using System.Text.Json;

namespace Engagement.ServiceDefaults;

/// <summary>Personal data as the JSON that is sealed; the same shape as everything stored.</summary>
public static class PersonalJson
{
    /// <summary>UTF-8 JSON by <see cref="StoredJson.Options"/>.</summary>
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, StoredJson.Options);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is no <typeparamref name="T"/>. The message says nothing of the content.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, StoredJson.Options) ?? throw new InvalidDataException($"Sealed data is null, not a {typeof(T).Name}.");
        }
        catch (JsonException)
        {
            // Without the inner exception: its message can quote the content.
            throw new InvalidDataException($"Sealed data is no {typeof(T).Name}.");
        }
    }
}
