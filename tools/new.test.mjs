// What `make new` refuses, and that each fork it makes is an app: both halves build, its Rust tests pass,
// and nothing of the old name or of a part that was left out remains. Builds share the target folder.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const HERE = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const scratch = mkdtempSync(join(tmpdir(), "new-"));
// Some tests run the program as a user who has to read its folder.
chmodSync(scratch, 0o755);
after(() => rmSync(scratch, { recursive: true }));

const OLD_NAME = /latchkey/i;
/** What is said of a part, and nowhere else. */
const TRACES = {
    mail: /smtp|mailbox|outbox|lettre|MAIL_FROM|MAILS_|signin.mail|recovery.mail|email.start/i,
    people: /\/people|acts_on_people|suspended|last_owner/i,
    totp: /totp|secret[_-]key|authenticator app|qrcode/i,
    transfer: /transfer(?!-encoding)|money|(?<!text-wrap: )balance(?!r)|ledger|payee|treasury|bakery/i,
};
const MARK = /(?:\/\/|#|<!--|\/\*|%%) with: [a-z]/;

function make(name, folder, without = "") {
    const made = spawnSync("make", ["--no-print-directory", "new", `NAME=${name}`, `DIR=${folder}`, `WITHOUT=${without}`], {
        cwd: HERE,
        encoding: "utf8",
    });
    return { works: made.status === 0, said: made.stdout + made.stderr };
}

/** Runs a command in a fork, with what it says on the screen. */
function run(fork, command, ...options) {
    const env = { ...process.env, CARGO_TARGET_DIR: join(HERE, "target"), TEST_POSTGRES_URL: undefined };
    execFileSync(command, options, { cwd: fork, env, stdio: "inherit" });
}

/** Where a pattern occurs in a name or a line of what git tracks. */
function traces(fork, pattern) {
    const files = execFileSync("git", ["-C", fork, "ls-files", "-z"], { encoding: "utf8" }).split("\0").filter(Boolean);
    assert.ok(files.length > 150, `${files.length} files`);
    return files.flatMap((file) => {
        const lines = readFileSync(join(fork, file), "latin1").split("\n");
        const found = lines.flatMap((line, at) => (pattern.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : []));
        return pattern.test(file) ? [file, ...found] : found;
    });
}

test("a name that no crate can have is refused", () => {
    for (const name of ["", "Acme", "9lives", "a b", "a/b", "-acme", "acme-", "struct", "test", "core", "app", "axum", "tower-http", "latchkey", "ä"]) {
        const { works, said } = make(name, join(scratch, "refused"));
        assert.ok(!works && /crate|uses|usage/.test(said), `${name}: ${said}`);
    }
    assert.ok(!readdirSync(scratch).includes("refused"));
});

test("a folder that is not empty is left as it is", () => {
    const folder = mkdtempSync(join(scratch, "full-"));
    writeFileSync(join(folder, "mine"), "mine");
    const { works, said } = make("acme", folder);
    assert.ok(!works && said.includes("is not empty"), said);
    assert.deepEqual(readdirSync(folder), ["mine"]);
    assert.ok(!make("acme", join(folder, "mine")).works);
    assert.ok(!make("acme", join(HERE, "target/acme")).works);
});

test("a part that does not exist is refused", () => {
    for (const without of ["template", "nothing", "transfer,nothing"]) {
        const { works, said } = make("acme", join(scratch, "refused"), without);
        assert.ok(!works && said.includes("there is no such part"), said);
    }
});

/**
 * A name, the parts that it is made without, which of its tests run, and whether both halves are built. What
 * differs from this app in its name alone has its tests.
 */
for (const [name, without, runs, builds] of [
    ["acme", "", "house", true],
    ["acme-two", "people,totp,transfer,mail", "all", true],
    ["acme-three", "transfer", "lib", false],
    ["acme-four", "mail", "lib", true],
    ["acme-five", "people", "house", false],
    ["acme-six", "totp", "house", false],
]) {
    test(`a fork named ${name} ${without && `without ${without} `}is an app of its own`, () => {
        const fork = join(scratch, name);
        const { works, said } = make(name, fork, without);
        assert.ok(works && said.includes("make run"), said);
        assert.deepEqual(traces(fork, OLD_NAME), []);
        assert.deepEqual(traces(fork, MARK), []);
        for (const part of without.split(",").filter(Boolean)) assert.deepEqual(traces(fork, TRACES[part]), [], part);
        const git = (...options) => execFileSync("git", ["-C", fork, ...options], { encoding: "utf8" });
        assert.equal(git("status", "--porcelain", "--untracked-files=all").replaceAll(/^A .*\n/gm, ""), "");
        // What `tools/setup test` installs for the tests with a mail server.
        symlinkSync(join(HERE, "end2end/node_modules"), join(fork, "end2end/node_modules"));
        run(fork, "cargo", "fmt", "--check");
        run(fork, "cargo", "clippy", "--locked", "--features", "ssr", "--all-targets", "--", "-D", "warnings");
        const tests = { all: [], lib: ["--lib", "--test", "house"], house: ["--test", "house"] }[runs];
        run(fork, "cargo", "test", "--locked", "--features", "ssr", ...tests);
        // The tests in the browser can be read.
        run(join(fork, "end2end"), "npx", "playwright", "test", "--list");
        if (builds) run(fork, "cargo", "leptos", "build", "--lib-cargo-args=--locked", "--bin-cargo-args=--locked");
    });
}
