import { defineConfig } from "@playwright/test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// A server of its own for each run, on an empty database. `CHROMIUM` names a browser to use in place
// of Playwright's own.
const port = Number(process.env.PORT ?? 3100);
const folder = process.env.LATCHKEY_TEST_FOLDER ?? mkdtempSync(join(tmpdir(), "latchkey-"));
process.env.LATCHKEY_TEST_FOLDER = folder;

export default defineConfig({
    testDir: "tests",
    fullyParallel: true,
    timeout: 60_000,
    expect: { timeout: 15_000 },
    workers: 2,
    forbidOnly: !!process.env.CI,
    reporter: "list",
    use: {
        baseURL: `http://localhost:${port}`,
        trace: "retain-on-failure",
        launchOptions: {
            executablePath: process.env.CHROMIUM || undefined,
            args: [
                "--no-sandbox",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        },
    },
    webServer: {
        command: "target/debug/latchkey",
        cwd: "..",
        url: `http://localhost:${port}/`,
        stdout: "ignore",
        env: {
            LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
            PASSKEY_ORIGIN: `http://localhost:${port}`,
            DATABASE_URL: `sqlite://${join(folder, "latchkey.db")}`,
            RUST_LOG: "warn",
            // Two workers on one address do more than people would.
            RATE_LIMIT_ADDRESS: "10000",
            MAILS_PER_NETWORK: "10000", // with: mail
            MAILS_IN_ALL: "10000", // with: mail
        },
    },
});
