-- Browsers in which somebody has signed in to an account before.
create table devices (
    user_id      text    not null references users (id) on delete cascade,
    -- SHA-256 of the cookie's value, which is one for all accounts of a browser.
    hash         text    not null,
    created_at   integer not null,
    last_seen_at integer not null,
    primary key (user_id, hash)
) strict;
create index devices_last_seen on devices (last_seen_at);
