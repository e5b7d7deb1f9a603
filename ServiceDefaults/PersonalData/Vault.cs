using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Engagement.Contracts;
using Npgsql;

namespace Engagement.ServiceDefaults;

/// <summary>How the vault remembers keys.</summary>
public sealed class VaultOptions
{
    /// <summary>Unwrapped keys held in memory at most; default 10,000.</summary>
    public int CachedKeys { get; set; } = 10_000;

    /// <summary>How long a key is used without looking whether it was erased elsewhere; default 60 s.</summary>
    public TimeSpan RecheckAfter { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>
/// Seals personal data with one random 256-bit key per customer (AES-256-GCM, bound to tenant and customer). The keys lie in the
/// database <c>engagement_keys</c>, wrapped by the master key; erasing a key erases all that it sealed.
/// </summary>
/// <remarks>
/// A singleton, thread-safe. What one instance erases, another may still open, and seal, for <see cref="VaultOptions.RecheckAfter"/>.
/// No exception says anything of the data or of whose they are.
/// </remarks>
public sealed class Vault(NpgsqlDataSource keys, MasterKey master, RealTime real, VaultOptions options)
{
    private const string SelectSql = "select customer_id, key from customer_keys where tenant = $1 and customer_id = any ($2)";

    private const string InsertSql = """
        insert into customer_keys (tenant, customer_id, key, created_at)
        select $1, new.customer_id, new.key, $4 from unnest($2::text[], $3::bytea[]) as new (customer_id, key)
        on conflict do nothing
        """;

    private readonly BoxKey _wrapping = new(master.Derive("wrap"));
    private readonly KeyCache _cache = new(options, real.Clock);

    internal int CachedKeys => _cache.Count;

    /// <summary>
    /// Seals each item for its customer, in order; makes the keys that are missing. At most two round trips, none when all keys
    /// are remembered.
    /// </summary>
    /// <param name="items">UTF-8 JSON by customer; <see cref="PersonalJson"/> writes it. A customer may appear more than once.</param>
    public async Task<IReadOnlyList<Sealed>> SealAsync(
        string tenant, IReadOnlyList<(CustomerId Customer, byte[] Json)> items, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        ArgumentNullException.ThrowIfNull(items);
        var found = await FindOrCreateAsync(tenant, [.. items.Select(item => item.Customer).Distinct()], ct);
        var result = new Sealed[items.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var (customer, json) = items[i];
            result[i] = Sealed.From(Base64Url.EncodeToString(found[customer].Encrypt(json, BoundTo("data", tenant, customer))));
        }

        return result;
    }

    /// <summary>Seals one value, as JSON.</summary>
    public async Task<Sealed> SealAsync<T>(string tenant, CustomerId customer, T value, CancellationToken ct = default) =>
        (await SealAsync(tenant, [(customer, PersonalJson.Write(value))], ct))[0];

    /// <summary>Opens what was sealed for this customer of this shop; null when the key is gone: the data are erased.</summary>
    /// <exception cref="CryptographicException">The data were changed, or belong to another customer or shop.</exception>
    /// <exception cref="InvalidDataException">They hold no <typeparamref name="T"/>.</exception>
    public async Task<T?> OpenAsync<T>(string tenant, CustomerId customer, Sealed data, CancellationToken ct = default) where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        var box = Decode(data);
        var key = _cache.Find(tenant, customer);
        if (key is null || !key.Made(box))
        {
            // A remembered key that didn't make the box may have been erased and replaced meanwhile.
            var found = new Dictionary<CustomerId, BoxKey>();
            await LoadAsync(tenant, [customer], found, ct);
            key = found.GetValueOrDefault(customer);
        }

        if (key is null || !key.Made(box)) return null;
        var json = key.Decrypt(box, BoundTo("data", tenant, customer));
        try
        {
            return PersonalJson.Read<T>(json);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(json);
        }
    }

    /// <summary>Whether the customer has a key: not where nothing was ever sealed for them, or they were erased and have not come back. One round trip.</summary>
    public async Task<bool> KnowsAsync(string tenant, CustomerId customer, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        var found = new Dictionary<CustomerId, BoxKey>();
        await LoadAsync(tenant, [customer], found, ct);
        if (found.Count > 0) return true;
        _cache.Drop(tenant, customer);   // erased elsewhere
        return false;
    }

    /// <summary>Erases the customer's key, for good. A customer who comes back gets a new one.</summary>
    /// <returns>False when there was none.</returns>
    public async Task<bool> EraseAsync(string tenant, CustomerId customer, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        await using var delete = keys.CreateCommand("delete from customer_keys where tenant = $1 and customer_id = $2");
        delete.Parameters.Add(new() { Value = tenant });
        delete.Parameters.Add(new() { Value = customer.Value });
        var erased = await delete.ExecuteNonQueryAsync(ct) > 0;
        _cache.Drop(tenant, customer);
        return erased;
    }

    private async Task<Dictionary<CustomerId, BoxKey>> FindOrCreateAsync(string tenant, List<CustomerId> customers, CancellationToken ct)
    {
        var found = new Dictionary<CustomerId, BoxKey>(customers.Count);
        foreach (var customer in customers)
        {
            if (_cache.Find(tenant, customer) is { } key) found[customer] = key;
        }

        if (Missing() is { Count: > 0 } unknown) await LoadAsync(tenant, unknown, found, ct);

        // More than one turn only when a key is erased between its insert and its reading.
        for (var turn = 0; turn < 3 && Missing() is { Count: > 0 } wanted; turn++) await CreateAsync(tenant, wanted, found, ct);

        return found.Count == customers.Count ? found : throw new InvalidOperationException("Keys are erased as fast as they are made.");

        List<CustomerId> Missing() => [.. customers.Where(customer => !found.ContainsKey(customer))];
    }

    private async Task LoadAsync(string tenant, List<CustomerId> customers, Dictionary<CustomerId, BoxKey> found, CancellationToken ct)
    {
        var asked = real.Clock.GetTimestamp();
        await using var select = keys.CreateCommand(SelectSql);
        select.Parameters.Add(new() { Value = tenant });
        select.Parameters.Add(new() { Value = Ids(customers) });
        await using var reader = await select.ExecuteReaderAsync(ct);
        await ReadAsync(reader, tenant, found, asked, ct);
    }

    /// <summary>Proposes keys and reads what stands: of two that create at once, both use the first one's.</summary>
    private async Task CreateAsync(string tenant, List<CustomerId> customers, Dictionary<CustomerId, BoxKey> found, CancellationToken ct)
    {
        // One order for all, so that two batches with the same customers can't deadlock.
        customers.Sort((a, b) => string.CompareOrdinal(a.Value, b.Value));
        var wrapped = customers.ConvertAll(customer => _wrapping.Encrypt(BoxKey.NewSecret(), BoundTo("key", tenant, customer))).ToArray();

        var asked = real.Clock.GetTimestamp();
        await using var batch = keys.CreateBatch();
        batch.BatchCommands.Add(new(InsertSql)
        {
            Parameters = { new() { Value = tenant }, new() { Value = Ids(customers) }, new() { Value = wrapped }, new() { Value = real.Now } },
        });
        batch.BatchCommands.Add(new(SelectSql) { Parameters = { new() { Value = tenant }, new() { Value = Ids(customers) } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await ReadAsync(reader, tenant, found, asked, ct);
    }

    private async Task ReadAsync(NpgsqlDataReader reader, string tenant, Dictionary<CustomerId, BoxKey> found, long asked, CancellationToken ct)
    {
        while (await reader.ReadAsync(ct))
        {
            var customer = CustomerId.From(reader.GetString(0));
            found[customer] = Unwrap(reader.GetFieldValue<byte[]>(1), tenant, customer);
            _cache.Keep(tenant, customer, found[customer], asked);
        }
    }

    private BoxKey Unwrap(byte[] wrapped, string tenant, CustomerId customer) => _wrapping.Made(wrapped)
        ? new BoxKey(_wrapping.Decrypt(wrapped, BoundTo("key", tenant, customer)))
        : throw new CryptographicException($"A customer's key was wrapped by another master key than {MasterKey.Setting}.");

    private static string[] Ids(List<CustomerId> customers) => [.. customers.Select(customer => customer.Value)];

    private static byte[] Decode(Sealed data)
    {
        try
        {
            return Base64Url.DecodeFromChars(data.Value);
        }
        catch (FormatException)
        {
            throw new CryptographicException("Sealed data aren't base64url.");
        }
    }

    /// <summary>What a box belongs to; the length keeps 'ab' + 'c' apart from 'a' + 'bc'.</summary>
    private static byte[] BoundTo(string what, string tenant, CustomerId customer) =>
        Encoding.UTF8.GetBytes($"{what}\n{tenant.Length}\n{tenant}\n{customer.Value}");
}
