-- One queue; {schema} and {queue} are replaced. Every statement can run again.
create schema if not exists {schema};

-- Rows are inserted and deleted, never updated: a claim deletes, and the commit of the handlers' effects is the commit of the delete.
create table if not exists {schema}.{queue} (
    id              bigint generated always as identity (cache 1),
    slot            smallint not null,
    tenant          varchar not null,
    group_id        varchar,
    message_id      uuid not null,
    message_type    varchar not null,
    body            bytea not null,
    attempts        smallint not null default 0,
    crashes         smallint not null default 0,
    sent_at         timestamptz not null,
    correlation_id  varchar,
    parent_id       varchar,
    due             timestamptz,
    constraint {queue}_pkey primary key (id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_insert_scale_factor = 0.5,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off,
        parallel_workers = 0);

-- A claim asks for id + 0 and a look for id, so that each has one index only that fits, whatever the statistics of a queue that was just empty say.
create index if not exists {queue}_claim on {schema}.{queue} (slot, tenant, (id + 0));

-- Waits for a time of the domain's clock.
create table if not exists {schema}.{queue}_scheduled (
    id              bigint generated always as identity (cache 1),
    due             timestamptz not null,
    slot            smallint not null,
    tenant          varchar not null,
    group_id        varchar,
    message_id      uuid not null,
    message_type    varchar not null,
    body            bytea not null,
    attempts        smallint not null default 0,
    crashes         smallint not null default 0,
    sent_at         timestamptz not null,
    correlation_id  varchar,
    parent_id       varchar,
    constraint {queue}_scheduled_pkey primary key (due, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);

-- Failed and waits, in real time, to be tried again.
create table if not exists {schema}.{queue}_retries (
    message_id      uuid not null,
    retry_at        timestamptz not null,
    slot            smallint not null,
    tenant          varchar not null,
    group_id        varchar,
    message_type    varchar not null,
    body            bytea not null,
    attempts        smallint not null,
    crashes         smallint not null default 0,
    sent_at         timestamptz not null,
    correlation_id  varchar,
    parent_id       varchar,
    due             timestamptz,
    exception_type  varchar,
    exception_message varchar,
    constraint {queue}_retries_pkey primary key (message_id)
);

create index if not exists {queue}_retries_at on {schema}.{queue}_retries (retry_at);

create table if not exists {schema}.{queue}_dead_letters (
    message_id      uuid not null,
    slot            smallint not null,
    tenant          varchar not null,
    group_id        varchar,
    message_type    varchar not null,
    body            bytea not null,
    attempts        smallint not null,
    crashes         smallint not null default 0,
    sent_at         timestamptz not null,
    correlation_id  varchar,
    parent_id       varchar,
    due             timestamptz,
    exception_type  varchar,
    exception_message varchar,
    dead_at         timestamptz not null,
    constraint {queue}_dead_letters_pkey primary key (message_id)
);

create index if not exists {queue}_dead_letters_type on {schema}.{queue}_dead_letters (tenant, message_type, dead_at);

-- The processes that listen; one that is listed but holds no lock any more did not stop cleanly.
create table if not exists {schema}.{queue}_nodes (
    id          bigint not null,
    started_at  timestamptz not null,
    constraint {queue}_nodes_pkey primary key (id)
);
