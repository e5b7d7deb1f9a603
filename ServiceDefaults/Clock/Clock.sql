-- The movable clock of the domain. For development only: elsewhere none of this exists.
create schema if not exists bus;

create table if not exists bus.clock (
    id           int    primary key check (id = 1),
    offset_ticks bigint not null,   -- 100 ns, domain minus real
    version      bigint not null
);
insert into bus.clock (id, offset_ticks, version) values (1, 0, 0) on conflict do nothing;

-- Who follows the clock, and how far; seen is real time, given by the followers. Nothing is lost with it.
create unlogged table if not exists bus.clock_followers (
    instance uuid        primary key,
    service  text        not null,
    version  bigint      not null,
    seen     timestamptz not null
);

-- Says what an instance follows and answers with the clock as it stands.
create or replace function bus.follow_clock(p_instance uuid, p_service text, p_version bigint, p_seen timestamptz)
    returns table (offset_ticks bigint, version bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update bus.clock_followers as f set version = p_version, seen = p_seen where f.instance = p_instance;
    if not found then
        delete from bus.clock_followers as f where f.seen < p_seen - interval '1 hour';
        insert into bus.clock_followers values (p_instance, p_service, p_version, p_seen);
    end if;
    return query select c.offset_ticks, c.version from bus.clock as c where c.id = 1;
end $$;

-- An instance that stops is not waited for.
create or replace function bus.unfollow_clock(p_instance uuid) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from bus.clock_followers where instance = p_instance
$$;

-- Moves the clock and tells everyone; answers with the new version.
create or replace function bus.set_clock(p_offset_ticks bigint) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_version bigint;
begin
    update bus.clock as c set offset_ticks = p_offset_ticks, version = c.version + 1 where c.id = 1 returning c.version into v_version;
    perform pg_notify('engagement_clock', v_version || ' ' || p_offset_ticks);
    return v_version;
end $$;

revoke all on function bus.follow_clock(uuid, text, bigint, timestamptz), bus.unfollow_clock(uuid), bus.set_clock(bigint) from public;
