-- Ways to sign in that wait before they may confirm anything, and what their owner was told.

-- A passkey that never had to wait has no time to wait for, whatever the clock says.
update passkeys set settled_at = 0 where settled_at <= created_at;

-- From when on the password may confirm something, 0 if it never had to wait; and the one before,
-- which works beside it until then.
alter table users add column password_settled_at bigint not null default 0;
alter table users add column password_before     text;
-- Changes of how to sign in up to this time are known to the account's owner. Nothing asks for
-- recovered_at and recovery_told any more.
alter table users add column told_at bigint not null default 0;
update users set told_at = case
    when recovery_told = 0 and recovered_at is not null then recovered_at - 1
    else coalesce((select max(at) from activity where user_id = users.id), created_at) end;

-- Whether the session began with the account itself, whether what opened it could confirm something
-- by then, and whether its user wants to hear of recovery codes another time.
alter table sessions add column made_account   bigint not null default 0 check (made_account in (0, 1));
alter table sessions add column settled        bigint not null default 1 check (settled in (0, 1));
alter table sessions add column codes_declined bigint not null default 0 check (codes_declined in (0, 1));
-- A session that a passkey opened which waits.
update sessions set settled = 0
where passkey_id in (select id from passkeys where settled_at > sessions.created_at);
-- Those changes, for each page of a signed-in user.
create index activity_factors on activity (user_id, at) where kind in
    ('passkey.registered', 'passkey.deleted', 'password.set', 'password.removed',
     'recovery.generated', 'recovery.used', 'recovery.undone',
     'database.restored');
