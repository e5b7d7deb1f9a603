using System.Diagnostics;
using System.Text.Json;

namespace Engagement.ServiceDefaults;

/// <summary>Asks for deliveries.</summary>
public static class Deliveries
{
    /// <summary>
    /// The statement that puts a delivery into the service's table, to be queued on the session whose commit it belongs to. The same
    /// id again does nothing. It continues the trace at hand.
    /// </summary>
    /// <param name="schema">The service's schema.</param>
    /// <param name="id">Unique in the shop, and stable: <c>mail/thank-you/order-1001</c>.</param>
    /// <param name="payload">Ids and sealed data; stored as JSON by <see cref="StoredJson"/>.</param>
    /// <param name="now">Real time (<see cref="RealTime.Now"/>).</param>
    /// <param name="due">Real time; at once where it is left out.</param>
    public static SqlStatement Insert<T>(string schema, string tenant, string id, string kind, T payload, DateTimeOffset now, DateTimeOffset? due = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentException.ThrowIfNullOrEmpty(kind);
        var at = now.ToUniversalTime();
        return new SqlStatement(
            $"""
            insert into {SqlScripts.Identifier(schema)}.deliveries (tenant, id, kind, payload, traceparent, due_at, created_at)
            values (?, ?, ?, ?::jsonb, nullif(?, ''), ?, ?) on conflict do nothing
            """,
            tenant, id, kind, JsonSerializer.Serialize(payload, StoredJson.Options), Activity.Current?.Id ?? "", due?.ToUniversalTime() ?? at, at);
    }
}
