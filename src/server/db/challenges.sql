-- Open challenges on SQLite, in the memory of the one connection that writes: a challenge never waits for
-- the disk, and nothing can bring a used one back. PostgreSQL has the same table, unlogged. The file has a
-- table of this name for the release before; SQLite finds the temporary one first.
pragma temp_store = memory;
create temp table challenges (
    -- SHA-256 of the challenge cookie: the browser that asked is the one that may answer.
    browser    text    not null,
    kind       text    not null,
    challenge  blob    not null check (length(challenge) = 32),
    -- These name rows of the file, which may be gone by now: then the challenge is of no use.
    session_id text,
    user_id    text,
    action_id  text,
    -- What the ceremony needs again at verify: the new account at sign-up, the nonce at step-up.
    state      text    not null,
    expires_at integer not null,
    -- A new challenge of a kind replaces the open one of the same browser.
    primary key (browser, kind)
) strict, without rowid;
create index temp.challenges_user on challenges (user_id) where user_id is not null;
create index temp.challenges_expires on challenges (expires_at);
-- 256 MiB: more than a flood leaves between two sweeps (`ceremony::sweep`), and less than a machine.
pragma temp.max_page_count = 65536;
