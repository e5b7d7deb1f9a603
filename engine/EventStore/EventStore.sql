-- Marten's event store in one schema; {schema} is replaced. Every statement can run again.
create schema if not exists {schema};

create table if not exists {schema}.mt_streams (
    tenant_id    varchar not null default '*DEFAULT*',
    id           varchar not null,
    type         varchar,
    version      bigint,
    timestamp    timestamptz not null default now(),
    created      timestamptz not null default now(),
    is_archived  boolean not null default false,
    constraint pkey_mt_streams_tenant_id_id primary key (tenant_id, id)
);

create sequence if not exists {schema}.mt_events_sequence;

create table if not exists {schema}.mt_events (
    seq_id          bigint not null,
    id              uuid not null,
    stream_id       varchar,
    version         bigint not null,
    data            jsonb not null,
    bdata           bytea,
    type            varchar(500) not null,
    timestamp       timestamptz not null default now(),
    tenant_id       varchar not null default '*DEFAULT*',
    mt_dotnet_type  varchar,
    is_archived     boolean not null default false,
    constraint pkey_mt_events_seq_id primary key (seq_id),
    constraint fkey_mt_events_stream_id_tenant_id foreign key (tenant_id, stream_id) references {schema}.mt_streams (tenant_id, id) on delete cascade
);

create unique index if not exists pk_mt_events_stream_and_version on {schema}.mt_events (tenant_id, stream_id, version);

create table if not exists {schema}.mt_event_progression (
    name          varchar not null,
    last_seq_id   bigint,
    last_updated  timestamptz default transaction_timestamp(),
    constraint pk_mt_event_progression primary key (name)
);

-- Called only when an append finds its stream at another version than it was read at.
create or replace function {schema}.mt_refuse_version(stream varchar, expected bigint, actual bigint) returns bigint language plpgsql as $$
begin
    raise exception 'Stream % is at version %, not %.', stream, actual, expected using errcode = 'MT409';
end $$;

-- Called only when an append finds its stream archived; the code is Marten's.
create or replace function {schema}.mt_refuse_archived(stream varchar) returns bigint language plpgsql as $$
begin
    raise exception 'Attempted to append event to archived stream with Id ''%''.', stream using errcode = 'MT001';
end $$;

-- Always empty: a write that must hit a row refuses through it, without returning rows.
create table if not exists {schema}.mt_guard (refused boolean);

create or replace function {schema}.mt_refuse_document(document text, id varchar) returns boolean language plpgsql as $$
begin
    raise exception 'The % % was changed by another writer.', document, id using errcode = 'MT409', table = document;
end $$;
