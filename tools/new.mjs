#!/usr/bin/env node
// Makes an app of your own from this one: what git tracks here, under another name, with a history of its
// own, and without the parts that you name. It changes nothing in this folder.
//
//   make new NAME=acme DIR=../acme [WITHOUT=transfer,people,totp,mail]
//
// Comments in the sources say what belongs to a part. A line that ends in "with: PART" is left out with the
// part, and so is everything from "with: PART {" to "with: PART }". The part "template" is what only this
// repository needs, so no app has it.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = resolve(dirname(fileURLToPath(import.meta.url)), "..");

// What comments cannot mark: files and folders of a part, texts that read otherwise without it, whether it needs
// crates of its own, and the packages of npm that it alone needs. The files in tools/without/PART take the place of those that it takes along.
const PARTS = {
    template: {
        files: [
            "docs/decisions/0027-forks.md",
            "docs/home.png",
            "docs/performance.md",
            "docs/receipt.png",
            "docs/settings.png",
            "src/tests/fixtures/",
            "src/tests/last_release.rs",
            "src/transfer/tests/last_release.rs",
            "tests/release-0.1.0/",
            "tools/new.mjs",
            "tools/new.test.mjs",
            "tools/without/",
        ],
        texts: [],
    },
    mail: {
        files: [
            "docs/decisions/0020-no-second-channel.md",
            "docs/decisions/0029-mail.md",
            "end2end/support/mail.ts",
            "end2end/support/smtp.mjs",
            "end2end/tests/mail.spec.ts",
            "migrations/postgres/14_mail.sql",
            "migrations/sqlite/14_mail.sql",
            "src/account/claims.rs",
            "src/account/recoveries.rs",
            "src/account/told.rs",
            "src/account/undo.rs",
            "src/app/mailbox.rs",
            "src/auth/mail.rs",
            "src/auth/mail_pages.rs",
            "src/auth/recovery_by_mail.rs",
            "src/auth/sign_up_by_password.rs",
            "src/mail/",
            "src/settings/email.rs",
            "src/settings/mail_sign_in.rs",
            "src/settings/pages/email.rs",
            "src/tests/mail_codes.rs",
            "src/tests/outbox.rs",
            "src/tests/proven_addresses.rs",
            "src/tests/smtp.rs",
            "src/tests/told_by_mail.rs",
            "tests/mail.rs",
        ],
        texts: [
            ["migrations/sqlite/15_claims.sql", ",\n    mail_sign_in        integer not null default 1 check (mail_sign_in in (0, 1))", ""],
            ["migrations/sqlite/15_claims.sql", "told_at, mail_sign_in)", "told_at)"],
            ["migrations/sqlite/15_claims.sql", "told_at, mail_sign_in\nfrom", "told_at\nfrom"],
            ["README.md", "src/mail/        the outbox, its worker, codes by mail\n", ""],
            ["README.md", "password, mail, recovery code", "password, recovery code"],
            [
                "src/auth/sign_up.rs",
                "    let by = SignedInBy::NewPasskey(&passkey_id);\n",
                "    addresses::confirm(request, &mut tx, &user.id, &user.email, Error::SignUpFailed).await?;\n    let by = SignedInBy::NewPasskey(&passkey_id);\n",
            ],
            ["src/tests/support.rs", "        let answer = self.sign_up_unconfirmed(name).await;\n        answer\n", "        self.sign_up_unconfirmed(name).await\n"],
            [
                "src/tests/support.rs",
                "sign_up_by_password_as(&mut self, new: Value) -> Answer {\n",
                'sign_up_by_password_as(&mut self, new: Value) -> Answer {\n        self.post("/api/signup/password", new).await\n',
            ],
        ],
        crates: true,
        packages: ["nodemailer", "punycode.js", "smtp-server"],
    },
    people: {
        files: [
            "docs/decisions/0032-people.md",
            "end2end/support/people.ts",
            "end2end/tests/people.spec.ts",
            "migrations/postgres/18_people.sql",
            "migrations/sqlite/18_people.sql",
            "src/people/",
            "src/tests/people.rs",
        ],
        texts: [
            ["README.md", "src/people/      roles, and what owners and admins do to others\n", ""],
            ["tests/house.rs", '["people", "settings"', '["settings"'],
        ],
    },
    totp: {
        files: [
            "docs/decisions/0031-one-time-codes.md",
            "end2end/support/totp.ts",
            "end2end/tests/totp.spec.ts",
            "migrations/postgres/17_totp.sql",
            "migrations/sqlite/17_totp.sql",
            "src/server/sealing.rs",
            "src/tests/totp.rs",
            "src/totp/",
        ],
        crates: true,
        texts: [
            ["README.md", "src/totp/        one-time codes: set-up, second factor, step-up\n", ""],
            ...["postgres", "sqlite"].flatMap((database) => [
                [`migrations/${database}/15_claims.sql`, "'mail', 'totp', 'recovery'", "'mail', 'recovery'"],
                [`migrations/${database}/15_claims.sql`, "'passkey', 'totp', 'password'", "'passkey', 'password'"],
            ]),
        ],
    },
    transfer: {
        files: [
            "docs/step-up.png",
            "end2end/tests/transfer/",
            "migrations/postgres/10_ledger_lists.sql",
            "migrations/postgres/3_ledger.sql",
            "migrations/sqlite/10_ledger_lists.sql",
            "migrations/sqlite/3_ledger.sql",
            "src/transfer/",
            "tests/transfer/",
        ],
        texts: [
            ["README.md", "src/transfer/    the demo: ledger and pages\n", ""],
            ["src/app/home.rs", '"$25.00"', '"Room 5"'],
            ["src/app/home.rs", '("To", "Corner Bakery")', '("Door", "Back entrance")'],
            ["src/app/home.rs", '("Note", "Bread and rolls")', '("Until", "Tonight, 8 o’clock")'],
            ["end2end/support/home.ts", '"/transfer"', '"/settings/passkeys"'],
            ["end2end/support/home.ts", '"Send money"', '"Passkeys"'],
            ["migrations/postgres/1_accounts.sql", "does not reach the money at once", "confirms nothing at once"],
            ["migrations/sqlite/1_accounts.sql", "does not reach the money at once", "confirms nothing at once"],
            ["src/features.rs", '"/transfer"', '"/settings/passkeys"'],
            ["tests/house.rs", '"settings", "transfer"]', '"settings"]'],
        ],
    },
};

