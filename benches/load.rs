//! What people do, over HTTP with real signatures: how many times a second, what each costs the server in
//! processor time, also as a multiple of one bare signature verification by the same library, and what
//! it takes in memory. On SQLite, and on PostgreSQL where TEST_POSTGRES_URL names a server; with a
//! thousand accounts in the database and with a million. The server has one core, the clients have the
//! others.
//!
//!   make bench
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark fails by panicking"
)]

// with: transfer {
#[allow(dead_code, reason = "a benchmark uses a part")]
#[path = "../tests/transfer/orders.rs"]
mod orders;
// with: transfer }
#[allow(dead_code, reason = "a benchmark uses a part")]
#[path = "../tests/support/mod.rs"]
mod support;

use latchkey::server::db::{Db, Kind};
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer};
use serde_json::json;
use sqlx::{AnyConnection, Connection, Executor};
use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};
use support::{Server, Visitor, schema::new_schema};
use webauthn_rs::prelude::{COSEAlgorithm, COSEEC2Key, COSEKey, COSEKeyType, ECDSACurve};

/// People at work at once, and how often each kind of work is done.
const PEOPLE: usize = 16;
const SIGN_INS: usize = 10_000;
const STEP_UPS: usize = 4_000;
const TRANSFERS: usize = 4_000; // with: transfer
const READS: usize = 4_000;
const VERIFICATIONS: u32 = 2_000;
/// Rows of a short and of a long list.
const SHORT: u32 = 100;
const LONG: u32 = 10_000;
const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let postgres = std::env::var("TEST_POSTGRES_URL").ok();
    let verification = verification();
    println!("One verification of a signature takes {verification:.3} ms.");
    println!(
        "{:52} {:>9} {:>8} {:>12} {:>6} {:>9}",
        "", "a second", "p50 ms", "CPU ms each", "×", "RSS MiB"
    );
    for accounts in [FEW, MANY] {
        let server = Server::start(&[]);
        run("SQLite", server, None, accounts, verification, &runtime);
        if let Some(url) = &postgres {
            let url = runtime.block_on(new_schema(url));
            let server = Server::start(&[("DATABASE_URL", &url)]);
            run("PostgreSQL", server, Some(&url), accounts, verification, &runtime);
        }
    }
    if postgres.is_none() {
        println!("PostgreSQL was not measured: TEST_POSTGRES_URL names no server.");
    }
}

fn run(
    name: &str,
    mut server: Server,
    url: Option<&str>,
    accounts: u32,
    verification: f64,
    runtime: &tokio::runtime::Runtime,
) {
    // One account as it really is, and copies of it.
    server.signed_up("somebody");
    server.kill();
    let url = url.map_or_else(|| server.database_url(), str::to_owned);
    runtime.block_on(fill(&url, accounts));
    server.start_by("taskset", &["-c", "0", env!("CARGO_BIN_EXE_latchkey")]);
    let mut people: Vec<_> =
        (0..PEOPLE).map(|n| server.signed_up(&format!("person-{n}"))).collect();
    // The first of everything is slower.
    work(&mut people, 200, &Visitor::sign_in);

    let measure =
        |what: &str, people: &mut [Visitor], times, act: &(dyn Fn(&mut Visitor) + Sync)| {
            let label = format!("{name}, {accounts} accounts: {what}");
            measure(&server, &label, verification, people, times, act);
        };
    measure("sign-in", &mut people, SIGN_INS, &Visitor::sign_in);
    measure("step-up", &mut people, STEP_UPS, &Visitor::confirm);
    // with: transfer {
    measure("transfer", &mut people, TRANSFERS, &|person| {
        person.confirmed_call(orders::SEND, &orders::order(1));
    });
    // with: transfer }
    let wasm = wasm(&server);
    measure("the WASM", &mut people, READS, &|person| person.download(&wasm));
    for rows in [SHORT, LONG] {
        runtime.block_on(lengthen(&url, rows));
        let reader = &mut people[..1];
        // with: transfer {
        measure(&format!("transfers/list of {rows}"), reader, READS, &|person| {
            person.ok(orders::LIST, &json!({}));
        });
        // with: transfer }
        measure(&format!("activity/list of {rows}"), reader, READS, &|person| {
            person.ok("/api/activity/list", &json!({}));
        });
    }
}

