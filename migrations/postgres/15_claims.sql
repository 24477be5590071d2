-- Any number of accounts may claim an address, and a session may begin with a mail.
alter table users drop constraint users_email_key;
alter table sessions drop constraint sessions_method_check;
alter table sessions add constraint sessions_method_check
    check (method in ('passkey', 'password', 'mail', 'recovery'));
