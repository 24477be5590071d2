-- What keeps the service itself in order.

-- Guesses at an account that were not followed by a right one, and how long the next one has to
-- wait after the last.
create table tries (
    -- What is tried, and a hash of the account: there need not be one.
    id    text    not null primary key,
    times bigint  not null,
    -- Milliseconds.
    wait  bigint  not null,
    at    bigint  not null
);
create index tries_at on tries (at);

-- One row that is written to see that writing works.
create table probe (
    id bigint  not null primary key check (id = 1),
    at bigint  not null
);
