-- A database of release 0.1.0, filled through its own calls: accounts of every kind, transfers with
-- receipts, an account that is gone, a recovery that nobody has read of, and what was on its way.
CREATE FUNCTION activity_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'activity is append only'; end; $$;
CREATE FUNCTION ledger_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'the ledger is append only'; end; $$;
CREATE TABLE _sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);
CREATE TABLE accounts (
    id text NOT NULL,
    user_id text,
    kind text NOT NULL,
    balance bigint NOT NULL,
    CONSTRAINT accounts_check CHECK (((balance >= 0) OR (kind = 'treasury'::text))),
    CONSTRAINT accounts_kind_check CHECK ((kind = ANY (ARRAY['treasury'::text, 'business'::text, 'user'::text])))
);
CREATE TABLE actions (
    id text NOT NULL,
    session_id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    summary text NOT NULL,
    methods text NOT NULL,
    settled bigint NOT NULL,
    bytes bytea NOT NULL,
    hash bytea NOT NULL,
    failures bigint DEFAULT 0 NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    confirmed_by text,
    passkey_id text,
    receipt text,
    CONSTRAINT actions_confirmed_by_check CHECK ((confirmed_by = ANY (ARRAY['passkey'::text, 'password'::text]))),
    CONSTRAINT actions_settled_check CHECK ((settled = ANY (ARRAY[(0)::bigint, (1)::bigint])))
);
CREATE TABLE activity (
    id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    at bigint NOT NULL,
    ip text,
    user_agent text,
    detail text
);
CREATE TABLE challenges (
    browser text NOT NULL,
    kind text NOT NULL,
    challenge bytea NOT NULL,
    session_id text,
    user_id text,
    action_id text,
    state text NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT challenges_challenge_check CHECK ((length(challenge) = 32)),
    CONSTRAINT challenges_kind_check CHECK ((kind = ANY (ARRAY['sign_up'::text, 'sign_in'::text, 'add_passkey'::text, 'step_up'::text])))
);
CREATE TABLE declined_offers (
    user_id text NOT NULL,
    offer text NOT NULL
);
CREATE TABLE entries (
    transfer_id text NOT NULL,
    account_id text NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT entries_amount_check CHECK ((amount <> 0))
);
CREATE TABLE passkeys (
    id text NOT NULL,
    user_id text NOT NULL,
    credential_id bytea NOT NULL,
    credential text NOT NULL,
    counter bigint NOT NULL,
    backup_eligible bigint NOT NULL,
    backed_up bigint NOT NULL,
    transports text NOT NULL,
    aaguid bytea NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint,
    settled_at bigint NOT NULL,
    CONSTRAINT passkeys_backed_up_check CHECK ((backed_up = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    CONSTRAINT passkeys_backup_eligible_check CHECK ((backup_eligible = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    CONSTRAINT passkeys_credential_id_check CHECK (((length(credential_id) >= 16) AND (length(credential_id) <= 1023)))
);
CREATE TABLE probe (
    id bigint NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT probe_id_check CHECK ((id = 1))
);
CREATE TABLE recovery_codes (
    user_id text NOT NULL,
    hash bytea NOT NULL,
    used_at bigint
);
CREATE TABLE sessions (
    id text NOT NULL,
    user_id text NOT NULL,
    scope text NOT NULL,
    method text NOT NULL,
    passkey_id text,
    other_device bigint DEFAULT 0 NOT NULL,
    user_agent text,
    data text NOT NULL,
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    CONSTRAINT sessions_method_check CHECK ((method = ANY (ARRAY['passkey'::text, 'password'::text, 'recovery'::text]))),
    CONSTRAINT sessions_other_device_check CHECK ((other_device = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    CONSTRAINT sessions_scope_check CHECK ((scope = ANY (ARRAY['full'::text, 'recovery'::text])))
);
CREATE TABLE transfers (
    id text NOT NULL,
    from_account text NOT NULL,
    to_account text NOT NULL,
    amount bigint NOT NULL,
    payee text NOT NULL,
    note text NOT NULL,
    balance_after bigint NOT NULL,
    created_at bigint NOT NULL,
    idempotency_key text NOT NULL,
    receipt text,
    CONSTRAINT transfers_amount_check CHECK ((amount > 0)),
    CONSTRAINT transfers_check CHECK ((to_account <> from_account))
);
CREATE TABLE tries (
    id text NOT NULL,
    times bigint NOT NULL,
    wait bigint NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE users (
    id text NOT NULL,
    handle bytea NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    phone text,
    password text,
    created_at bigint NOT NULL,
    recovered_at bigint,
    recovery_told bigint DEFAULT 1 NOT NULL,
    CONSTRAINT users_handle_check CHECK ((length(handle) = 16)),
    CONSTRAINT users_recovery_told_check CHECK ((recovery_told = ANY (ARRAY[(0)::bigint, (1)::bigint])))
);
INSERT INTO _sqlx_migrations VALUES (1, 'accounts', '2026-11-24 14:22:31.138771+00', true, '\x32b2e0590bd384d8770b03d790cf1b882a8df4c6c2bf31e683e35c9004f729ffac43583cc58dc0b50f026bfbea124b00', 11895003);
INSERT INTO _sqlx_migrations VALUES (2, 'ceremonies', '2026-11-24 14:22:31.151298+00', true, '\xce11f51326ff6f4529b676b931a09f00f6ff804b0a7d0854b7a6d28da6d608f08669ac8f3d1d0c918b86d213f8aff774', 6233593);
INSERT INTO _sqlx_migrations VALUES (3, 'ledger', '2026-11-24 14:22:31.157839+00', true, '\x5ed74801c65b6d69fdc33f1687b93864635c4a7527a476ff760c7c1f76edb38df848354581d3b088868e7a6595aaaa3a', 8044441);
INSERT INTO _sqlx_migrations VALUES (4, 'operation', '2026-11-24 14:22:31.166285+00', true, '\x5c30d06454aa661113aed5d5e006f0f2b55153d864f3effbd01dbf3275920002e9794ad4c4a4f58db7e8b14e01a3bc61', 2440639);
INSERT INTO _sqlx_migrations VALUES (5, 'activity stays', '2026-11-24 14:22:31.168995+00', true, '\xabe66922e995f1d43f960c492eb892297a5281301c78b91e51d0a496a3885b223c98de27f44b0d23200512eb3d1fc763', 821481);
INSERT INTO accounts VALUES ('power', NULL, 'business', 0);
INSERT INTO accounts VALUES ('books', NULL, 'business', 0);
INSERT INTO accounts VALUES ('bakery', NULL, 'business', 1000);
INSERT INTO accounts VALUES ('01a20def-d539-77db-a2d7-6e3991b970cc', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'user', 997000);
INSERT INTO accounts VALUES ('01a20def-d787-7170-b1fc-a774904a72d8', '01a20def-d785-730a-8bcf-92bd3d1d649b', 'user', 1000000);
INSERT INTO accounts VALUES ('01a20def-d5c7-755b-8fc8-4b466e6e2492', '01a20def-d5c6-7186-a534-a71c3b9bad34', 'user', 1002700);
INSERT INTO accounts VALUES ('01a20def-d7da-75bf-b025-1f17cf2e600e', NULL, 'user', 0);
INSERT INTO accounts VALUES ('treasury', NULL, 'treasury', -4000700);
INSERT INTO accounts VALUES ('01a20def-d868-745d-835a-fcf18fcb44f9', '01a20def-d868-745d-835a-fcf01ef3cab3', 'user', 1000000);
INSERT INTO actions VALUES ('01a20def-d87f-726f-99f5-e8e82d2c67b9', 'uwHPbKpC_EVKZdL6aaz0XfLq46HYcRXSLsSMdy6-OCI', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'change_phone', 'Change your phone number to +442079460001', '["passkey"]', 0, '\x7b226b696e64223a226368616e67655f70686f6e65222c2273756d6d617279223a224368616e676520796f75722070686f6e65206e756d62657220746f202b343432303739343630303031222c227061796c6f6164223a222b343432303739343630303031222c2275736572223a2230316132306465662d643533302d373531352d393330322d633765626464346534633262227d', '\x796cdca5a7eed20ad542fc3a9531b2eca15bd326edc4868f5e55b874cc58581c', 0, 1795530152062, 1795530452062, NULL, NULL, NULL);
INSERT INTO activity VALUES ('01a20def-d535-7480-b040-3f65aaf58039', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'passkey.registered', 1795530151221, '127.0.0.1', 'ureq/3.5.1', 'Passkey');
INSERT INTO activity VALUES ('01a20def-d544-777a-8ce4-ecce6217a525', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'session.created', 1795530151236, '127.0.0.1', 'ureq/3.5.1', 'passkey');
INSERT INTO activity VALUES ('01a20def-d5ce-7422-b533-6cc9d491c4d8', '01a20def-d5c6-7186-a534-a71c3b9bad34', 'session.created', 1795530151374, '127.0.0.1', 'ureq/3.5.1', 'password');
INSERT INTO activity VALUES ('01a20def-d60d-76b0-9633-e25e349f9327', '01a20def-d5c6-7186-a534-a71c3b9bad34', 'step_up.verified', 1795530151437, '127.0.0.1', 'ureq/3.5.1', 'add_passkey');
INSERT INTO activity VALUES ('01a20def-d620-71f0-bd58-402cd856d708', '01a20def-d5c6-7186-a534-a71c3b9bad34', 'passkey.registered', 1795530151456, '127.0.0.1', 'ureq/3.5.1', 'Passkey');
INSERT INTO activity VALUES ('01a20def-d654-7630-b8a3-a3d46fd738b1', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'step_up.verified', 1795530151508, '127.0.0.1', 'ureq/3.5.1', 'set_password');
INSERT INTO activity VALUES ('01a20def-d672-77aa-b44f-3634777ffde0', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'password.set', 1795530151538, '127.0.0.1', 'ureq/3.5.1', NULL);
INSERT INTO activity VALUES ('01a20def-d68f-7621-b278-4c6ac9830614', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'step_up.verified', 1795530151567, '127.0.0.1', 'ureq/3.5.1', 'change_phone');
INSERT INTO activity VALUES ('01a20def-d695-7527-88a4-e4a40a10c140', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'phone.changed', 1795530151573, '127.0.0.1', 'ureq/3.5.1', NULL);
INSERT INTO activity VALUES ('01a20def-d6b4-71e2-8cc5-13d040d88e08', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'step_up.verified', 1795530151604, '127.0.0.1', 'ureq/3.5.1', 'recovery_codes');
INSERT INTO activity VALUES ('01a20def-d6bc-77d3-b6ea-203d5663bba3', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'recovery.generated', 1795530151612, '127.0.0.1', 'ureq/3.5.1', NULL);
INSERT INTO activity VALUES ('01a20def-d6d7-750a-ab68-3f728f6b45b3', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'step_up.verified', 1795530151639, '127.0.0.1', 'ureq/3.5.1', 'add_passkey');
INSERT INTO activity VALUES ('01a20def-d6e9-70b1-b34a-57e6139615c5', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'passkey.registered', 1795530151657, '127.0.0.1', 'ureq/3.5.1', 'Passkey');
INSERT INTO activity VALUES ('01a20def-d70b-7610-82d0-9dd583de19e4', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'step_up.verified', 1795530151691, '127.0.0.1', 'ureq/3.5.1', 'transfer');
INSERT INTO activity VALUES ('01a20def-d719-705c-8c70-70022c802d59', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'transfer.sent', 1795530151705, '127.0.0.1', 'ureq/3.5.1', '01a20def-d718-77a3-a1be-f99f1a72cf17');
INSERT INTO activity VALUES ('01a20def-d71a-735d-8a67-94abebf0394f', '01a20def-d5c6-7186-a534-a71c3b9bad34', 'transfer.received', 1795530151706, '127.0.0.1', 'ureq/3.5.1', '01a20def-d718-77a3-a1be-f99f1a72cf17');
INSERT INTO activity VALUES ('01a20def-d73e-7472-bbdb-7c90fd0bb07c', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'step_up.verified', 1795530151742, '127.0.0.1', 'ureq/3.5.1', 'transfer');
INSERT INTO activity VALUES ('01a20def-d74d-773d-a808-ab7bbb3458e0', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'transfer.sent', 1795530151757, '127.0.0.1', 'ureq/3.5.1', '01a20def-d74c-77ea-9227-b6f6835cacc9');
INSERT INTO activity VALUES ('01a20def-d76f-737e-a0be-64681e899ad2', '01a20def-d5c6-7186-a534-a71c3b9bad34', 'step_up.verified', 1795530151791, '127.0.0.1', 'ureq/3.5.1', 'transfer');
INSERT INTO activity VALUES ('01a20def-d779-7260-9d0c-e93c65536f41', '01a20def-d5c6-7186-a534-a71c3b9bad34', 'transfer.sent', 1795530151801, '127.0.0.1', 'ureq/3.5.1', '01a20def-d778-7065-878d-2722b7f8ac9c');
INSERT INTO activity VALUES ('01a20def-d77a-76ec-9a26-e4865bab70dd', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'transfer.received', 1795530151802, '127.0.0.1', 'ureq/3.5.1', '01a20def-d778-7065-878d-2722b7f8ac9c');
INSERT INTO activity VALUES ('01a20def-d787-7170-b1fc-a77358ceb949', '01a20def-d785-730a-8bcf-92bd3d1d649b', 'passkey.registered', 1795530151815, '127.0.0.1', 'ureq/3.5.1', 'Passkey');
INSERT INTO activity VALUES ('01a20def-d78b-725c-b9e2-b0dc83a5dbdd', '01a20def-d785-730a-8bcf-92bd3d1d649b', 'session.created', 1795530151819, '127.0.0.1', 'ureq/3.5.1', 'passkey');
INSERT INTO activity VALUES ('01a20def-d7a6-77b7-8ae8-a0e602297fbf', '01a20def-d785-730a-8bcf-92bd3d1d649b', 'step_up.verified', 1795530151846, '127.0.0.1', 'ureq/3.5.1', 'recovery_codes');
INSERT INTO activity VALUES ('01a20def-d7b1-76e2-8455-b56f1e68a834', '01a20def-d785-730a-8bcf-92bd3d1d649b', 'recovery.generated', 1795530151857, '127.0.0.1', 'ureq/3.5.1', NULL);
INSERT INTO activity VALUES ('01a20def-d7bb-7198-a961-1943e92100ff', '01a20def-d785-730a-8bcf-92bd3d1d649b', 'recovery.used', 1795530151867, '127.0.0.1', 'ureq/3.5.1', NULL);
INSERT INTO activity VALUES ('01a20def-d7bc-708f-906d-0dbd184d0863', '01a20def-d785-730a-8bcf-92bd3d1d649b', 'session.ended', 1795530151868, '127.0.0.1', 'ureq/3.5.1', NULL);
INSERT INTO activity VALUES ('01a20def-d7be-728e-9350-7d9db39a4d2b', '01a20def-d785-730a-8bcf-92bd3d1d649b', 'session.created', 1795530151870, '127.0.0.1', 'ureq/3.5.1', 'recovery');
INSERT INTO activity VALUES ('01a20def-d7cb-709e-acc0-af06640a13a2', '01a20def-d785-730a-8bcf-92bd3d1d649b', 'passkey.registered', 1795530151883, '127.0.0.1', 'ureq/3.5.1', 'Passkey');
INSERT INTO activity VALUES ('01a20def-d818-753e-b9c9-3dfad39cfa96', '01a20def-d5c6-7186-a534-a71c3b9bad34', 'transfer.received', 1795530151960, '127.0.0.1', 'ureq/3.5.1', '01a20def-d816-7455-8965-6ec9b422245b');
INSERT INTO activity VALUES ('01a20def-d86f-7669-b272-0663728de64a', '01a20def-d868-745d-835a-fcf01ef3cab3', 'session.created', 1795530152047, '127.0.0.1', 'ureq/3.5.1', 'password');
INSERT INTO activity VALUES ('01a20def-d8a4-71bf-9399-83fcc22f388b', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'sign_in.failed', 1795530152100, '127.0.0.1', 'ureq/3.5.1', 'password');
INSERT INTO challenges VALUES ('jbD8LZJELcE5L6FwMNt6Ye2PfbItN11Wu8mgBF7Wugw', 'step_up', '\xd15d13f5eb46d950037d7dc6a6f19f4b46ad5247c482cd905e247ce7fcf13b97', 'uwHPbKpC_EVKZdL6aaz0XfLq46HYcRXSLsSMdy6-OCI', '01a20def-d530-7515-9302-c7ebdd4e4c2b', '01a20def-d87f-726f-99f5-e8e82d2c67b9', '[87,52,46,2,254,59,162,236,169,132,140,57,90,87,136,17,51,236,109,43,219,111,0,86,184,184,34,252,153,220,10,77]', 1795530452069);
INSERT INTO declined_offers VALUES ('01a20def-d868-745d-835a-fcf01ef3cab3', 'add_passkey');
INSERT INTO declined_offers VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', 'add_second');
INSERT INTO entries VALUES ('01a20def-d540-71cd-b173-e11dfa39dfe8', 'treasury', -1000000);
INSERT INTO entries VALUES ('01a20def-d540-71cd-b173-e11dfa39dfe8', '01a20def-d539-77db-a2d7-6e3991b970cc', 1000000);
INSERT INTO entries VALUES ('01a20def-d5cb-7064-8eeb-4663c7900d9a', 'treasury', -1000000);
INSERT INTO entries VALUES ('01a20def-d5cb-7064-8eeb-4663c7900d9a', '01a20def-d5c7-755b-8fc8-4b466e6e2492', 1000000);
INSERT INTO entries VALUES ('01a20def-d718-77a3-a1be-f99f1a72cf17', '01a20def-d539-77db-a2d7-6e3991b970cc', -2500);
INSERT INTO entries VALUES ('01a20def-d718-77a3-a1be-f99f1a72cf17', '01a20def-d5c7-755b-8fc8-4b466e6e2492', 2500);
INSERT INTO entries VALUES ('01a20def-d74c-77ea-9227-b6f6835cacc9', '01a20def-d539-77db-a2d7-6e3991b970cc', -1000);
INSERT INTO entries VALUES ('01a20def-d74c-77ea-9227-b6f6835cacc9', 'bakery', 1000);
INSERT INTO entries VALUES ('01a20def-d778-7065-878d-2722b7f8ac9c', '01a20def-d5c7-755b-8fc8-4b466e6e2492', -500);
INSERT INTO entries VALUES ('01a20def-d778-7065-878d-2722b7f8ac9c', '01a20def-d539-77db-a2d7-6e3991b970cc', 500);
INSERT INTO entries VALUES ('01a20def-d788-7048-bb4f-27ee68d48f3c', 'treasury', -1000000);
INSERT INTO entries VALUES ('01a20def-d788-7048-bb4f-27ee68d48f3c', '01a20def-d787-7170-b1fc-a774904a72d8', 1000000);
INSERT INTO entries VALUES ('01a20def-d7dc-75fc-ba67-6f37ca827001', 'treasury', -1000000);
INSERT INTO entries VALUES ('01a20def-d7dc-75fc-ba67-6f37ca827001', '01a20def-d7da-75bf-b025-1f17cf2e600e', 1000000);
INSERT INTO entries VALUES ('01a20def-d816-7455-8965-6ec9b422245b', '01a20def-d7da-75bf-b025-1f17cf2e600e', -700);
INSERT INTO entries VALUES ('01a20def-d816-7455-8965-6ec9b422245b', '01a20def-d5c7-755b-8fc8-4b466e6e2492', 700);
INSERT INTO entries VALUES ('01a20def-d840-71a9-8ef8-462bc5f8a7f6', '01a20def-d7da-75bf-b025-1f17cf2e600e', -999300);
INSERT INTO entries VALUES ('01a20def-d840-71a9-8ef8-462bc5f8a7f6', 'treasury', 999300);
INSERT INTO entries VALUES ('01a20def-d86b-750e-8503-2319894a084c', 'treasury', -1000000);
INSERT INTO entries VALUES ('01a20def-d86b-750e-8503-2319894a084c', '01a20def-d868-745d-835a-fcf18fcb44f9', 1000000);
INSERT INTO passkeys VALUES ('01a20def-d786-77ba-96e7-a364b8694165', '01a20def-d785-730a-8bcf-92bd3d1d649b', '\x1bc959b237887898c3a37f00223820be64bfec68a46113645f12c9e2e5a20820', '{"cred_id":"G8lZsjeIeJjDo38AIjggvmS_7GikYRNkXxLJ4uWiCCA","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"7sivUmeezZSft6TIzohm1ITvmvBqJYnypIxmmR-TOzU","y":"olmdoi8AAq1sWRsp6ewsBKwF4lDU_rfenvA8WDIEZtc"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}', 0, 1, 1, '["internal","hybrid"]', '\x00000000000000000000000000000000', 'Passkey', 1795530151814, 1795530151845, 1795530151814);
INSERT INTO passkeys VALUES ('01a20def-d7cb-709e-acc0-af052a4c186e', '01a20def-d785-730a-8bcf-92bd3d1d649b', '\x693c68a614d71349d64e59fe09331569d831379a9cb60470be5bf446a48c98f1', '{"cred_id":"aTxophTXE0nWTln-CTMVadgxN5qctgRwvlv0RqSMmPE","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"KQrp0ciMlMCuhh2Dwfsz0OUY6YMww41wV3H5MZao20U","y":"TCjeVcR2IB9ph340fta9EgXAzfi3nd9SM_69JF1zI6Q"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}', 0, 1, 1, '["internal","hybrid"]', '\x00000000000000000000000000000000', 'Passkey', 1795530151883, NULL, 1795616551882);
INSERT INTO passkeys VALUES ('01a20def-d6e8-716f-b79b-10e8e113902f', '01a20def-d530-7515-9302-c7ebdd4e4c2b', '\x6979b93fd6026e0f71cb306ceda62655b725b1efc0f2620830db73a61288e22b', '{"cred_id":"aXm5P9YCbg9xyzBs7aYmVbclse_A8mIIMNtzphKI4is","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"Cgb4QkTYmoD9ACfm7UKzY2fshHSAtQneePxS9tIKDkw","y":"Qyww7uLag9CLn-rNA-pIHIh9Im7ccZ-igymzsN-la5o"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}', 0, 1, 1, '["internal","hybrid"]', '\x00000000000000000000000000000000', 'Passkey', 1795530151657, NULL, 1795530151656);
INSERT INTO passkeys VALUES ('01a20def-d531-75cb-899f-3d819be9582f', '01a20def-d530-7515-9302-c7ebdd4e4c2b', '\x61b815ff63c38745e53c78a3720007f423e802c9cbd7d1eb34173726301a87a3', '{"cred_id":"YbgV_2PDh0XlPHijcgAH9CPoAsnL19HrNBc3JjAah6M","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"F3WKN8bzGPWkR3Pf5xBvcDPRYSCVJsDDXAahVvO2VE4","y":"OrA645A0YFBLOo21jd8ddhw2KlhXUvwEtgqJZTsb9eI"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}', 0, 1, 1, '["internal","hybrid"]', '\x00000000000000000000000000000000', 'Passkey', 1795530151218, 1795530151741, 1795530151217);
INSERT INTO passkeys VALUES ('01a20def-d61f-70ba-8d2f-748ed0d03764', '01a20def-d5c6-7186-a534-a71c3b9bad34', '\x4ab944168b88584acd06bb76fd31666ccd8a226e9eedc875cabd7b570f4967c3', '{"cred_id":"SrlEFouIWErNBrt2_TFmbM2KIm6e7ch1yr17Vw9JZ8M","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"ZZoNhV06dTa98RUNNGnfBHs0UXtyyZWN6f4wg7B-G9Q","y":"CY84PMyI1FELxRlgZ-5kq-vBQMygOSNow-umY-VXUs0"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}', 0, 1, 1, '["internal","hybrid"]', '\x00000000000000000000000000000000', 'Passkey', 1795530151456, 1795530151789, 1795530151455);
INSERT INTO recovery_codes VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\x21d703bb00f21b5de9cb2ea836c1cd0e415ece3dc64d1a6854f94146277a4078', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\xf9a29bd08408f8a43d24c9f76d2548c44e70bf74658303e6c1186f67d9e28673', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\x749268780e506c00f69edd805d35b4ee71929ead766a0189a1b6777a42ca1b0b', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\x8aa342d4e4496a2dd7eaf97201de15e95f031dbb1170d8e131aba0943a726097', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\xf65aa5fd88dd372cc40d36eeb0490e529182986e5842e21a41b9440f72c275bd', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\x04717696a44d7cee8aae932f2fe5c43ed5305f89df0d792db1f3fb7e7eff3701', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\x493137f6e1968d9ef16c3424de56ae641beeb7373f1893a0c9002c0f7b06c590', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\x4de1df782c79262f2a320bcc8e3d01af6f848723f771d7bc955441e5e8dc7e05', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\xc053228f3a1f5492bc0de5fd25adcc93f4b0405e0c68c017c6844a432fb7216b', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\xef4129bb60cc477d47a2da37a3114d8aaf228a3fa239abd1eceea9e45ae134fc', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\xeb724d9b88f9c47b9b3d679e93afa476c75339cd09f5299177f3e9048000c0e3', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\x64159b6b4a1f0429b8c51f294e558e628f86f757465573639ccc9f11c6a97873', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\x61f9c767be41ba30dd08910305f78853a4c854de086791c5d203521f3a5a840c', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\x3df603c81670886d0afe35e52312344ad9e55c23cb5f7b090c87af6ded8926a7', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\x923852ff7a08ffe35bbe9d079ea7e911b8206b56710b067a0853f69c4a2ad878', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\xe26bb2ef819561c9447f2a838e68632b90675ffb8d021cde4f3d19ddc6366cb8', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\x6a8109dc170a1e03d22e0f4a7e7d59f53c6bc6d9dfe53ce101bb292734f40e29', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\x6e044ad9b86e9cdd64871c892b68f196932449a0148366868e166039f274a1ba', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\x3c27bd517e6b5ac07aaaa6941d5229600e6460300e6e2b83648c6eabaaa6f268', NULL);
INSERT INTO recovery_codes VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\xb2e0f1d97a4c56fdabaf4aa91998ebcc93a0db4e5f36c9a2d722bb69ff44d425', 1795530151865);
INSERT INTO sessions VALUES ('YJT5fImdjv6nANHY4wu8CEVoS-nL1Ivy02YTCUfNS6I', '01a20def-d5c6-7186-a534-a71c3b9bad34', 'full', 'password', NULL, 0, 'ureq/3.5.1', '{}', 1795530151373, 1795530151373);
INSERT INTO sessions VALUES ('uwHPbKpC_EVKZdL6aaz0XfLq46HYcRXSLsSMdy6-OCI', '01a20def-d530-7515-9302-c7ebdd4e4c2b', 'full', 'passkey', '01a20def-d531-75cb-899f-3d819be9582f', 0, 'ureq/3.5.1', '{}', 1795530151235, 1795530151235);
INSERT INTO sessions VALUES ('8lCmPIiqW1NSRy3RPiEcdVa9J7FrUS3vZdlUjbWxOCI', '01a20def-d785-730a-8bcf-92bd3d1d649b', 'recovery', 'recovery', NULL, 0, 'ureq/3.5.1', '{}', 1795530151869, 1795530151869);
INSERT INTO sessions VALUES ('P-OLIbyNcwg2BXQL2JG7jSGY_AgzGukdqYc8PhBCY4o', '01a20def-d868-745d-835a-fcf01ef3cab3', 'full', 'password', NULL, 0, 'ureq/3.5.1', '{}', 1795530152046, 1795530152046);
INSERT INTO transfers VALUES ('01a20def-d540-71cd-b173-e11dfa39dfe8', 'treasury', '01a20def-d539-77db-a2d7-6e3991b970cc', 1000000, 'Opening balance', '', -1000000, 1795530151232, '01a20def-d539-77db-a2d7-6e3991b970cc', NULL);
INSERT INTO transfers VALUES ('01a20def-d5cb-7064-8eeb-4663c7900d9a', 'treasury', '01a20def-d5c7-755b-8fc8-4b466e6e2492', 1000000, 'Opening balance', '', -2000000, 1795530151371, '01a20def-d5c7-755b-8fc8-4b466e6e2492', NULL);
INSERT INTO transfers VALUES ('01a20def-d718-77a3-a1be-f99f1a72cf17', '01a20def-d539-77db-a2d7-6e3991b970cc', '01a20def-d5c7-755b-8fc8-4b466e6e2492', 2500, 'bob@example.com', 'lunch', 997500, 1795530151704, '01a20def-d6eb-717f-9ade-9924e99c142e', '{"action":"{\"kind\":\"transfer\",\"summary\":\"Send $25.00 to bob@example.com\",\"payload\":{\"from\":\"01a20def-d539-77db-a2d7-6e3991b970cc\",\"to\":\"01a20def-d5c7-755b-8fc8-4b466e6e2492\",\"payee\":\"bob@example.com\",\"amount_cents\":2500,\"note\":\"lunch\",\"idempotency_key\":\"01a20def-d6eb-717f-9ade-9924e99c142e\"},\"user\":\"01a20def-d530-7515-9302-c7ebdd4e4c2b\"}","nonce":"03qfVj3BdD1lKG-DcI41ELfHjc2cVXikeSr_wE4BM80","rp_id":"localhost","origin":"http://localhost:3000","public_key":{"kty":"EC","alg":"ES256","crv":"P-256","x":"F3WKN8bzGPWkR3Pf5xBvcDPRYSCVJsDDXAahVvO2VE4","y":"OrA645A0YFBLOo21jd8ddhw2KlhXUvwEtgqJZTsb9eI"},"authenticator_data":"SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA","client_data_json":"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiSkJRSFBERmo4Vm5uNFlfcEhwSm10V211QlkxLXU4ZE42N3JWbTh6S2t5YyIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6MzAwMCJ9","signature":"MEYCIQChvJF5_nX_ScfWOCDnjwfIrklUu0bME0gNlPyNGM-6gAIhAPCbw9R5SzghCHoMcEFWpWg7pQrArh0l8DRr-lo3LoKu"}');
INSERT INTO transfers VALUES ('01a20def-d74c-77ea-9227-b6f6835cacc9', '01a20def-d539-77db-a2d7-6e3991b970cc', 'bakery', 1000, 'bakery', '', 996500, 1795530151756, '01a20def-d71b-74d9-896f-2034f7ca3421', '{"action":"{\"kind\":\"transfer\",\"summary\":\"Send $10.00 to Corner Bakery\",\"payload\":{\"from\":\"01a20def-d539-77db-a2d7-6e3991b970cc\",\"to\":\"bakery\",\"payee\":\"bakery\",\"amount_cents\":1000,\"note\":\"\",\"idempotency_key\":\"01a20def-d71b-74d9-896f-2034f7ca3421\"},\"user\":\"01a20def-d530-7515-9302-c7ebdd4e4c2b\"}","nonce":"bymoLcflso7xsruTLUvEicuXbBGG-nKiPxk685f8h_U","rp_id":"localhost","origin":"http://localhost:3000","public_key":{"kty":"EC","alg":"ES256","crv":"P-256","x":"F3WKN8bzGPWkR3Pf5xBvcDPRYSCVJsDDXAahVvO2VE4","y":"OrA645A0YFBLOo21jd8ddhw2KlhXUvwEtgqJZTsb9eI"},"authenticator_data":"SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA","client_data_json":"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiazUxeU1KcW5WN3FYUy16azV0ZTRoTlRpOWtFd291SFpSTDY5aFk3bUFPUSIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6MzAwMCJ9","signature":"MEUCIQDODXbqdMMyiZs243R7Oldz-0cSAwJg8NG3UzSL9Is7PQIgDlseQCf9hp_ItrbN8cRlDZRkhMxaJ__46pK8xY5bIUY"}');
INSERT INTO transfers VALUES ('01a20def-d778-7065-878d-2722b7f8ac9c', '01a20def-d5c7-755b-8fc8-4b466e6e2492', '01a20def-d539-77db-a2d7-6e3991b970cc', 500, 'ann@example.com', 'change', 1002000, 1795530151800, '01a20def-d74f-771f-a3c1-bb95cb1851e4', '{"action":"{\"kind\":\"transfer\",\"summary\":\"Send $5.00 to ann@example.com\",\"payload\":{\"from\":\"01a20def-d5c7-755b-8fc8-4b466e6e2492\",\"to\":\"01a20def-d539-77db-a2d7-6e3991b970cc\",\"payee\":\"ann@example.com\",\"amount_cents\":500,\"note\":\"change\",\"idempotency_key\":\"01a20def-d74f-771f-a3c1-bb95cb1851e4\"},\"user\":\"01a20def-d5c6-7186-a534-a71c3b9bad34\"}","nonce":"27Box6r1QS3uoiM7iYo2O493jXe8pQMlH6x5jk06yqM","rp_id":"localhost","origin":"http://localhost:3000","public_key":{"kty":"EC","alg":"ES256","crv":"P-256","x":"ZZoNhV06dTa98RUNNGnfBHs0UXtyyZWN6f4wg7B-G9Q","y":"CY84PMyI1FELxRlgZ-5kq-vBQMygOSNow-umY-VXUs0"},"authenticator_data":"SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA","client_data_json":"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiNm96WTBmcVlXdWJGUlM0clZZdnBjWktxWkhHRVc5d1RSc3owS3ZMMm40USIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6MzAwMCJ9","signature":"MEUCIHvgg24frKFue73VL79FDxczPaJswEJSqREdRV8jMVe2AiEAtYwHvjH9aZo_ux2YgZbI29-odSnMW58-_eiARmYZoSQ"}');
INSERT INTO transfers VALUES ('01a20def-d788-7048-bb4f-27ee68d48f3c', 'treasury', '01a20def-d787-7170-b1fc-a774904a72d8', 1000000, 'Opening balance', '', -3000000, 1795530151816, '01a20def-d787-7170-b1fc-a774904a72d8', NULL);
INSERT INTO transfers VALUES ('01a20def-d816-7455-8965-6ec9b422245b', '01a20def-d7da-75bf-b025-1f17cf2e600e', '01a20def-d5c7-755b-8fc8-4b466e6e2492', 700, 'bob@example.com', '', 999300, 1795530151958, '01a20def-d7de-7598-9c48-6f8a7dc6a641', NULL);
INSERT INTO transfers VALUES ('01a20def-d840-71a9-8ef8-462bc5f8a7f6', '01a20def-d7da-75bf-b025-1f17cf2e600e', 'treasury', 999300, 'Closed account', '', 0, 1795530152000, '01a20def-d83f-74a6-b7d7-04a7daa5f523', NULL);
INSERT INTO transfers VALUES ('01a20def-d7dc-75fc-ba67-6f37ca827001', 'treasury', '01a20def-d7da-75bf-b025-1f17cf2e600e', 1000000, 'Closed account', '', -4000000, 1795530151900, '01a20def-d7da-75bf-b025-1f17cf2e600e', NULL);
INSERT INTO transfers VALUES ('01a20def-d86b-750e-8503-2319894a084c', 'treasury', '01a20def-d868-745d-835a-fcf18fcb44f9', 1000000, 'Opening balance', '', -4000700, 1795530152043, '01a20def-d868-745d-835a-fcf18fcb44f9', NULL);
INSERT INTO tries VALUES ('step_up:xVbfW39UYq6Vgv9TRNPWxJ9QKh6uCux1F7gRlYNqXqw', 1, 0, 1795530152067);
INSERT INTO tries VALUES ('password:cdT1X3L6Eo37RooaOQFQfIBLdDFkiHRNdp1_SxZpZHY', 1, 0, 1795530152076);
INSERT INTO users VALUES ('01a20def-d5c6-7186-a534-a71c3b9bad34', '\x576bd43d36573f64df12be762ea1eff3', 'bob@example.com', 'bob', NULL, '$argon2id$v=19$m=19456,t=2,p=1$i59BA6jjSpVYk6hLEoUDNw$QzOD2jj7fQZ7d2TJYYrSbDqcVx37pI75Eq4fzo3DsJ0', 1795530151366, NULL, 1);
INSERT INTO users VALUES ('01a20def-d530-7515-9302-c7ebdd4e4c2b', '\x64995313238a976ef1916414703638c5', 'ann@example.com', 'ann', '+442079460000', '$argon2id$v=19$m=19456,t=2,p=1$F1WP58lAhqCHkZ7KX87QTQ$HtXNoTgB5BqQhbLF1F4yU9l7J/oYoCJTqFaE0u+hOuo', 1795530151216, NULL, 1);
INSERT INTO users VALUES ('01a20def-d785-730a-8bcf-92bd3d1d649b', '\x0314e70c3c13e609b4744326c3a7efe9', 'cem@example.com', 'cem', NULL, NULL, 1795530151813, 1795530151865, 0);
INSERT INTO users VALUES ('01a20def-d868-745d-835a-fcf01ef3cab3', '\xc0107a22076281284218de3d1f985905', 'jürgen@exämple.com', 'Jürgen', NULL, '$argon2id$v=19$m=19456,t=2,p=1$Q0dz1LP3W7jgCfloCbS8xw$M0Uzm1+Fz7a36RPGSlm+6ZhwcShVUb3cTK9dYrJly3I', 1795530152040, NULL, 1);
ALTER TABLE ONLY _sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_user_id_key UNIQUE (user_id);
ALTER TABLE ONLY actions
    ADD CONSTRAINT actions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY actions
    ADD CONSTRAINT actions_session_id_hash_key UNIQUE (session_id, hash);
ALTER TABLE ONLY activity
    ADD CONSTRAINT activity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY challenges
    ADD CONSTRAINT challenges_pkey PRIMARY KEY (browser, kind);
ALTER TABLE ONLY declined_offers
    ADD CONSTRAINT declined_offers_pkey PRIMARY KEY (user_id, offer);
ALTER TABLE ONLY entries
    ADD CONSTRAINT entries_pkey PRIMARY KEY (transfer_id, account_id);
ALTER TABLE ONLY passkeys
    ADD CONSTRAINT passkeys_credential_id_key UNIQUE (credential_id);
ALTER TABLE ONLY passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY probe
    ADD CONSTRAINT probe_pkey PRIMARY KEY (id);
ALTER TABLE ONLY recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, hash);
ALTER TABLE ONLY sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY transfers
    ADD CONSTRAINT transfers_from_account_idempotency_key_key UNIQUE (from_account, idempotency_key);
ALTER TABLE ONLY transfers
    ADD CONSTRAINT transfers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tries
    ADD CONSTRAINT tries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY users
    ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE ONLY users
    ADD CONSTRAINT users_handle_key UNIQUE (handle);
ALTER TABLE ONLY users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX actions_expires ON actions USING btree (expires_at);
CREATE INDEX actions_passkey ON actions USING btree (passkey_id);
CREATE INDEX actions_user ON actions USING btree (user_id);
CREATE INDEX activity_user ON activity USING btree (user_id, id);
CREATE INDEX challenges_action ON challenges USING btree (action_id);
CREATE INDEX challenges_expires ON challenges USING btree (expires_at);
CREATE INDEX challenges_session ON challenges USING btree (session_id);
CREATE INDEX challenges_user ON challenges USING btree (user_id);
CREATE INDEX entries_account ON entries USING btree (account_id);
CREATE INDEX passkeys_user ON passkeys USING btree (user_id);
CREATE INDEX sessions_created ON sessions USING btree (created_at);
CREATE INDEX sessions_last_seen ON sessions USING btree (last_seen_at);
CREATE INDEX sessions_passkey ON sessions USING btree (passkey_id);
CREATE INDEX sessions_user ON sessions USING btree (user_id);
CREATE INDEX transfers_from ON transfers USING btree (from_account, created_at);
CREATE INDEX transfers_to ON transfers USING btree (to_account, created_at);
CREATE INDEX tries_at ON tries USING btree (at);
CREATE TRIGGER activity_is_not_updated BEFORE UPDATE ON activity FOR EACH ROW EXECUTE FUNCTION activity_is_append_only();
CREATE TRIGGER entries_are_not_deleted BEFORE DELETE ON entries FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER entries_are_not_updated BEFORE UPDATE ON entries FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER transfers_are_not_deleted BEFORE DELETE ON transfers FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER transfers_are_not_updated BEFORE UPDATE OF id, from_account, to_account, amount, balance_after, created_at, idempotency_key ON transfers FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
ALTER TABLE ONLY accounts
    ADD CONSTRAINT accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE SET NULL;
ALTER TABLE ONLY actions
    ADD CONSTRAINT actions_passkey_id_fkey FOREIGN KEY (passkey_id) REFERENCES passkeys(id) ON DELETE CASCADE;
ALTER TABLE ONLY actions
    ADD CONSTRAINT actions_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE;
ALTER TABLE ONLY actions
    ADD CONSTRAINT actions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE ONLY activity
    ADD CONSTRAINT activity_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE ONLY challenges
    ADD CONSTRAINT challenges_action_id_fkey FOREIGN KEY (action_id) REFERENCES actions(id) ON DELETE CASCADE;
ALTER TABLE ONLY challenges
    ADD CONSTRAINT challenges_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE;
ALTER TABLE ONLY challenges
    ADD CONSTRAINT challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE ONLY declined_offers
    ADD CONSTRAINT declined_offers_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE ONLY entries
    ADD CONSTRAINT entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id);
ALTER TABLE ONLY entries
    ADD CONSTRAINT entries_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES transfers(id);
ALTER TABLE ONLY passkeys
    ADD CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE ONLY recovery_codes
    ADD CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE ONLY sessions
    ADD CONSTRAINT sessions_passkey_id_fkey FOREIGN KEY (passkey_id) REFERENCES passkeys(id) ON DELETE SET NULL;
ALTER TABLE ONLY sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
ALTER TABLE ONLY transfers
    ADD CONSTRAINT transfers_from_account_fkey FOREIGN KEY (from_account) REFERENCES accounts(id);
ALTER TABLE ONLY transfers
    ADD CONSTRAINT transfers_to_account_fkey FOREIGN KEY (to_account) REFERENCES accounts(id);
