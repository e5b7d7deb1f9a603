using System.Text.Json;

namespace Engagement.ServiceDefaults;

/// <summary>A service's settings of one shop: a record of nullable properties, null where the shop said nothing and a default holds.</summary>
public interface ISettings
{
    /// <summary>The stream that they lie in: a service's second settings have one of their own.</summary>
    static virtual string StreamKey => ShopSettings.Key;

    /// <summary>What is wrong with them, all of it.</summary>
    IEnumerable<FieldError> Check();
}

/// <summary>The shop changed its settings, which are these from now on.</summary>
public sealed record SettingsChanged(JsonElement Values, DateTimeOffset At);

/// <summary>A shop's settings as the service that uses them keeps them: a stream per shop, so who wants to know what held when can look.</summary>
public sealed record ShopSettings(string Id, long Version, JsonElement Values)
{
    public const string Key = "settings";

    public static ShopSettings Create(IEvent<SettingsChanged> e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return new(e.StreamKey!, e.Version, e.Data.Values);
    }

    public ShopSettings Apply(IEvent<SettingsChanged> e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return this with { Version = e.Version, Values = e.Data.Values };
    }

    public T Read<T>() where T : class =>
        Values.Deserialize<T>(StoredJson.Options) ?? throw new JsonException($"The settings are null, not a {typeof(T).Name}.");
}

public static class ShopSettingsReading
{
    /// <summary>What the shop of this session set; all null where it never did. One round trip.</summary>
    public static async Task<T> SettingsAsync<T>(this IQuerySession session, CancellationToken ct = default) where T : class, ISettings, new()
    {
        ArgumentNullException.ThrowIfNull(session);
        return (await session.Events.FetchLatest<ShopSettings>(T.StreamKey, ct))?.Read<T>() ?? new T();
    }

    /// <summary>The same, with what else the batch asks for.</summary>
    public static async Task<T> SettingsAsync<T>(this IBatchedQuery batch) where T : class, ISettings, new()
    {
        ArgumentNullException.ThrowIfNull(batch);
        return (await batch.Load<ShopSettings>(T.StreamKey))?.Read<T>() ?? new T();
    }
}
