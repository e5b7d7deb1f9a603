using System.Text.Json;
using Npgsql;

namespace Engagement.Bus;

/// <summary>Which dead letters; what is null does not count. Immutable.</summary>
/// <param name="Ids">These messages; null for all.</param>
/// <param name="TenantId">Of one shop.</param>
/// <param name="MessageType">The type's stored name, by default its full name.</param>
/// <param name="ExceptionType">The full name of the exception's type.</param>
/// <param name="ExceptionMessage">A LIKE pattern: <c>%timed out%</c>.</param>
/// <param name="From">Sent at this time of the domain's clock or later.</param>
/// <param name="Until">Sent at this time of the domain's clock or earlier.</param>
internal sealed record DeadLetterQuery(
    Guid[]? Ids = null, string? TenantId = null, string? MessageType = null, string? ExceptionType = null, string? ExceptionMessage = null,
    DateTimeOffset? From = null, DateTimeOffset? Until = null);

/// <summary>What was given up in one queue: read, sent again or thrown away. Thread-safe.</summary>
internal sealed class DeadLetters(NpgsqlDataSource dataSource, string schema, string queue)
{
    private const string Kept = "slot, tenant, group_id, message_id, message_type, body, sent_at, correlation_id, parent_id, due";

    private readonly string _table = $"{schema}.{queue}_dead_letters";

    /// <summary>One page, the longest dead first.</summary>
    /// <param name="page">Counted from 1.</param>
    public async Task<DeadLetterEnvelopeResults> QueryAsync(DeadLetterQuery query, int page, int size, CancellationToken ct)
    {
        await using var command = Where($"select {Kept}, attempts, exception_type, exception_message, count(*) over () from {_table}", query);
        command.CommandText += $" order by dead_at, message_id limit {Next(command, size)} offset {Next(command, (page - 1L) * size)}";
        await using var reader = await command.ExecuteReaderAsync(ct);
        var results = new DeadLetterEnvelopeResults { PageNumber = page, DatabaseUri = Uri };
        while (await reader.ReadAsync(ct))
        {
            results.Envelopes.Add(await Read(reader, ct));
            results.TotalCount = (int)await reader.GetFieldValueAsync<long>(13, ct);
        }

        return results;
    }

    /// <summary>
    /// Puts messages back into their queue as they were sent, their attempts and crashes forgotten: in one transaction, so that a message is
    /// in one of the two places and what is replayed twice at once is handled once.
    /// </summary>
    /// <returns>How many.</returns>
    public Task<long> ReplayAsync(DeadLetterQuery query, CancellationToken ct) =>
        Count(query, $"insert into {schema}.{queue} ({Kept}) select {Kept} from gone order by dead_at, sent_at returning 1", ct);

    /// <summary>Throws messages away.</summary>
    /// <returns>How many.</returns>
    public Task<long> DiscardAsync(DeadLetterQuery query, CancellationToken ct) => Count(query, "select 1 from gone", ct);

    public string Queue => queue;

    private Uri Uri => new($"postgresql://{queue}");

    private async Task<long> Count(DeadLetterQuery query, string then, CancellationToken ct)
    {
        await using var command = Where($"with gone as (delete from {_table}", query);
        command.CommandText += $" returning *), done as ({then}) select count(*) from done";
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private NpgsqlCommand Where(string sql, DeadLetterQuery query)
    {
        var command = dataSource.CreateCommand();
        List<string> rules = ["true"];
        if (query.Ids is { } ids) rules.Add($"message_id = any({Next(command, ids)})");
        if (query.TenantId is { } tenant) rules.Add($"tenant = {Next(command, tenant)}");
        if (query.MessageType is { } type) rules.Add($"message_type = {Next(command, type)}");
        if (query.ExceptionType is { } exception) rules.Add($"exception_type = {Next(command, exception)}");
        if (query.ExceptionMessage is { } text) rules.Add($"exception_message like {Next(command, text)}");
        if (query.From is { } from) rules.Add($"sent_at >= {Next(command, from.UtcDateTime)}");
        if (query.Until is { } until) rules.Add($"sent_at <= {Next(command, until.UtcDateTime)}");
        command.CommandText = $"{sql} where {string.Join(" and ", rules)}";
        return command;
    }

    private static string Next(NpgsqlCommand command, object value)
    {
        command.Parameters.Add(new NpgsqlParameter { Value = value });
        return $"${command.Parameters.Count}";
    }

    private async Task<DeadLetterEnvelope> Read(NpgsqlDataReader reader, CancellationToken ct)
    {
        async Task<T?> Maybe<T>(int column) => await reader.IsDBNullAsync(column, ct) ? default : await reader.GetFieldValueAsync<T>(column, ct);

        var envelope = new Envelope
        {
            Slot = reader.GetInt16(0),
            TenantId = reader.GetString(1),
            GroupId = await Maybe<string>(2),
            Id = reader.GetGuid(3),
            MessageType = reader.GetString(4),
            Data = await reader.GetFieldValueAsync<byte[]>(5, ct),
            SentAt = await reader.GetFieldValueAsync<DateTimeOffset>(6, ct),
            CorrelationId = await Maybe<string>(7),
            ParentId = await Maybe<string>(8),
            ScheduledTime = await Maybe<DateTimeOffset?>(9),
            Attempts = reader.GetInt16(10),
            Destination = queue,
        };
        return new DeadLetterEnvelope
        {
            Id = envelope.Id,
            ExecutionTime = envelope.ScheduledTime,
            Envelope = envelope,
            MessageType = envelope.MessageType,
            ReceivedAt = Uri.OriginalString,
            ExceptionType = await Maybe<string>(11) ?? "",
            ExceptionMessage = await Maybe<string>(12) ?? "",
            SentAt = envelope.SentAt,
            Message = Json(envelope.Data),
        };
    }

    private static JsonElement? Json(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(body);
        }
        catch (JsonException)
        {
            return null;   // that may be what it died of
        }
    }
}
