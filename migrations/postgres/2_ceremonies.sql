-- Open ceremonies and confirmed actions. Each row is deleted as it is used.

-- A sensitive action on its way: pending, then confirmed by one assertion, then deleted in the
-- transaction that carries it out. The confirmed row is the grant.
create table actions (
    id              text    not null primary key,
    session_id      text    not null references sessions (id) on delete cascade,
    user_id         text    not null references users (id) on delete cascade,
    kind            text    not null,
    summary         text    not null,
    -- Who may confirm it: the accepted methods, and whether a passkey must be settled.
    methods         text    not null,
    settled         bigint  not null check (settled in (0, 1)),
    -- The bytes that the challenge is a hash over, and their own hash.
    bytes           bytea   not null,
    hash            bytea   not null,
    failures        bigint  not null default 0,
    created_at      bigint  not null,
    expires_at      bigint  not null,
    -- Set when confirmed. Removing the passkey takes back what it confirmed.
    confirmed_by    text    check (confirmed_by in ('passkey', 'password')),
    passkey_id      text    references passkeys (id) on delete cascade,
    receipt         text,
    unique (session_id, hash)
);
create index actions_user on actions (user_id);
create index actions_passkey on actions (passkey_id);
create index actions_expires on actions (expires_at);

create table challenges (
    -- SHA-256 of the challenge cookie: the browser that asked is the one that may answer.
    browser    text    not null,
    kind       text    not null check (kind in ('sign_up', 'sign_in', 'add_passkey', 'step_up')),
    challenge  bytea   not null check (length(challenge) = 32),
    session_id text    references sessions (id) on delete cascade,
    user_id    text    references users (id) on delete cascade,
    action_id  text    references actions (id) on delete cascade,
    -- What the ceremony needs again at verify: the new account at sign-up, the nonce at step-up.
    state      text    not null,
    expires_at bigint  not null,
    -- A new challenge of a kind replaces the open one of the same browser.
    primary key (browser, kind)
);
create index challenges_session on challenges (session_id);
create index challenges_user on challenges (user_id);
create index challenges_action on challenges (action_id);
create index challenges_expires on challenges (expires_at);
