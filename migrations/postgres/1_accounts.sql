-- People, how they prove who they are, and what they did.
--
-- Ids are UUID v7 as text, times are milliseconds since 1970 UTC, flags are 0 or 1: the same
-- types exist in SQLite, and the one driver for both reads them.

create table users (
    id         text    not null primary key,
    -- What authenticators know the account by (WebAuthn 14.6.1): random, and never shown elsewhere.
    handle     bytea   not null unique check (length(handle) = 16),
    -- Trimmed and lower case, so that `A@x` and `a@x ` are one account.
    email      text    not null unique,
    name       text    not null,
    phone      text,
    -- Argon2id in the PHC string format; none where nobody set one.
    password   text,
    created_at bigint  not null,
    -- When a recovery code was last used, and whether the user has been told.
    recovered_at   bigint,
    recovery_told  bigint  not null default 1 check (recovery_told in (0, 1))
);

create table passkeys (
    id              text    not null primary key,
    user_id         text    not null references users (id) on delete cascade,
    -- One credential is one account's (WebAuthn 7.1 step 26), of a sane length (step 25).
    credential_id   bytea   not null unique check (length(credential_id) between 16 and 1023),
    -- The public key and what was agreed at registration, as webauthn-rs serialises it.
    credential      text    not null,
    -- The counter is compared and moved by one statement, so it has a column of its own.
    counter         bigint  not null,
    backup_eligible bigint  not null check (backup_eligible in (0, 1)),
    backed_up       bigint  not null check (backed_up in (0, 1)),
    transports      text    not null,
    aaguid          bytea   not null,
    name            text    not null,
    created_at      bigint  not null,
    last_used_at    bigint,
    -- From when on it may confirm what needs a settled passkey: later for one that was added after
    -- a recovery, so that a stolen code does not reach the money at once.
    settled_at      bigint  not null
);
create index passkeys_user on passkeys (user_id);

create table sessions (
    -- SHA-256 of the cookie's value: whoever reads the database cannot sign in with it.
    id           text    not null primary key,
    user_id      text    not null references users (id) on delete cascade,
    -- What the session may do: everything, or mend how to sign in.
    scope        text    not null check (scope in ('full', 'recovery')),
    -- How the user signed in, with which passkey, and whether that is another device's.
    method       text    not null check (method in ('passkey', 'password', 'recovery')),
    passkey_id   text    references passkeys (id) on delete set null,
    other_device bigint  not null default 0 check (other_device in (0, 1)),
    user_agent   text,
    data         text    not null,
    created_at   bigint  not null,
    last_seen_at bigint  not null
);
create index sessions_user on sessions (user_id);
create index sessions_passkey on sessions (passkey_id);
create index sessions_created on sessions (created_at);
create index sessions_last_seen on sessions (last_seen_at);

create table recovery_codes (
    user_id text    not null references users (id) on delete cascade,
    -- SHA-256 of a code: 128 random bits need no slow hash.
    hash    bytea   not null,
    used_at bigint,
    primary key (user_id, hash)
);

-- What a user does not want to be asked again.
create table declined_offers (
    user_id text not null references users (id) on delete cascade,
    offer   text not null,
    primary key (user_id, offer)
);

-- What happened on an account, written in the transaction that made it happen.
create table activity (
    id         text    not null primary key,
    user_id    text    not null references users (id) on delete cascade,
    kind       text    not null,
    at         bigint  not null,
    ip         text,
    user_agent text,
    detail     text
);
create index activity_user on activity (user_id, id);
