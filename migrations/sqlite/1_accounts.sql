-- People, how they prove who they are, and what they did.
--
-- Ids are UUID v7 as text, times are milliseconds since 1970 UTC, flags are 0 or 1: the same
-- types exist in PostgreSQL, and the one driver for both reads them.

create table users (
    id         text    not null primary key,
    -- What authenticators know the account by (WebAuthn 14.6.1): random, and never shown elsewhere.
    handle     blob    not null unique check (length(handle) = 16),
    -- Trimmed and lower case, so that `A@x` and `a@x ` are one account.
    email      text    not null unique,
    name       text    not null,
    created_at integer not null
) strict;

create table passkeys (
    id              text    not null primary key,
    user_id         text    not null references users (id) on delete cascade,
    -- One credential is one account's (WebAuthn 7.1 step 26), of a sane length (step 25).
    credential_id   blob    not null unique check (length(credential_id) between 16 and 1023),
    -- The public key and what was agreed at registration, as webauthn-rs serialises it.
    credential      text    not null,
    -- The counter is compared and moved by one statement, so it has a column of its own.
    counter         integer not null,
    backup_eligible integer not null check (backup_eligible in (0, 1)),
    backed_up       integer not null check (backed_up in (0, 1)),
    transports      text    not null,
    aaguid          blob    not null,
    name            text    not null,
    created_at      integer not null,
    last_used_at    integer
) strict;
create index passkeys_user on passkeys (user_id);

create table sessions (
    -- SHA-256 of the cookie's value: whoever reads the database cannot sign in with it.
    id           text    not null primary key,
    user_id      text    not null references users (id) on delete cascade,
    -- How the user signed in, and with which passkey.
    method       text    not null check (method in ('passkey')),
    passkey_id   text    references passkeys (id) on delete set null,
    data         text    not null,
    created_at   integer not null,
    last_seen_at integer not null
) strict;
create index sessions_user on sessions (user_id);
create index sessions_passkey on sessions (passkey_id);
create index sessions_created on sessions (created_at);
create index sessions_last_seen on sessions (last_seen_at);

-- What happened on an account, written in the transaction that made it happen.
create table activity (
    id         text    not null primary key,
    user_id    text    not null references users (id) on delete cascade,
    kind       text    not null,
    at         integer not null,
    ip         text,
    user_agent text,
    detail     text
) strict;
create index activity_user on activity (user_id, at);
