-- no-transaction
-- Any number of accounts may claim an address, a session may begin with a mail, and a one-time code may
-- confirm something. SQLite drops no constraint, so these tables are made again; what refers to them stays
-- as it is meanwhile. If this is interrupted, it is done again from the beginning.
pragma foreign_keys = off;
begin immediate;

create table users_again (
    id         text    not null primary key,
    handle     blob    not null unique check (length(handle) = 16),
    -- What the account claims; `addresses` says whose it is.
    email      text    not null,
    name       text    not null,
    phone      text,
    password   text,
    created_at integer not null,
    recovered_at   integer,
    recovery_told  integer not null default 1 check (recovery_told in (0, 1)),
    password_settled_at integer not null default 0,
    password_before     text,
    told_at             integer not null default 0,
    mail_sign_in        integer not null default 1 check (mail_sign_in in (0, 1))
) strict;
insert into users_again
    (id, handle, email, name, phone, password, created_at, recovered_at, recovery_told,
     password_settled_at, password_before, told_at, mail_sign_in)
select id, handle, email, name, phone, password, created_at, recovered_at, recovery_told,
     password_settled_at, password_before, told_at, mail_sign_in
from users;
drop table users;
alter table users_again rename to users;

create table sessions_again (
    id           text    not null primary key,
    user_id      text    not null references users (id) on delete cascade,
    scope        text    not null check (scope in ('full', 'recovery')),
    method       text    not null check (method in ('passkey', 'password', 'mail', 'totp', 'recovery')),
    passkey_id   text    references passkeys (id) on delete set null,
    other_device integer not null default 0 check (other_device in (0, 1)),
    user_agent   text,
    data         text    not null,
    created_at   integer not null,
    last_seen_at integer not null,
    made_account   integer not null default 0 check (made_account in (0, 1)),
    settled        integer not null default 1 check (settled in (0, 1)),
    codes_declined integer not null default 0 check (codes_declined in (0, 1))
) strict;
insert into sessions_again
    (id, user_id, scope, method, passkey_id, other_device, user_agent, data, created_at, last_seen_at,
     made_account, settled, codes_declined)
select id, user_id, scope, method, passkey_id, other_device, user_agent, data, created_at, last_seen_at,
     made_account, settled, codes_declined
from sessions;
drop table sessions;
alter table sessions_again rename to sessions;
create index sessions_user on sessions (user_id);
create index sessions_passkey on sessions (passkey_id);
create index sessions_created on sessions (created_at);
create index sessions_last_seen on sessions (last_seen_at);

-- What was waiting for its confirmation at the upgrade is asked for again.
drop table actions;
create table actions (
    id              text    not null primary key,
    session_id      text    not null references sessions (id) on delete cascade,
    user_id         text    not null references users (id) on delete cascade,
    kind            text    not null,
    summary         text    not null,
    methods         text    not null,
    settled         integer not null check (settled in (0, 1)),
    bytes           blob    not null,
    hash            blob    not null,
    failures        integer not null default 0,
    created_at      integer not null,
    expires_at      integer not null,
    confirmed_by    text    check (confirmed_by in ('passkey', 'totp', 'password')),
    passkey_id      text    references passkeys (id) on delete cascade,
    receipt         text,
    unique (session_id, hash)
) strict;
create index actions_user on actions (user_id);
create index actions_passkey on actions (passkey_id);
create index actions_expires on actions (expires_at);

commit;
pragma foreign_keys = on;
