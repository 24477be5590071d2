-- Any number of accounts may claim an address, a session may begin with a mail, and a one-time code may
-- confirm something.
alter table users drop constraint users_email_key;
alter table sessions drop constraint sessions_method_check;
alter table sessions add constraint sessions_method_check
    check (method in ('passkey', 'password', 'mail', 'totp', 'recovery'));
alter table actions drop constraint actions_confirmed_by_check;
alter table actions add constraint actions_confirmed_by_check
    check (confirmed_by in ('passkey', 'totp', 'password'));
alter table challenges drop constraint challenges_kind_check;
alter table challenges add constraint challenges_kind_check
    check (kind in ('sign_up', 'sign_in', 'add_passkey', 'step_up', 'second_factor'));
