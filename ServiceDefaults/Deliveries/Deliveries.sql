-- What leaves the house (mail, webhooks) and is therefore done outside of any transaction: at least once, by a stable id.
-- All times are real time, given by the clients; waiting for the domain's clock is over before a row is made.
-- A payload holds ids and sealed data, nothing personal in the clear.
create table if not exists {schema}.deliveries (
    tenant      text        not null,
    id          text        not null,
    kind        text        not null,
    payload     jsonb       not null,
    traceparent text,
    due_at      timestamptz not null,
    lease_until timestamptz,
    owner       uuid,
    attempt     int         not null default 0,
    last_error  text,
    created_at  timestamptz not null,
    primary key (tenant, id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

create index if not exists deliveries_due on {schema}.deliveries (kind, due_at);
