using System.Globalization;
using System.Text;
using Npgsql;

namespace Engagement.EventStore;

/// <summary>SQL written by services, with <c>?</c> for each argument as in Marten.</summary>
internal static class UserSql
{
    /// <exception cref="ArgumentException">There are more or fewer <c>?</c> than arguments.</exception>
    public static NpgsqlBatchCommand Command(string sql, IReadOnlyList<object?> arguments)
    {
        var text = new StringBuilder(sql.Length + 8);
        var count = 0;
        foreach (var c in sql)
        {
            if (c == '?') text.Append(CultureInfo.InvariantCulture, $"${++count}");
            else text.Append(c);
        }

        if (count != arguments.Count) throw new ArgumentException($"The SQL has {count} placeholders for {arguments.Count} arguments: {sql}", nameof(arguments));
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
}
