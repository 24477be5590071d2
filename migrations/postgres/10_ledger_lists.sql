-- The history of an account is read by id, newest first.
create index transfers_from_id on transfers (from_account, id);
create index transfers_to_id on transfers (to_account, id);
