using Npgsql;

namespace Engagement.ServiceDefaults.Tests;

internal static class SqlStatements
{
    /// <summary>Runs a statement as an event store's session would, its <c>?</c> numbered.</summary>
    public static async Task ExecuteAsync(this SqlStatement statement, NpgsqlConnection connection)
    {
        var pieces = statement.Sql.Split('?');
        await using var command = new NpgsqlCommand(pieces[0] + string.Concat(pieces.Skip(1).Select((piece, i) => $"${i + 1}{piece}")), connection);
        foreach (var argument in statement.Args) command.Parameters.Add(new() { Value = argument });
        await command.ExecuteNonQueryAsync();
    }
}
