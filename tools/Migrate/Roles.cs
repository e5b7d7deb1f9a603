using System.Globalization;
using System.Text;
using Engagement.Bus;
using Engagement.ServiceDefaults;

namespace Engagement.Migrate;

/// <summary>A role per service: its own schema and queue, INSERT into the queues of others, and nothing else.</summary>
internal static class Roles
{
    public static string Create(string role, string password) =>
        $"""
        do $$ begin
            create role {role} login;
        exception when duplicate_object or unique_violation then null;   -- roles belong to the whole server
        end $$;
        alter role {role} with login nosuperuser nocreatedb nocreaterole password '{password.Replace("'", "''", StringComparison.Ordinal)}';

        """;

    public static string Grants(string database, IReadOnlyList<ServiceModel> services, bool withMovableClock)
    {
        var script = new StringBuilder();
        var all = string.Join(", ", services.Select(s => s.Name));
        script.AppendLine(CultureInfo.InvariantCulture,
            $"""
            revoke all on database {database} from public;
            revoke all on schema public from public;
            grant connect on database {database} to {all};
            grant usage on schema bus to {all};
            """);
        foreach (var service in services.Select(s => s.Name))
        {
            script.AppendLine(CultureInfo.InvariantCulture,
                $"""
                revoke all on schema {service} from public;
                grant usage on schema {service} to {service};
                grant select, insert, update, delete on all tables in schema {service} to {service};
                grant usage, select on all sequences in schema {service} to {service};
                revoke all on all functions in schema {service} from public;
                grant execute on all functions in schema {service} to {service};
                grant insert on bus.{service}, bus.{service}_scheduled to {all};
                grant select, insert, update, delete on {string.Join(", ", QueueSql.Tables(service).Select(t => $"bus.{t}"))} to {service};
                """);
        }

        if (withMovableClock)
        {
            script.AppendLine(CultureInfo.InvariantCulture,
                $"""
                grant select on bus.clock to {all};
                grant execute on function bus.follow_clock(uuid, text, bigint, timestamptz), bus.unfollow_clock(uuid) to {all};
                grant select on bus.clock_followers to gateway;
                grant execute on function bus.set_clock(bigint), bus.pending(timestamptz), bus.any_events() to gateway;
                """);
        }

        return script.ToString();
    }

    public static string KeyGrants(string database, IReadOnlyDictionary<string, string> grants)
    {
        var script = new StringBuilder();
        script.AppendLine(CultureInfo.InvariantCulture, $"revoke all on database {database} from public; revoke all on schema public from public;");
        foreach (var (role, rights) in grants)
            script.AppendLine(CultureInfo.InvariantCulture, $"grant connect on database {database} to {role}; grant usage on schema public to {role}; grant {rights} on customer_keys to {role};");
        return script.ToString();
    }
}
