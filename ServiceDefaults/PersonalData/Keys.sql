-- A customer's key, wrapped by the master key. Deleting the row erases all that was sealed with it.
-- This database is backed up apart, and no backup of it is kept longer than 7 days.
create table if not exists customer_keys (
    tenant      text        not null,
    customer_id text        not null,
    key         bytea       not null,
    created_at  timestamptz not null,
    primary key (tenant, customer_id)
);
