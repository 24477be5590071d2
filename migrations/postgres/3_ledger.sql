-- The demo's money: double entry, append only, in integer cents.

create table accounts (
    id      text    not null primary key,
    user_id text    unique references users (id) on delete set null,
    kind    text    not null check (kind in ('treasury', 'business', 'user')),
    -- Opening balances come out of the treasury, so it alone may be below zero and all
    -- balances together are always zero.
    balance bigint  not null check (balance >= 0 or kind = 'treasury')
);

insert into accounts (id, kind, balance) values
    ('treasury', 'treasury', 0),
    ('bakery', 'business', 0),
    ('power', 'business', 0),
    ('books', 'business', 0);

create table transfers (
    id              text    not null primary key,
    from_account    text    not null references accounts (id),
    to_account      text    not null references accounts (id) check (to_account <> from_account),
    amount          bigint  not null check (amount > 0),
    -- As the sender wrote it: an e-mail address or the name of a business.
    payee           text    not null,
    note            text    not null,
    -- The sender's balance right after, so that a repeated request gets the same answer.
    balance_after   bigint  not null,
    created_at      bigint  not null,
    idempotency_key text    not null,
    -- What was signed and the signature; an opening balance has none.
    receipt         text,
    unique (from_account, idempotency_key)
);
create index transfers_from on transfers (from_account, created_at);
create index transfers_to on transfers (to_account, created_at);

-- Two rows a transfer, whose amounts add up to zero.
create table entries (
    transfer_id text    not null references transfers (id),
    account_id  text    not null references accounts (id),
    amount      bigint  not null check (amount <> 0),
    primary key (transfer_id, account_id)
);
create index entries_account on entries (account_id);

create function ledger_is_append_only() returns trigger language plpgsql as
$$ begin raise exception 'the ledger is append only'; end; $$;

create trigger entries_are_not_updated before update on entries
for each row execute function ledger_is_append_only();
create trigger entries_are_not_deleted before delete on entries
for each row execute function ledger_is_append_only();

-- What moved, and when, stays; who it was and what they wrote can be forgotten.
create trigger transfers_are_not_updated
before update of id, from_account, to_account, amount, balance_after, created_at, idempotency_key on transfers
for each row execute function ledger_is_append_only();
create trigger transfers_are_not_deleted before delete on transfers
for each row execute function ledger_is_append_only();
