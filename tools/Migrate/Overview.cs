using Engagement.ServiceDefaults;

namespace Engagement.Migrate;

/// <summary>What the movable clock asks about all services at once; no role could look itself.</summary>
internal static class Overview
{
    private const int Enough = 1000;   // more undone than this is not worth counting

    public static string Script(IReadOnlyList<ServiceModel> services)
    {
        var undone = services.SelectMany(Undone).Select(select => $"(select count(*) from ({select} limit {Enough}) u)");
        var timers = services.Select(s => $"select min(due) as due from bus.{s.Name}_scheduled where due > p_now");
        var filled = services.Select(s => $"('{s.Name}', exists (select from bus.{s.Name}))");
        var events = services.Select(s => $"exists (select from {s.Name}.mt_events)").Concat(services.Select(s => $"exists (select from bus.{s.Name})"));
        return
            $"""
            create or replace function bus.pending(p_now timestamptz) returns table (ready bigint, next_due timestamptz)
                language plpgsql security definer set search_path = pg_catalog, pg_temp as $$   -- its plan is kept
            begin
                -- Who sends wakes others 20 times a second at most: in steps that follow one another each message would wait for that.
                perform pg_notify('engagement_bus', queue) from (values {string.Join(", ", filled)}) as queues (queue, is_filled) where is_filled;
                return query select {string.Join("\n     + ", undone)}, (select min(due) from ({string.Join(" union all ", timers)}) t);
            end $$;

            create or replace function bus.any_events() returns boolean
                language sql security definer set search_path = pg_catalog, pg_temp as $$
                select {string.Join(" or ", events)}
            $$;

            revoke all on function bus.pending(timestamptz), bus.any_events() from public;

            """;
    }

    /// <summary>Everything that waits for nothing but its turn. A delivery that failed waits for its receiver, and one for a later minute for the wall's clock.</summary>
    private static IEnumerable<string> Undone(ServiceModel service)
    {
        yield return $"select from bus.{service.Name}";
        yield return $"select from bus.{service.Name}_retries";
        yield return $"select from bus.{service.Name}_scheduled where due <= p_now";
        if (service.HasDeliveries) yield return $"select from {service.Name}.deliveries where attempt = 0 and due_at < created_at + interval '1 minute' or lease_until is not null";
    }
}
