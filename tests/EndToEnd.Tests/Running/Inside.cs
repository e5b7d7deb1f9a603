using System.Text;
using Engagement.Testing;
using Npgsql;

namespace Engagement.EndToEnd.Tests.Running;

/// <summary>The database as its administrator sees it, through connections that don't outlive a question: the server may be killed.</summary>
internal sealed class Inside(Func<string> connectionString)
{
    private static readonly string[] Queues = ["gateway", "orders", "messaging", "support", "carts"];

    public async Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] arguments)
    {
        await using var connection = new NpgsqlConnection($"{connectionString()};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return await connection.RowsAsync(sql, read, arguments);
    }

    public async Task<long> CountAsync(string sql) => (await RowsAsync($"select count(*) {sql}", row => row.GetInt64(0))).Single();

    /// <summary>What is under way now, by the clock of the domain.</summary>
    public async Task<long> PendingAsync()
    {
        var offset = TimeSpan.FromTicks((await RowsAsync("select offset_ticks from bus.clock", row => row.GetInt64(0))).Single());
        return (await RowsAsync("select ready from bus.pending($1)", row => row.GetInt64(0), TimeProvider.System.GetUtcNow() + offset)).Single();
    }

    /// <summary>Asks Messaging for a reminder of a cart, as a service does that may insert into its queue.</summary>
    public Task RemindOfCartAsync(string customer, string cart, DateTimeOffset now) => RowsAsync(
        """
        insert into bus.messaging (slot, tenant, group_id, message_id, message_type, body, sent_at)
        values (0, 'demo', 'customer/' || $1, gen_random_uuid(), 'Engagement.Contracts.SendMessage', convert_to(json_build_object(
            'Key', 'cart-reminder/cart-' || $2, 'Kind', 'CartReminder', 'CustomerId', $1,
            'Occasion', json_build_object('Subject', 'cart/' || $2, 'OccurredAt', $3),
            'Data', json_build_object('$type', 'cart', 'Cart', $2, 'Lines', json_build_array(), 'ResumeUrl', 'https://demo.example/cart'))::text, 'UTF8'), $3)
        returning 1
        """, row => row.GetInt32(0), customer, cart, now);

    /// <summary>Messages that were given up, with what they failed of.</summary>
    public Task<List<string>> DeadLettersAsync() => RowsAsync(
        string.Join(" union all ", Queues.Select(queue =>
            $"select concat_ws(' ', message_type, exception_type, exception_message) from bus.{queue}_dead_letters")),
        row => row.GetString(0));

    /// <summary>How many events of each type a service has stored.</summary>
    public async Task<Dictionary<string, long>> EventsAsync(string service, string streamsLike)
    {
        var counts = $"select type, count(*) from {service}.mt_events where stream_id like $1 group by type";
        return (await RowsAsync(counts, row => (row.GetString(0), row.GetInt64(1)), streamsLike)).ToDictionary();
    }

    /// <summary>The tables in which the text stands in the clear, also inside of binary columns.</summary>
    public async Task<List<string>> TablesWithAsync(string text)
    {
        var tables = await RowsAsync(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
            row => row.GetString(0));
        var hex = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
        List<string> found = [];
        foreach (var table in tables)
        {
            var rows = $"select 1 from {table} t where position(lower($1) in lower(t::text)) > 0 or position($2 in t::text) > 0 limit 1";
            if ((await RowsAsync(rows, row => row.GetInt32(0), text, hex)).Count > 0)
                found.Add(table);
        }

        return found;
    }
}