/// The address of the largest file that a page asks for.
fn wasm(server: &Server) -> String {
    let (_, page) = server.get("/signin").expect("a page");
    let names = page.split('"').find(|text| text.ends_with(".wasm"));
    names.expect("a page that names the WASM").to_owned()
}

/// Milliseconds that the library takes to verify one ES256 signature over an assertion's bytes.
fn verification() -> f64 {
    let key = SigningKey::from_slice(&[7; 32]).expect("a scalar below the order");
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = (point.x().expect("x").to_vec(), point.y().expect("y").to_vec());
    let public = COSEKey {
        type_: COSEAlgorithm::ES256,
        key: COSEKeyType::EC_EC2(COSEEC2Key { curve: ECDSACurve::SECP256R1, x, y }),
    };
    let signed = [0; 37 + 32];
    let signature: DerSignature = key.sign(&signed);
    let began = Instant::now();
    for _ in 0..VERIFICATIONS {
        assert!(public.verify_signature(signature.as_bytes(), &signed).expect("a verification"));
    }
    began.elapsed().as_secs_f64() * 1000.0 / f64::from(VERIFICATIONS)
}

/// Has all people do something so many times in all, and prints what it took.
fn measure(
    server: &Server,
    label: &str,
    verification: f64,
    people: &mut [Visitor],
    times: usize,
    act: &(dyn Fn(&mut Visitor) + Sync),
) {
    let (cpu, began) = (cpu(server), Instant::now());
    let mut latencies = work(people, times, act);
    let (elapsed, cpu) = (began.elapsed(), self::cpu(server) - cpu);
    latencies.sort_unstable();
    let each = cpu.as_secs_f64() * 1000.0 / times as f64;
    println!(
        "{label:52} {:>9.0} {:>8.2} {each:>12.3} {:>6.1} {:>9.1}",
        times as f64 / elapsed.as_secs_f64(),
        latencies[latencies.len() / 2].as_secs_f64() * 1000.0,
        each / verification,
        resident(server),
    );
}

/// How long each act took.
fn work(
    people: &mut [Visitor],
    times: usize,
    act: &(dyn Fn(&mut Visitor) + Sync),
) -> Vec<Duration> {
    let left = AtomicUsize::new(times);
    let take =
        || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    thread::scope(|scope| {
        let working: Vec<_> = people
            .iter_mut()
            .map(|person| {
                scope.spawn(|| {
                    let mut took = Vec::new();
                    while take().is_ok() {
                        let began = Instant::now();
                        act(person);
                        took.push(began.elapsed());
                    }
                    took
                })
            })
            .collect();
        working.into_iter().flat_map(|person| person.join().expect("no panic")).collect()
    })
}

/// The processor time that the server has used, by /proc in hundredths of a second.
fn cpu(server: &Server) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.process())).expect("Linux");
    let after_name = stat.rsplit(')').next().expect("fields");
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().map(|&n| fields[n].parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(ticks * 10)
}

/// MiB that are resident.
fn resident(server: &Server) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.process())).expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a size");
    let kib: f64 = line.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    kib / 1024.0
}

/// The numbers from 1 to `last` as `n (i)`, for the start of a query.
fn numbers(db: &Db, last: u32) -> String {
    match db.kind() {
        Kind::Sqlite => format!(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < {last})"
        ),
        Kind::Postgres => {
            format!("with n (i) as (select i from generate_series(1, {last}) as t (i))")
        }
    }
}

