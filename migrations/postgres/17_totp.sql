-- One-time codes of users: one that is on, and one that is being set up.
create table totps (
    user_id    text    not null references users (id) on delete cascade,
    -- 0 until a right code was typed.
    confirmed  bigint  not null check (confirmed in (0, 1)),
    -- Sealed with a key that is not in the database: nonce, ciphertext and tag of AES-256-GCM.
    secret     bytea   not null,
    -- Which key that was.
    key_id     text    not null,
    -- The step of the last code that was accepted: a later one is accepted, once.
    last_step  bigint  not null,
    created_at bigint  not null,
    -- When it may confirm something and is asked for at a sign-in, 0 if it never had to wait. While it is being
    -- set up: 0 or 1, whether it will have to wait.
    settled_at bigint  not null,
    -- The session that sets it up.
    session_id text,
    -- When it ends, if a recovery has switched it off.
    ends_at    bigint,
    primary key (user_id, confirmed)
);

-- What users are told of, with one-time codes.
drop index activity_told;
create index activity_told on activity (user_id, at) where kind in (
    'change_email', /* with: mail */
    'database.restored', 'delete_passkey',
    'mail_sign_in', /* with: mail */
    'passkey.deleted', 'passkey.registered', 'password.removed', 'password.set',
    'recovery.asked', 'recovery.by_mail', /* with: mail */
    'recovery.generated', 'recovery.undone', 'recovery.used', 'recovery_codes', 'remove_password',
    'remove_totp', 'set_password', 'totp.added', 'totp.ends');
