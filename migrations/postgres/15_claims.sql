-- Any number of accounts may claim an address, a session may begin with a mail, and the program alone says
-- which ways to confirm something there are.
alter table users drop constraint users_email_key;
alter table sessions drop constraint sessions_method_check;
alter table actions drop constraint actions_confirmed_by_check;
alter table challenges drop constraint challenges_kind_check;
alter table challenges add constraint challenges_kind_check
    check (kind in ('sign_up', 'sign_in', 'add_passkey', 'step_up', 'second_factor'));