/// Copies the only account of a database, with all that is its own, as often as that.
async fn fill(url: &str, accounts: u32) {
    let db = Db::open(url).await.expect("a database");
    let numbers = numbers(&db, accounts);
    let bytes = match db.kind() {
        Kind::Sqlite => "randomblob",
        Kind::Postgres => "random_bytes",
    };
    let mut tx = db.begin().await.expect("a transaction");
    if db.kind() == Kind::Postgres {
        tx.execute("set local statement_timeout = 0").await.expect("patience");
        tx.execute(
            "create function random_bytes(n int) returns bytea language sql as
             $$ select substring(sha256(gen_random_uuid()::text::bytea) from 1 for n) $$",
        )
        .await
        .expect("a function");
    }
    for insert in [
        format!(
            "insert into users (id, handle, email, name, created_at) {numbers} select 'u' || i, {bytes}(16), 'u' || i || '@example.net', u.name, u.created_at from n, users u where u.email = 'somebody@example.com'"
        ),
        format!(
            "insert into passkeys (id, user_id, credential_id, credential, counter, backup_eligible, backed_up, transports, aaguid, name, created_at, settled_at) {numbers} select 'p' || i, 'u' || i, {bytes}(32), p.credential, p.counter, p.backup_eligible, p.backed_up, p.transports, p.aaguid, p.name, p.created_at, p.settled_at from n, passkeys p where p.id not like 'p%'"
        ),
        format!(
            "insert into activity (id, user_id, kind, at) {numbers} select 'y' || i, 'u' || i, 'passkey.registered', 0 from n"
        ),
        // with: transfer {
        format!(
            "insert into accounts (id, user_id, kind, balance) {numbers} select 'a' || i, 'u' || i, 'user', 1000000 from n"
        ),
        format!(
            "insert into transfers (id, from_account, to_account, amount, payee, note, balance_after, created_at, idempotency_key) {numbers} select 't' || i, 'treasury', 'a' || i, 1000000, '', '', 0, 0, 'k' || i from n"
        ),
        format!(
            "insert into entries (transfer_id, account_id, amount) {numbers} select 't' || i, 'a' || i, 1000000 from n"
        ),
        format!(
            "insert into entries (transfer_id, account_id, amount) {numbers} select 't' || i, 'treasury', -1000000 from n"
        ),
        format!(
            "update accounts set balance = balance - {accounts} * cast(1000000 as bigint) where id = 'treasury'"
        ),
        // with: transfer }
    ] {
        tx.execute(sqlx::AssertSqlSafe(insert)).await.expect("copies");
    }
    tx.commit().await.expect("a commit");
    if db.kind() == Kind::Postgres {
        let mut connection = AnyConnection::connect(url).await.expect("a connection");
        connection.execute("vacuum analyze").await.expect("statistics");
    }
    db.close().await;
}

/// Makes the lists of the first person so many rows long.
async fn lengthen(url: &str, rows: u32) {
    let db = Db::open(url).await.expect("a database");
    let numbers = numbers(&db, rows);
    let mut tx = db.begin().await.expect("a transaction");
    // with: transfer {
    let transfers = format!(
        "insert into transfers (id, from_account, to_account, amount, payee, note, balance_after, created_at, idempotency_key) {numbers} select '0-{rows}-' || i, 'treasury', a.id, 1, '', '', 0, 0, 'l{rows}-' || i from n, accounts a join users u on u.id = a.user_id where u.email = 'person-0@example.com'"
    );
    tx.execute(sqlx::AssertSqlSafe(transfers)).await.expect("rows");
    // with: transfer }
    let activity = format!(
        "insert into activity (id, user_id, kind, at) {numbers} select '0-{rows}-' || i, u.id, 'session.created', 0 from n, users u where u.email = 'person-0@example.com'"
    );
    tx.execute(sqlx::AssertSqlSafe(activity)).await.expect("rows");
    tx.commit().await.expect("a commit");
    db.close().await;
}
