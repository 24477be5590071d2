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
