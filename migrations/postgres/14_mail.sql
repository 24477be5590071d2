-- Mail, written in the transaction of the act that it is about, and sent by a worker.
create table mails (
    -- Also its Message-ID, which stays the same when it is sent again.
    id         text    not null primary key,
    recipient  text    not null,
    -- What it says, as JSON; empty, like the recipient, once it is sent or void, since it may hold a code.
    letter     text    not null,
    state      text    not null check (state in ('waiting', 'sent', 'refused', 'void')),
    attempts   bigint  not null default 0,
    created_at bigint  not null,
    -- When to try next. While an instance sends it: when another one may.
    due_at     bigint  not null,
    -- When it is of no use any more.
    expires_at bigint  not null
);
create index mails_due on mails (due_at) where state = 'waiting';
create index mails_created on mails (created_at);
create index mails_recipient on mails (recipient) where state = 'waiting';

-- Codes that are open: one for each purpose and browser.
create table mail_codes (
    -- SHA-256 of the cookie of the browser that asked, which is the one that may answer.
    browser    text    not null,
    purpose    text    not null,
    -- SHA-256 of the code and of that cookie's value: 40 random bits alone could be tried.
    hash       bytea   not null,
    tries      bigint  not null default 0,
    user_id    text    references users (id) on delete cascade,
    -- What the act needs that the code is for.
    state      text    not null,
    -- The mail with the code, which is of no use once another code takes its place.
    mail_id    text    not null,
    expires_at bigint  not null,
    primary key (browser, purpose)
);
create index mail_codes_user on mail_codes (user_id) where user_id is not null;
create index mail_codes_expires on mail_codes (expires_at);

-- The addresses that belong to an account. Any number of accounts may claim one in users.email; it belongs
-- to the account that has proven it.
create table addresses (
    email        text    not null primary key,
    user_id      text    not null references users (id) on delete cascade,
    -- None for an address from the time when nobody proved one: it signs its account in until somebody
    -- proves it.
    confirmed_at bigint,
    -- An address before a change is held until then, so that the change can be undone.
    kept_until   bigint 
);
create index addresses_user on addresses (user_id);
create index addresses_kept on addresses (kept_until) where kept_until is not null;
insert into addresses (email, user_id) select email, id from users;

alter table users add column mail_sign_in bigint not null default 1 check (mail_sign_in in (0, 1));

-- Recoveries by mail that wait.
create table recoveries (
    user_id  text    not null primary key references users (id) on delete cascade,
    -- The address that asked: another one of the account has a wait of its own.
    email    text    not null,
    asked_at bigint  not null,
    ready_at bigint  not null
);

-- Links in mails that undo what has not settled.
create table undo_links (
    -- SHA-256 of the token in the link.
    hash       text    not null primary key,
    user_id    text    not null references users (id) on delete cascade,
    -- The address that the link was sent to.
    email      text    not null,
    expires_at bigint  not null
);
create index undo_links_user on undo_links (user_id);
create index undo_links_expires on undo_links (expires_at);

-- What users are told of, with what mail has brought.
drop index activity_told;
create index activity_told on activity (user_id, at) where kind in
    ('change_email', 'database.restored', 'delete_passkey', 'mail_sign_in', 'passkey.deleted',
     'passkey.registered', 'password.removed', 'password.set', 'recovery.asked', 'recovery.by_mail',
     'recovery.generated', 'recovery.undone', 'recovery.used', 'recovery_codes', 'remove_password',
     'set_password');
