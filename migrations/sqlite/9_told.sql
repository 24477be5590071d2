-- What users are told of has the names of the acts from here on. Older rows keep theirs.
create index activity_told on activity (user_id, at) where kind in
    ('database.restored', 'delete_passkey', 'passkey.deleted', 'passkey.registered', 'password.removed',
     'password.set', 'recovery.generated', 'recovery.undone', 'recovery.used', 'recovery_codes',
     'remove_password', 'set_password');
