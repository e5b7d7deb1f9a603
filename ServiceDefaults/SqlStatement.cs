namespace Engagement.ServiceDefaults;

/// <summary>A statement to run inside somebody's transaction: <c>session.QueueSqlCommand(it.Sql, it.Args)</c>.</summary>
/// <param name="Sql">With <c>?</c> for each argument.</param>
/// <param name="Args">In order; none is null.</param>
public sealed record SqlStatement(string Sql, params object[] Args);
