-- A database of release 0.1.0, filled through its own calls: accounts of every kind, transfers with
-- receipts, an account that is gone, a recovery that nobody has read of, and what was on its way.
pragma foreign_keys = off;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(1,'accounts','2026-11-24 14:22:26',1,X'813A815EDCE637B04A388367CE0CDF9A4FA0CF8E421984C4CBC586712643CD8C8BD719CA4D146EDFD99C1A457656DFEB',2952699);
INSERT INTO "_sqlx_migrations" VALUES(2,'ceremonies','2026-11-24 14:22:26',1,X'73339946AA9898A2932DD999ADA6AEC972B93930D0C25708F7795FB38A8B6F064C376BBE58386E84029EFD0961B69BF3',2223000);
INSERT INTO "_sqlx_migrations" VALUES(3,'ledger','2026-11-24 14:22:26',1,X'8EBC373DB0ED67F28734677806CAE7C45ACB64F3810A56FDCEC8EB011855D008EA1DFE673DC18795DB379F0868F60BC4',1978752);
INSERT INTO "_sqlx_migrations" VALUES(4,'operation','2026-11-24 14:22:26',1,X'5C0FC77BB33713D6B087D972877103FF6F726992A81CF031DF71743F71E75BEDACC89C7B9AC84EDC6E2D568F448159DE',1151320);
INSERT INTO "_sqlx_migrations" VALUES(5,'activity stays','2026-11-24 14:22:26',1,X'55648128B7861D72821BE689275BDF9B262550EDFB023579FA57E1B0A50050763FEB6C6E3D42C298D14CEEC7A94493D8',691808);
CREATE TABLE accounts (
    id      text    not null primary key,
    user_id text    unique references users (id) on delete set null,
    kind    text    not null check (kind in ('treasury', 'business', 'user')),
    -- Opening balances come out of the treasury, so it alone may be below zero and all
    -- balances together are always zero.
    balance integer not null check (balance >= 0 or kind = 'treasury')
) strict;
INSERT INTO "accounts" VALUES('treasury',NULL,'treasury',-4000700);
INSERT INTO "accounts" VALUES('bakery',NULL,'business',1000);
INSERT INTO "accounts" VALUES('power',NULL,'business',0);
INSERT INTO "accounts" VALUES('books',NULL,'business',0);
INSERT INTO "accounts" VALUES('01a20def-c287-74dd-b6ec-dc1cb6c90161','01a20def-c286-7651-afb6-9421194f281e','user',997000);
INSERT INTO "accounts" VALUES('01a20def-c30a-76d1-9846-d0faa7c6264b','01a20def-c309-7707-a29d-64873e6dcbab','user',1002700);
INSERT INTO "accounts" VALUES('01a20def-c4ac-73c2-8826-9ba8a85c9d31','01a20def-c4ab-72ac-88fd-b1a9f62e7e27','user',1000000);
INSERT INTO "accounts" VALUES('01a20def-c4f6-7337-b2f8-3dbda5ae9403',NULL,'user',0);
INSERT INTO "accounts" VALUES('01a20def-c562-7540-ab93-35cdfb8e0701','01a20def-c562-7540-ab93-35cc61c5b0ad','user',1000000);
CREATE TABLE actions (
    id              text    not null primary key,
    session_id      text    not null references sessions (id) on delete cascade,
    user_id         text    not null references users (id) on delete cascade,
    kind            text    not null,
    summary         text    not null,
    -- Who may confirm it: the accepted methods, and whether a passkey must be settled.
    methods         text    not null,
    settled         integer not null check (settled in (0, 1)),
    -- The bytes that the challenge is a hash over, and their own hash.
    bytes           blob    not null,
    hash            blob    not null,
    failures        integer not null default 0,
    created_at      integer not null,
    expires_at      integer not null,
    -- Set when confirmed. Removing the passkey takes back what it confirmed.
    confirmed_by    text    check (confirmed_by in ('passkey', 'password')),
    passkey_id      text    references passkeys (id) on delete cascade,
    receipt         text,
    unique (session_id, hash)
) strict;
INSERT INTO "actions" VALUES('01a20def-c57a-70dd-ab83-b8f4ebcd0261','-o8-w-1XWSh-tWuzmDDmNWWJ4k962T0ZrrDE0x0elHM','01a20def-c286-7651-afb6-9421194f281e','change_phone','Change your phone number to +442079460001','["passkey"]',0,X'7B226B696E64223A226368616E67655F70686F6E65222C2273756D6D617279223A224368616E676520796F75722070686F6E65206E756D62657220746F202B343432303739343630303031222C227061796C6F6164223A222B343432303739343630303031222C2275736572223A2230316132306465662D633238362D373635312D616662362D393432313139346632383165227D',X'20EA6CB1D7B9734DDFF857B837C0A2A87C065D718B92AEC0F76055147981E904',0,1795530147193,1795530447193,NULL,NULL,NULL);
CREATE TABLE activity (
    id         text    not null primary key,
    user_id    text    not null references users (id) on delete cascade,
    kind       text    not null,
    at         integer not null,
    ip         text,
    user_agent text,
    detail     text
) strict;
INSERT INTO "activity" VALUES('01a20def-c287-74dd-b6ec-dc1b99457713','01a20def-c286-7651-afb6-9421194f281e','passkey.registered',1795530146439,'127.0.0.1','ureq/3.5.1','Passkey');
INSERT INTO "activity" VALUES('01a20def-c289-72c0-807e-6eaef3c2740c','01a20def-c286-7651-afb6-9421194f281e','session.created',1795530146441,'127.0.0.1','ureq/3.5.1','passkey');
INSERT INTO "activity" VALUES('01a20def-c30b-7085-8570-cbd04e1b25c5','01a20def-c309-7707-a29d-64873e6dcbab','session.created',1795530146571,'127.0.0.1','ureq/3.5.1','password');
INSERT INTO "activity" VALUES('01a20def-c34b-75a8-bdf4-aa676ebb0c53','01a20def-c309-7707-a29d-64873e6dcbab','step_up.verified',1795530146635,'127.0.0.1','ureq/3.5.1','add_passkey');
INSERT INTO "activity" VALUES('01a20def-c359-76f2-aecb-0a2706f40102','01a20def-c309-7707-a29d-64873e6dcbab','passkey.registered',1795530146649,'127.0.0.1','ureq/3.5.1','Passkey');
INSERT INTO "activity" VALUES('01a20def-c39b-7721-8fa1-0211e33456c3','01a20def-c286-7651-afb6-9421194f281e','step_up.verified',1795530146715,'127.0.0.1','ureq/3.5.1','set_password');
INSERT INTO "activity" VALUES('01a20def-c3bd-74b6-919f-9aa9a8d1d25a','01a20def-c286-7651-afb6-9421194f281e','password.set',1795530146749,'127.0.0.1','ureq/3.5.1',NULL);
INSERT INTO "activity" VALUES('01a20def-c3d6-7096-9eb7-86a1e1f81263','01a20def-c286-7651-afb6-9421194f281e','step_up.verified',1795530146774,'127.0.0.1','ureq/3.5.1','change_phone');
INSERT INTO "activity" VALUES('01a20def-c3db-756a-a0f7-5380bde35d7b','01a20def-c286-7651-afb6-9421194f281e','phone.changed',1795530146779,'127.0.0.1','ureq/3.5.1',NULL);
INSERT INTO "activity" VALUES('01a20def-c3f3-7080-92db-8928ee34c4e4','01a20def-c286-7651-afb6-9421194f281e','step_up.verified',1795530146803,'127.0.0.1','ureq/3.5.1','recovery_codes');
INSERT INTO "activity" VALUES('01a20def-c3fa-775d-98e3-974b16d560e3','01a20def-c286-7651-afb6-9421194f281e','recovery.generated',1795530146810,'127.0.0.1','ureq/3.5.1',NULL);
INSERT INTO "activity" VALUES('01a20def-c413-762d-93c0-e1f95017855d','01a20def-c286-7651-afb6-9421194f281e','step_up.verified',1795530146835,'127.0.0.1','ureq/3.5.1','add_passkey');
INSERT INTO "activity" VALUES('01a20def-c424-7237-bd28-532d9720e653','01a20def-c286-7651-afb6-9421194f281e','passkey.registered',1795530146852,'127.0.0.1','ureq/3.5.1','Passkey');
INSERT INTO "activity" VALUES('01a20def-c449-75b7-8ac3-7bec76e74ab4','01a20def-c286-7651-afb6-9421194f281e','step_up.verified',1795530146889,'127.0.0.1','ureq/3.5.1','transfer');
INSERT INTO "activity" VALUES('01a20def-c450-77f3-90f3-faa2bec99b84','01a20def-c286-7651-afb6-9421194f281e','transfer.sent',1795530146896,'127.0.0.1','ureq/3.5.1','01a20def-c450-77f3-90f3-faa15ff82163');
INSERT INTO "activity" VALUES('01a20def-c451-771f-a097-988d1d38c6bd','01a20def-c309-7707-a29d-64873e6dcbab','transfer.received',1795530146897,'127.0.0.1','ureq/3.5.1','01a20def-c450-77f3-90f3-faa15ff82163');
INSERT INTO "activity" VALUES('01a20def-c46e-73af-9968-dcad28d8e33a','01a20def-c286-7651-afb6-9421194f281e','step_up.verified',1795530146926,'127.0.0.1','ureq/3.5.1','transfer');
INSERT INTO "activity" VALUES('01a20def-c475-737d-8aa2-8e7ffa5a9e98','01a20def-c286-7651-afb6-9421194f281e','transfer.sent',1795530146933,'127.0.0.1','ureq/3.5.1','01a20def-c475-737d-8aa2-8e7eaefca21c');
INSERT INTO "activity" VALUES('01a20def-c493-70d9-8a54-575c5c375d5b','01a20def-c309-7707-a29d-64873e6dcbab','step_up.verified',1795530146963,'127.0.0.1','ureq/3.5.1','transfer');
INSERT INTO "activity" VALUES('01a20def-c49b-75b5-9372-31fcd9b94cda','01a20def-c309-7707-a29d-64873e6dcbab','transfer.sent',1795530146971,'127.0.0.1','ureq/3.5.1','01a20def-c49b-75b5-9372-31fbd1b3a070');
INSERT INTO "activity" VALUES('01a20def-c49c-7601-905b-4034d44442f4','01a20def-c286-7651-afb6-9421194f281e','transfer.received',1795530146972,'127.0.0.1','ureq/3.5.1','01a20def-c49b-75b5-9372-31fbd1b3a070');
INSERT INTO "activity" VALUES('01a20def-c4ac-73c2-8826-9ba7c4a99592','01a20def-c4ab-72ac-88fd-b1a9f62e7e27','passkey.registered',1795530146988,'127.0.0.1','ureq/3.5.1','Passkey');
INSERT INTO "activity" VALUES('01a20def-c4ad-7388-b960-c73254d6212f','01a20def-c4ab-72ac-88fd-b1a9f62e7e27','session.created',1795530146989,'127.0.0.1','ureq/3.5.1','passkey');
INSERT INTO "activity" VALUES('01a20def-c4c6-741b-b22c-7d3f398f566b','01a20def-c4ab-72ac-88fd-b1a9f62e7e27','step_up.verified',1795530147014,'127.0.0.1','ureq/3.5.1','recovery_codes');
INSERT INTO "activity" VALUES('01a20def-c4cc-75d8-8c8e-55ed75fde9d0','01a20def-c4ab-72ac-88fd-b1a9f62e7e27','recovery.generated',1795530147020,'127.0.0.1','ureq/3.5.1',NULL);
INSERT INTO "activity" VALUES('01a20def-c4d6-76a9-8246-9d570a703f4a','01a20def-c4ab-72ac-88fd-b1a9f62e7e27','recovery.used',1795530147030,'127.0.0.1','ureq/3.5.1',NULL);
INSERT INTO "activity" VALUES('01a20def-c4d6-76a9-8246-9d58a3ee1e39','01a20def-c4ab-72ac-88fd-b1a9f62e7e27','session.ended',1795530147030,'127.0.0.1','ureq/3.5.1',NULL);
INSERT INTO "activity" VALUES('01a20def-c4d7-7482-bb11-4914fb8e6fe6','01a20def-c4ab-72ac-88fd-b1a9f62e7e27','session.created',1795530147031,'127.0.0.1','ureq/3.5.1','recovery');
INSERT INTO "activity" VALUES('01a20def-c4e5-7074-822a-dba5397758d1','01a20def-c4ab-72ac-88fd-b1a9f62e7e27','passkey.registered',1795530147045,'127.0.0.1','ureq/3.5.1','Passkey');
INSERT INTO "activity" VALUES('01a20def-c51d-72f9-baff-131ded356cfe','01a20def-c309-7707-a29d-64873e6dcbab','transfer.received',1795530147101,'127.0.0.1','ureq/3.5.1','01a20def-c51d-72f9-baff-131bb064b4e0');
INSERT INTO "activity" VALUES('01a20def-c564-7406-8f87-c114d5a48b29','01a20def-c562-7540-ab93-35cc61c5b0ad','session.created',1795530147172,'127.0.0.1','ureq/3.5.1','password');
INSERT INTO "activity" VALUES('01a20def-c5af-72c7-baf9-610385d49758','01a20def-c286-7651-afb6-9421194f281e','sign_in.failed',1795530147247,'127.0.0.1','ureq/3.5.1','password');
CREATE TABLE challenges (
    -- SHA-256 of the challenge cookie: the browser that asked is the one that may answer.
    browser    text    not null,
    kind       text    not null check (kind in ('sign_up', 'sign_in', 'add_passkey', 'step_up')),
    challenge  blob    not null check (length(challenge) = 32),
    session_id text    references sessions (id) on delete cascade,
    user_id    text    references users (id) on delete cascade,
    action_id  text    references actions (id) on delete cascade,
    -- What the ceremony needs again at verify: the new account at sign-up, the nonce at step-up.
    state      text    not null,
    expires_at integer not null,
    -- A new challenge of a kind replaces the open one of the same browser.
    primary key (browser, kind)
) strict;
INSERT INTO "challenges" VALUES('zUwtYHRXOsEJUF6lBpHCFEyCgnmEejk08oi-987L010','step_up',X'8F35620D4FC954D35756D619D9F3A39AF23DA876024A557602F41AFDB713230A','-o8-w-1XWSh-tWuzmDDmNWWJ4k962T0ZrrDE0x0elHM','01a20def-c286-7651-afb6-9421194f281e','01a20def-c57a-70dd-ab83-b8f4ebcd0261','[87,175,203,230,194,162,72,63,52,217,101,61,39,246,228,41,199,100,164,211,82,134,153,196,0,42,191,150,172,196,181,50]',1795530447201);
CREATE TABLE declined_offers (
    user_id text not null references users (id) on delete cascade,
    offer   text not null,
    primary key (user_id, offer)
) strict;
INSERT INTO "declined_offers" VALUES('01a20def-c562-7540-ab93-35cc61c5b0ad','add_passkey');
INSERT INTO "declined_offers" VALUES('01a20def-c286-7651-afb6-9421194f281e','add_second');
CREATE TABLE entries (
    transfer_id text    not null references transfers (id),
    account_id  text    not null references accounts (id),
    amount      integer not null check (amount <> 0),
    primary key (transfer_id, account_id)
) strict;
INSERT INTO "entries" VALUES('01a20def-c288-770e-93fd-90fba2f960f2','treasury',-1000000);
INSERT INTO "entries" VALUES('01a20def-c288-770e-93fd-90fba2f960f2','01a20def-c287-74dd-b6ec-dc1cb6c90161',1000000);
INSERT INTO "entries" VALUES('01a20def-c30a-76d1-9846-d0fb9e790242','treasury',-1000000);
INSERT INTO "entries" VALUES('01a20def-c30a-76d1-9846-d0fb9e790242','01a20def-c30a-76d1-9846-d0faa7c6264b',1000000);
INSERT INTO "entries" VALUES('01a20def-c450-77f3-90f3-faa15ff82163','01a20def-c287-74dd-b6ec-dc1cb6c90161',-2500);
INSERT INTO "entries" VALUES('01a20def-c450-77f3-90f3-faa15ff82163','01a20def-c30a-76d1-9846-d0faa7c6264b',2500);
INSERT INTO "entries" VALUES('01a20def-c475-737d-8aa2-8e7eaefca21c','01a20def-c287-74dd-b6ec-dc1cb6c90161',-1000);
INSERT INTO "entries" VALUES('01a20def-c475-737d-8aa2-8e7eaefca21c','bakery',1000);
INSERT INTO "entries" VALUES('01a20def-c49b-75b5-9372-31fbd1b3a070','01a20def-c30a-76d1-9846-d0faa7c6264b',-500);
INSERT INTO "entries" VALUES('01a20def-c49b-75b5-9372-31fbd1b3a070','01a20def-c287-74dd-b6ec-dc1cb6c90161',500);
INSERT INTO "entries" VALUES('01a20def-c4ac-73c2-8826-9ba95aa8b669','treasury',-1000000);
INSERT INTO "entries" VALUES('01a20def-c4ac-73c2-8826-9ba95aa8b669','01a20def-c4ac-73c2-8826-9ba8a85c9d31',1000000);
INSERT INTO "entries" VALUES('01a20def-c4f6-7337-b2f8-3dbe53bb8bb7','treasury',-1000000);
INSERT INTO "entries" VALUES('01a20def-c4f6-7337-b2f8-3dbe53bb8bb7','01a20def-c4f6-7337-b2f8-3dbda5ae9403',1000000);
INSERT INTO "entries" VALUES('01a20def-c51d-72f9-baff-131bb064b4e0','01a20def-c4f6-7337-b2f8-3dbda5ae9403',-700);
INSERT INTO "entries" VALUES('01a20def-c51d-72f9-baff-131bb064b4e0','01a20def-c30a-76d1-9846-d0faa7c6264b',700);
INSERT INTO "entries" VALUES('01a20def-c53c-776f-bc26-c67a657f9fd2','01a20def-c4f6-7337-b2f8-3dbda5ae9403',-999300);
INSERT INTO "entries" VALUES('01a20def-c53c-776f-bc26-c67a657f9fd2','treasury',999300);
INSERT INTO "entries" VALUES('01a20def-c563-7164-ad6c-a2576381e74b','treasury',-1000000);
INSERT INTO "entries" VALUES('01a20def-c563-7164-ad6c-a2576381e74b','01a20def-c562-7540-ab93-35cdfb8e0701',1000000);
CREATE TABLE passkeys (
    id              text    not null primary key,
    user_id         text    not null references users (id) on delete cascade,
    -- One credential is one account's (WebAuthn 7.1 step 26), of a sane length (step 25).
    credential_id   blob    not null unique check (length(credential_id) between 16 and 1023),
    -- The public key and what was agreed at registration, as webauthn-rs serialises it.
    credential      text    not null,
    -- The counter is compared and moved by one statement, so it has a column of its own.
    counter         integer not null,
    backup_eligible integer not null check (backup_eligible in (0, 1)),
    backed_up       integer not null check (backed_up in (0, 1)),
    transports      text    not null,
    aaguid          blob    not null,
    name            text    not null,
    created_at      integer not null,
    last_used_at    integer,
    -- From when on it may confirm what needs a settled passkey: later for one that was added after
    -- a recovery, so that a stolen code does not reach the money at once.
    settled_at      integer not null
) strict;
INSERT INTO "passkeys" VALUES('01a20def-c286-7651-afb6-9422ca723611','01a20def-c286-7651-afb6-9421194f281e',X'61B815FF63C38745E53C78A3720007F423E802C9CBD7D1EB34173726301A87A3','{"cred_id":"YbgV_2PDh0XlPHijcgAH9CPoAsnL19HrNBc3JjAah6M","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"F3WKN8bzGPWkR3Pf5xBvcDPRYSCVJsDDXAahVvO2VE4","y":"OrA645A0YFBLOo21jd8ddhw2KlhXUvwEtgqJZTsb9eI"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}',0,1,1,'["internal","hybrid"]',X'00000000000000000000000000000000','Passkey',1795530146439,1795530146925,1795530146438);
INSERT INTO "passkeys" VALUES('01a20def-c359-76f2-aecb-0a26b67212a4','01a20def-c309-7707-a29d-64873e6dcbab',X'4AB944168B88584ACD06BB76FD31666CCD8A226E9EEDC875CABD7B570F4967C3','{"cred_id":"SrlEFouIWErNBrt2_TFmbM2KIm6e7ch1yr17Vw9JZ8M","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"ZZoNhV06dTa98RUNNGnfBHs0UXtyyZWN6f4wg7B-G9Q","y":"CY84PMyI1FELxRlgZ-5kq-vBQMygOSNow-umY-VXUs0"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}',0,1,1,'["internal","hybrid"]',X'00000000000000000000000000000000','Passkey',1795530146649,1795530146961,1795530146649);
INSERT INTO "passkeys" VALUES('01a20def-c424-7237-bd28-532ce121d46c','01a20def-c286-7651-afb6-9421194f281e',X'6979B93FD6026E0F71CB306CEDA62655B725B1EFC0F2620830DB73A61288E22B','{"cred_id":"aXm5P9YCbg9xyzBs7aYmVbclse_A8mIIMNtzphKI4is","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"Cgb4QkTYmoD9ACfm7UKzY2fshHSAtQneePxS9tIKDkw","y":"Qyww7uLag9CLn-rNA-pIHIh9Im7ccZ-igymzsN-la5o"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}',0,1,1,'["internal","hybrid"]',X'00000000000000000000000000000000','Passkey',1795530146852,NULL,1795530146851);
INSERT INTO "passkeys" VALUES('01a20def-c4ac-73c2-8826-9ba60c5d0081','01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'1BC959B237887898C3A37F00223820BE64BFEC68A46113645F12C9E2E5A20820','{"cred_id":"G8lZsjeIeJjDo38AIjggvmS_7GikYRNkXxLJ4uWiCCA","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"7sivUmeezZSft6TIzohm1ITvmvBqJYnypIxmmR-TOzU","y":"olmdoi8AAq1sWRsp6ewsBKwF4lDU_rfenvA8WDIEZtc"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}',0,1,1,'["internal","hybrid"]',X'00000000000000000000000000000000','Passkey',1795530146988,1795530147013,1795530146988);
INSERT INTO "passkeys" VALUES('01a20def-c4e5-7074-822a-dba4c4188a78','01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'693C68A614D71349D64E59FE09331569D831379A9CB60470BE5BF446A48C98F1','{"cred_id":"aTxophTXE0nWTln-CTMVadgxN5qctgRwvlv0RqSMmPE","cred":{"type_":"ES256","key":{"EC_EC2":{"curve":"SECP256R1","x":"KQrp0ciMlMCuhh2Dwfsz0OUY6YMww41wV3H5MZao20U","y":"TCjeVcR2IB9ph340fta9EgXAzfi3nd9SM_69JF1zI6Q"}}},"counter":0,"transports":null,"user_verified":true,"backup_eligible":true,"backup_state":true,"registration_policy":"required","extensions":{"cred_protect":"Ignored","hmac_create_secret":"NotRequested","appid":"NotRequested","cred_props":{"Unsigned":{"rk":true}}},"attestation":{"data":"None","metadata":"None"},"attestation_format":"none"}',0,1,1,'["internal","hybrid"]',X'00000000000000000000000000000000','Passkey',1795530147045,NULL,1795616547045);
CREATE TABLE probe (
    id integer not null primary key check (id = 1),
    at integer not null
) strict;
CREATE TABLE recovery_codes (
    user_id text    not null references users (id) on delete cascade,
    -- SHA-256 of a code: 128 random bits need no slow hash.
    hash    blob    not null,
    used_at integer,
    primary key (user_id, hash)
) strict;
INSERT INTO "recovery_codes" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'8074B85C8F92B3CC30902F38DCD2C31B58C8978A882C271FD2FB33692C6AF2BA',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'A194023D3DE0687945E188FA5F8F408ABAFB12918A22794372021074A94AEB50',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'6CDDE56CCED07542638C18DBFBD19E0D42D962A5BB9B0FE3D422F34EAB257F89',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'656E211C7BE68F161548798947A3E79F259BBD8E323F46E059A267C0ED8195BD',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'847E6CA43570397957D7A01AF05D365C74FA0D7456B5D4F88F7D40C2F551C9A1',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'B51BF1DBC3625FB467322D33EC4808EADE6331322A181B70E0DBB1E948532BE6',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'D4BC62342B77A3BEA6A1A38FA02F1A087D48E2EBC920CAFE4DE0710C9554E800',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'216D639F78363C1D6E88E29C67E809D2E833FA8DCAD2D478FF1323FA9EC466E0',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'B01B505523C224F34B750A68D5C34521A8B1DCF792D576372E2583C1B69ED094',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'C2492925EFD70373CDFCDCCEA2C1ABE941FF771CA1451FEB0AD0C8A4C5065B15',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'18880FCF313659620E8BF04CEB6986172C70AB92821BD2A2AADDF8C81F86230A',1795530147029);
INSERT INTO "recovery_codes" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'E2C09291F55CCFEDCC5E27A0DB8AD53CDC8EE9CD7A0F86CFD64216D387FA1C2D',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'DA957D677142CB5AF7AEFA4F19731DE43A98B9325539D78D123668C3921D1F8C',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'C98254C2573593833F4A8F2EB81AB9497D1854C6A06206B659B129CDABE2A000',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'E1004C33A82D276826CF272A6136F426F3B2A592DE95D71815465BCFFB4538A4',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'F22D4A66485BF25D985B7607E7CAD897B0C9A2A045826C301761B4C9E09D2792',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'E3BC23A4D1AC54926AEC97F9BCAF5F1FCC3F9E0C5DDA95A79A8A2259F5C3564B',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'AB2D230715EA6085FA62F8855BAEB992F04D8BDE41E0D0DEE4BB9C0F1602AC81',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'10F1C4FCD84BC01865C0FAA506A5EA4697C2B68F8BEE9152088BC7377A482686',NULL);
INSERT INTO "recovery_codes" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'6903A235C9855D71401DBE19D2D194C0650899ADA8BB360CC2F024F4AB26CF5C',NULL);
CREATE TABLE sessions (
    -- SHA-256 of the cookie's value: whoever reads the database cannot sign in with it.
    id           text    not null primary key,
    user_id      text    not null references users (id) on delete cascade,
    -- What the session may do: everything, or mend how to sign in.
    scope        text    not null check (scope in ('full', 'recovery')),
    -- How the user signed in, with which passkey, and whether that is another device's.
    method       text    not null check (method in ('passkey', 'password', 'recovery')),
    passkey_id   text    references passkeys (id) on delete set null,
    other_device integer not null default 0 check (other_device in (0, 1)),
    user_agent   text,
    data         text    not null,
    created_at   integer not null,
    last_seen_at integer not null
) strict;
INSERT INTO "sessions" VALUES('-o8-w-1XWSh-tWuzmDDmNWWJ4k962T0ZrrDE0x0elHM','01a20def-c286-7651-afb6-9421194f281e','full','passkey','01a20def-c286-7651-afb6-9422ca723611',0,'ureq/3.5.1','{}',1795530146441,1795530146441);
INSERT INTO "sessions" VALUES('qmOwpytFhQXPcCD7bd6kB4didIaZVd7q8bjqJA6o5Po','01a20def-c309-7707-a29d-64873e6dcbab','full','password',NULL,0,'ureq/3.5.1','{}',1795530146571,1795530146571);
INSERT INTO "sessions" VALUES('WE7XL022r-06uqWEx25hxVJ06uWBC33ef3_51jc5rzI','01a20def-c4ab-72ac-88fd-b1a9f62e7e27','recovery','recovery',NULL,0,'ureq/3.5.1','{}',1795530147031,1795530147031);
INSERT INTO "sessions" VALUES('epiSWV-qDp0-jfxiVaUOgIcaorF8ziQQ-vrFXFdHUCg','01a20def-c562-7540-ab93-35cc61c5b0ad','full','password',NULL,0,'ureq/3.5.1','{}',1795530147172,1795530147172);
CREATE TABLE transfers (
    id              text    not null primary key,
    from_account    text    not null references accounts (id),
    to_account      text    not null references accounts (id) check (to_account <> from_account),
    amount          integer not null check (amount > 0),
    -- As the sender wrote it: an e-mail address or the name of a business.
    payee           text    not null,
    note            text    not null,
    -- The sender's balance right after, so that a repeated request gets the same answer.
    balance_after   integer not null,
    created_at      integer not null,
    idempotency_key text    not null,
    -- What was signed and the signature; an opening balance has none.
    receipt         text,
    unique (from_account, idempotency_key)
) strict;
INSERT INTO "transfers" VALUES('01a20def-c288-770e-93fd-90fba2f960f2','treasury','01a20def-c287-74dd-b6ec-dc1cb6c90161',1000000,'Opening balance','',-1000000,1795530146440,'01a20def-c287-74dd-b6ec-dc1cb6c90161',NULL);
INSERT INTO "transfers" VALUES('01a20def-c30a-76d1-9846-d0fb9e790242','treasury','01a20def-c30a-76d1-9846-d0faa7c6264b',1000000,'Opening balance','',-2000000,1795530146570,'01a20def-c30a-76d1-9846-d0faa7c6264b',NULL);
INSERT INTO "transfers" VALUES('01a20def-c450-77f3-90f3-faa15ff82163','01a20def-c287-74dd-b6ec-dc1cb6c90161','01a20def-c30a-76d1-9846-d0faa7c6264b',2500,'bob@example.com','lunch',997500,1795530146896,'01a20def-c426-7381-8912-bbf3b9e9f223','{"action":"{\"kind\":\"transfer\",\"summary\":\"Send $25.00 to bob@example.com\",\"payload\":{\"from\":\"01a20def-c287-74dd-b6ec-dc1cb6c90161\",\"to\":\"01a20def-c30a-76d1-9846-d0faa7c6264b\",\"payee\":\"bob@example.com\",\"amount_cents\":2500,\"note\":\"lunch\",\"idempotency_key\":\"01a20def-c426-7381-8912-bbf3b9e9f223\"},\"user\":\"01a20def-c286-7651-afb6-9421194f281e\"}","nonce":"D2OiYGMIpse27eBtTHE40lwpnmbQNlc0f02UcsGYMrw","rp_id":"localhost","origin":"http://localhost:3000","public_key":{"kty":"EC","alg":"ES256","crv":"P-256","x":"F3WKN8bzGPWkR3Pf5xBvcDPRYSCVJsDDXAahVvO2VE4","y":"OrA645A0YFBLOo21jd8ddhw2KlhXUvwEtgqJZTsb9eI"},"authenticator_data":"SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA","client_data_json":"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiUHlvNHpOLURxcTVQci1maWduYjlhYlZUT1lnSExoY1NaLXdWU0NqbDFfcyIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6MzAwMCJ9","signature":"MEUCIQCtw_NRw0ldQPW9NlSM-K00dB0ZGPl0_JvrOPXeManUowIgMc3pcoPgUgtv19-bukoLsggdDDupFI3nqc9Hl8qWyQM"}');
INSERT INTO "transfers" VALUES('01a20def-c475-737d-8aa2-8e7eaefca21c','01a20def-c287-74dd-b6ec-dc1cb6c90161','bakery',1000,'bakery','',996500,1795530146933,'01a20def-c453-7599-9709-91897fa96256','{"action":"{\"kind\":\"transfer\",\"summary\":\"Send $10.00 to Corner Bakery\",\"payload\":{\"from\":\"01a20def-c287-74dd-b6ec-dc1cb6c90161\",\"to\":\"bakery\",\"payee\":\"bakery\",\"amount_cents\":1000,\"note\":\"\",\"idempotency_key\":\"01a20def-c453-7599-9709-91897fa96256\"},\"user\":\"01a20def-c286-7651-afb6-9421194f281e\"}","nonce":"Qq9sJ-L3wiScbIv6kJGcdaCCN4-dZ4jHjTB_Jq-ipFc","rp_id":"localhost","origin":"http://localhost:3000","public_key":{"kty":"EC","alg":"ES256","crv":"P-256","x":"F3WKN8bzGPWkR3Pf5xBvcDPRYSCVJsDDXAahVvO2VE4","y":"OrA645A0YFBLOo21jd8ddhw2KlhXUvwEtgqJZTsb9eI"},"authenticator_data":"SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA","client_data_json":"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiMTlxdy1IT2RMMUwzYWtPcndJM2E4Q0k0NHJKcjZRbFdVRjA0MG56LUNsVSIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6MzAwMCJ9","signature":"MEQCIG63oFdgM9rQndyBby_gVlaJRTpQhkTWccKm6K_Mi_wIAiBbqq8oavZ62WcgIovMOPwoiIoex8EiHBtobzkzVuQzvA"}');
INSERT INTO "transfers" VALUES('01a20def-c49b-75b5-9372-31fbd1b3a070','01a20def-c30a-76d1-9846-d0faa7c6264b','01a20def-c287-74dd-b6ec-dc1cb6c90161',500,'ann@example.com','change',1002000,1795530146971,'01a20def-c478-77b1-9998-7841daa9b857','{"action":"{\"kind\":\"transfer\",\"summary\":\"Send $5.00 to ann@example.com\",\"payload\":{\"from\":\"01a20def-c30a-76d1-9846-d0faa7c6264b\",\"to\":\"01a20def-c287-74dd-b6ec-dc1cb6c90161\",\"payee\":\"ann@example.com\",\"amount_cents\":500,\"note\":\"change\",\"idempotency_key\":\"01a20def-c478-77b1-9998-7841daa9b857\"},\"user\":\"01a20def-c309-7707-a29d-64873e6dcbab\"}","nonce":"wdNNyHJ4rGUU1TCT-lHAQm1T1XzU9x8M8HjrTVaNKsA","rp_id":"localhost","origin":"http://localhost:3000","public_key":{"kty":"EC","alg":"ES256","crv":"P-256","x":"ZZoNhV06dTa98RUNNGnfBHs0UXtyyZWN6f4wg7B-G9Q","y":"CY84PMyI1FELxRlgZ-5kq-vBQMygOSNow-umY-VXUs0"},"authenticator_data":"SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA","client_data_json":"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiZVRwRVVvUXhSUHB0RWx5YVJ0MFY2WjFLdHp3N28yLV9wbnBiY3RYMk8zdyIsIm9yaWdpbiI6Imh0dHA6Ly9sb2NhbGhvc3Q6MzAwMCJ9","signature":"MEUCIQDXR8xe9qVT4qG7gr83bdmCRMWRuyFr530f0BNcHS3C5wIgWQsJumBXRlVdofumceibZBsN3vmNgCivVAp4LO-ksAo"}');
INSERT INTO "transfers" VALUES('01a20def-c4ac-73c2-8826-9ba95aa8b669','treasury','01a20def-c4ac-73c2-8826-9ba8a85c9d31',1000000,'Opening balance','',-3000000,1795530146988,'01a20def-c4ac-73c2-8826-9ba8a85c9d31',NULL);
INSERT INTO "transfers" VALUES('01a20def-c4f6-7337-b2f8-3dbe53bb8bb7','treasury','01a20def-c4f6-7337-b2f8-3dbda5ae9403',1000000,'Closed account','',-4000000,1795530147062,'01a20def-c4f6-7337-b2f8-3dbda5ae9403',NULL);
INSERT INTO "transfers" VALUES('01a20def-c51d-72f9-baff-131bb064b4e0','01a20def-c4f6-7337-b2f8-3dbda5ae9403','01a20def-c30a-76d1-9846-d0faa7c6264b',700,'bob@example.com','',999300,1795530147101,'01a20def-c4fa-77c0-ae03-71d9e93ae74e',NULL);
INSERT INTO "transfers" VALUES('01a20def-c53c-776f-bc26-c67a657f9fd2','01a20def-c4f6-7337-b2f8-3dbda5ae9403','treasury',999300,'Closed account','',0,1795530147132,'01a20def-c53c-776f-bc26-c6794323380c',NULL);
INSERT INTO "transfers" VALUES('01a20def-c563-7164-ad6c-a2576381e74b','treasury','01a20def-c562-7540-ab93-35cdfb8e0701',1000000,'Opening balance','',-4000700,1795530147171,'01a20def-c562-7540-ab93-35cdfb8e0701',NULL);
CREATE TABLE tries (
    -- What is tried, and a hash of the account: there need not be one.
    id    text    not null primary key,
    times integer not null,
    -- Milliseconds.
    wait  integer not null,
    at    integer not null
) strict;
INSERT INTO "tries" VALUES('step_up:BRmMPQVj5JBVJrdq7SXTPikaQBGimP6k89HXhk5XhFw',1,0,1795530147200);
INSERT INTO "tries" VALUES('password:cdT1X3L6Eo37RooaOQFQfIBLdDFkiHRNdp1_SxZpZHY',1,0,1795530147210);
CREATE TABLE users (
    id         text    not null primary key,
    -- What authenticators know the account by (WebAuthn 14.6.1): random, and never shown elsewhere.
    handle     blob    not null unique check (length(handle) = 16),
    -- Trimmed and lower case, so that `A@x` and `a@x ` are one account.
    email      text    not null unique,
    name       text    not null,
    phone      text,
    -- Argon2id in the PHC string format; none where nobody set one.
    password   text,
    created_at integer not null,
    -- When a recovery code was last used, and whether the user has been told.
    recovered_at   integer,
    recovery_told  integer not null default 1 check (recovery_told in (0, 1))
) strict;
INSERT INTO "users" VALUES('01a20def-c286-7651-afb6-9421194f281e',X'CD85A72AE9A09513EC9635D11F8302F1','ann@example.com','ann','+442079460000','$argon2id$v=19$m=19456,t=2,p=1$5xIRt2HZSdcuplDAm2hmgA$qYU+Y2WkP37WsEsg1cxBpHoA6r/zSXklEPsZxeLDvJo',1795530146438,NULL,1);
INSERT INTO "users" VALUES('01a20def-c309-7707-a29d-64873e6dcbab',X'53021D20F1E707908DA0A17B9C8DC576','bob@example.com','bob',NULL,'$argon2id$v=19$m=19456,t=2,p=1$owEG58Vt85G4qaBR4FEJHw$thA8Xch3nI50KF7JtZTRYa62zNFkHvWQm252YErR7ZQ',1795530146569,NULL,1);
INSERT INTO "users" VALUES('01a20def-c4ab-72ac-88fd-b1a9f62e7e27',X'A3E727D5CD99B3D303F33B54E0F88F84','cem@example.com','cem',NULL,NULL,1795530146988,1795530147029,0);
INSERT INTO "users" VALUES('01a20def-c562-7540-ab93-35cc61c5b0ad',X'49D15E412AA11138B796B72BF9B2E091','jürgen@exämple.com','Jürgen',NULL,'$argon2id$v=19$m=19456,t=2,p=1$XVVDsEM0g7N2r/Mv8eiO0w$BggMPMRZyJPP2okdlFZj4ulLUZKy0HHYQbZERqqOngk',1795530147170,NULL,1);
CREATE INDEX passkeys_user on passkeys (user_id);
CREATE INDEX sessions_user on sessions (user_id);
CREATE INDEX sessions_passkey on sessions (passkey_id);
CREATE INDEX sessions_created on sessions (created_at);
CREATE INDEX sessions_last_seen on sessions (last_seen_at);
CREATE INDEX activity_user on activity (user_id, id);
CREATE INDEX actions_user on actions (user_id);
CREATE INDEX actions_passkey on actions (passkey_id);
CREATE INDEX actions_expires on actions (expires_at);
CREATE INDEX challenges_session on challenges (session_id);
CREATE INDEX challenges_user on challenges (user_id);
CREATE INDEX challenges_action on challenges (action_id);
CREATE INDEX challenges_expires on challenges (expires_at);
CREATE INDEX transfers_from on transfers (from_account, created_at);
CREATE INDEX transfers_to on transfers (to_account, created_at);
CREATE INDEX entries_account on entries (account_id);
CREATE TRIGGER entries_are_not_updated before update on entries
begin select raise(abort, 'the ledger is append only'); end;
CREATE TRIGGER entries_are_not_deleted before delete on entries
begin select raise(abort, 'the ledger is append only'); end;
CREATE TRIGGER transfers_are_not_updated
before update of id, from_account, to_account, amount, balance_after, created_at, idempotency_key on transfers
begin select raise(abort, 'the ledger is append only'); end;
CREATE TRIGGER transfers_are_not_deleted before delete on transfers
begin select raise(abort, 'the ledger is append only'); end;
CREATE INDEX tries_at on tries (at);
CREATE TRIGGER activity_is_not_updated before update on activity
begin select raise(abort, 'activity is append only'); end;