// The names that Cargo refuses or warns of: keywords, what the compiler brings, and folders of a build.
const RESERVED =
    "abstract alloc as async await become box break build const continue core crate deps do dyn else enum examples extern false final fn for gen if impl in incremental let loop macro match mod move mut override priv proc_macro pub ref return self static std struct super test trait true try type typeof unsafe unsized use virtual where while yield".split(" ");

class Refusal extends Error {}

function refuse(sentence) {
    throw new Refusal(sentence);
}

/** The forms of a name: of the crate, as Rust writes it, and for people. */
function formsOf(name) {
    if (!/^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/.test(name) || name.length > 32) {
        refuse(`"${name}" is no name for a crate: take up to 32 small letters, digits and single hyphens, the first a letter.`);
    }
    const rust = name.replaceAll("-", "_");
    const used = readFileSync(join(HERE, "Cargo.lock"), "utf8").match(/(?<=^name = ").*(?="$)/gm);
    const modules = readFileSync(join(HERE, "src/lib.rs"), "utf8").match(/(?<=^(pub )?mod )\w+/gm);
    if ([...RESERVED, ...modules].includes(rust) || used.some((crate) => crate.replaceAll("-", "_") === rust)) {
        refuse(`"${name}" is the name of something that Rust or this app uses: take another.`);
    }
    const people = name.split(/[-_]/).map((word) => word[0].toUpperCase() + word.slice(1)).join(" ");
    return { name, rust, people };
}

function partsWithout(list) {
    const parts = list.split(",").map((part) => part.trim()).filter(Boolean);
    const known = Object.keys(PARTS).filter((part) => part !== "template");
    const unknown = parts.find((part) => !known.includes(part));
    if (unknown) refuse(`WITHOUT=${unknown}: there is no such part. Parts are: ${known.join(", ")}.`);
    return ["template", ...parts];
}

function checkEmpty(folder) {
    if (folder.startsWith(HERE + "/")) refuse(`${folder} is in this project: name a folder beside it.`);
    if (!existsSync(folder)) return;
    if (!statSync(folder).isDirectory() || readdirSync(folder).length > 0) {
        refuse(`${folder} is not empty: name a folder that is, or one that is not there yet.`);
    }
}

/** Refuses to begin what could not be finished without a command. */
function needs(command, ...options) {
    try {
        execFileSync(command, options, { cwd: HERE, stdio: "ignore" });
    } catch {
        refuse(`"${[command, ...options].join(" ")}" fails here: a copy needs a clone made with git, and Rust with rustfmt.`);
    }
}

