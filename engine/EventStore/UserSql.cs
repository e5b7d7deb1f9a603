using System.Globalization;
using System.Text;
using Npgsql;

namespace Engagement.EventStore;

/// <summary>SQL written by services, with <c>?</c> for each argument as in Marten; inside quotes it stands for itself.</summary>
internal static class UserSql
{
    /// <exception cref="ArgumentException">There are more or fewer <c>?</c> than arguments.</exception>
    public static NpgsqlBatchCommand Command(string sql, IReadOnlyList<object?> arguments)
    {
        var text = new StringBuilder(sql.Length + 8);
        var count = 0;
        char? quote = null;
        foreach (var c in sql)
        {
            if (c == quote) quote = null;
            else if (quote is null && c is '\'' or '"') quote = c;
            if (c == '?' && quote is null) text.Append(CultureInfo.InvariantCulture, $"${++count}");
            else text.Append(c);
        }

        if (count != arguments.Count)
            throw new ArgumentException($"The SQL has {count} placeholders for {arguments.Count} arguments: {sql}", nameof(arguments));
        var command = new NpgsqlBatchCommand(text.ToString());
        foreach (var argument in arguments)
        {
            command.Parameters.Add(argument switch
            {
                null => new NpgsqlParameter { Value = DBNull.Value },
                DateTimeOffset time => PgCommand.Time(time),
                string value => PgCommand.Text(value),
                Enum value => PgCommand.Text(value.ToString()),
                _ => new NpgsqlParameter { Value = argument },
            });
        }

        return command;
    }

    /// <summary>Whether the command may answer with rows, as all do but a plain insert, update or delete.</summary>
    public static bool MayReturnRows(string sql)
    {
        var start = sql.AsSpan().TrimStart();
        return !(StartsWith(start, "insert") || StartsWith(start, "update") || StartsWith(start, "delete"))
            || sql.Contains("returning", StringComparison.OrdinalIgnoreCase);
    }

    private static bool StartsWith(ReadOnlySpan<char> sql, string word) => sql.StartsWith(word, StringComparison.OrdinalIgnoreCase);
}