/** The text without the lines of the parts that are left out, and without any mark. */
function withoutParts(text, left) {
    const lines = [];
    let inside = null;
    for (const line of text.split("\n")) {
        const mark = line.match(/\s*(?:\/\/|#|<!--|\/\*|%%) with: ([a-z]+)(?: ([{}]))?(?: -->| \*\/)?(?= \|$|$)/);
        if (!mark) {
            if (!inside) lines.push(line);
        } else if (mark[2] === "{") {
            if (left.includes(mark[1])) inside ??= mark[1];
        } else if (mark[2] === "}") {
            if (inside === mark[1]) inside = null;
        } else if (!inside && !left.includes(mark[1])) {
            lines.push(line.replace(mark[0], ""));
        }
    }
    if (inside) refuse(`"with: ${inside} {" has no end.`);
    const kept = lines.join("\n");
    // Where something was, one empty line is enough.
    return kept === text ? text : kept.replaceAll(/\n{3,}/g, "\n\n");
}

function renamed(text, { name, rust, people }) {
    return text
        .replaceAll(/latchkey(?=::|_)|(?<= as )latchkey\b|(?<="crate" \| ")latchkey/g, rust)
        .replaceAll("LATCHKEY", rust.toUpperCase())
        .replaceAll("Latchkey", people)
        .replaceAll("latchkey", name);
}

/** Cargo.lock lists packages by name, and Cargo takes no other order. */
function sortedLock(lock) {
    const [head, ...packages] = lock.trimEnd().split("\n\n[[package]]\n");
    const nameOf = (text) => text.match(/^name = "(.*)"$/m)[1];
    const order = packages.map((text, at) => [nameOf(text), at, text]);
    order.sort(([a, i], [b, j]) => (a < b ? -1 : a > b ? 1 : i - j));
    return [head, ...order.map(([, , text]) => text)].join("\n\n[[package]]\n") + "\n";
}

/** Takes the crates out of Cargo.lock that are not needed any more, and changes no version. */
function withoutCrates(folder) {
    const update = ["update", "--workspace", "--quiet"];
    try {
        execFileSync("cargo", [...update, "--offline"], { cwd: folder, stdio: "ignore" });
    } catch {
        // What is known of the crates is not on this machine yet.
        execFileSync("cargo", update, { cwd: folder, stdio: "inherit" });
    }
}

/** Takes packages out of what npm installs in a folder. */
function withoutPackages(folder, left) {
    for (const file of ["package.json", "package-lock.json"]) {
        const path = join(folder, file);
        const json = JSON.parse(readFileSync(path, "utf8"));
        for (const name of left) {
            delete json.packages?.[`node_modules/${name}`];
            for (const of of [json, json.packages?.[""]]) delete of?.devDependencies?.[name];
        }
        if (left.length > 0) writeFileSync(path, JSON.stringify(json, null, 2) + "\n");
    }
}

/** Makes the app, and returns what to say of it. */
export function make(given, folder, without = "") {
    const [names, left] = [formsOf(given), partsWithout(without)];
    const target = resolve(folder);
    checkEmpty(target);
    const belongs = (path) => left.some((part) => PARTS[part].files.some((of) => path === of || (of.endsWith("/") && path.startsWith(of))));
    const texts = left.flatMap((part) => PARTS[part].texts);
    needs("git", "rev-parse", "--git-dir");
    needs("cargo", "fmt", "--version");
    const git = (where, ...options) => execFileSync("git", ["-C", where, ...options], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

    for (const path of git(HERE, "ls-files", "-z").split("\0").filter(Boolean)) {
        if (belongs(path) || !existsSync(join(HERE, path))) continue;
        const to = join(target, renamed(path, names));
        mkdirSync(dirname(to), { recursive: true });
        copyFileSync(join(HERE, path), to);
        const bytes = readFileSync(to);
        if (bytes.includes(0)) continue;
        let text = withoutParts(bytes.toString(), left);
        for (const [, from, into] of texts.filter(([file]) => file === path)) {
            if (text.split(from).length !== 2) refuse(`${path} does not say once: ${from}`);
            text = text.replace(from, into);
        }
        text = renamed(text, names);
        writeFileSync(to, path === "Cargo.lock" ? sortedLock(text) : text);
    }
    for (const part of left) {
        for (const path of git(HERE, "ls-files", "-z", `tools/without/${part}`).split("\0").filter(Boolean)) {
            const to = join(target, path.slice(`tools/without/${part}/`.length));
            writeFileSync(to, renamed(readFileSync(join(HERE, path), "utf8"), names));
        }
    }
    withoutPackages(join(target, "end2end"), left.flatMap((part) => PARTS[part].packages ?? []));
    if (left.some((part) => PARTS[part].crates)) withoutCrates(target);
    // Names of another length break lines elsewhere.
    execFileSync("cargo", ["fmt"], { cwd: target, stdio: "inherit" });
    git(target, "init", "--quiet", "--initial-branch=main");
    git(target, "add", "--all");
    let history = `git commit -m "${names.people}"     # it did not work by itself\n  `;
    try {
        git(target, "commit", "--quiet", "-m", names.people);
        history = "";
    } catch {
        // Said below.
    }
    return `${names.people} is in ${target}. Next:

  cd ${target}
  ${history}make run      # serves http://localhost:3000
  make test

Then give it a face (src/app/, style/main.css, public/), gate an action of your own
(docs/gate-your-own.md), and before the first user choose PASSKEY_RP_ID: it cannot be
changed later (README.md, "Before you deploy").`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const [name, folder, without] = process.argv.slice(2);
    try {
        if (!name || !folder) refuse("usage: make new NAME=acme DIR=../acme [WITHOUT=transfer,people,totp,mail]");
        console.log(make(name, folder, without));
    } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        console.error(error.message);
        process.exit(1);
    }
}
