// How many bytes a visitor needs, and how soon "Sign in with Passkey" works. On the release build, as
// `make build` leaves it.
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";

const visits = 10;
const port = 3200;
const origin = `http://localhost:${port}`;
const server = spawn("target/release/latchkey", {
    cwd: "..",
    env: {
        ...process.env,
        LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
        PASSKEY_ORIGIN: origin,
        DATABASE_URL: `sqlite://${join(mkdtempSync(join(tmpdir(), "latchkey-bench-")), "latchkey.db")}`,
        RUST_LOG: "warn",
    },
    stdio: ["ignore", "inherit", "inherit"],
});

// What Chrome's developer tools call Slow 4G, on a phone whose processor is a quarter as fast as this one.
const slow = { latency: 562.5, downloadThroughput: (1.44 * 1024 * 1024) / 8, uploadThroughput: (0.675 * 1024 * 1024) / 8 };

/** Loads the sign-in page, and returns when its button works and what was sent, by kind. */
async function load(page, cdp, throttled) {
    await cdp.send("Network.emulateNetworkConditions", { offline: false, ...(throttled ? slow : { latency: 0, downloadThroughput: -1, uploadThroughput: -1 }) });
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: throttled ? 4 : 1 });
    const types = new Map();
    const bytes = {};
    const received = ({ requestId, type, response }) => types.set(requestId, response.mimeType === "application/wasm" ? "WASM" : type);
    const finished = ({ requestId, encodedDataLength }) => {
        const type = types.get(requestId);
        bytes[type] = (bytes[type] ?? 0) + encodedDataLength;
    };
    cdp.on("Network.responseReceived", received);
    cdp.on("Network.loadingFinished", finished);
    await page.goto(`${origin}/signin`, { waitUntil: "commit" });
    const ready = await page.evaluate(
        () =>
            new Promise((resolve) => {
                const check = () => (document.documentElement.dataset.hydrated === "" ? resolve(performance.now()) : requestAnimationFrame(check));
                check();
            }),
    );
    await page.waitForLoadState("networkidle");
    cdp.off("Network.responseReceived", received);
    cdp.off("Network.loadingFinished", finished);
    return { ready, bytes };
}

/** A first visit, with nothing in the browser's cache, and a second one. */
async function visit(browser, throttled) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send("Network.enable");
    const cold = await load(page, cdp, throttled);
    const warm = await load(page, cdp, throttled);
    await context.close();
    return { cold, warm };
}

try {
    while (!(await fetch(`${origin}/healthz`).catch(() => null))?.ok) await new Promise((done) => setTimeout(done, 50));
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM || undefined,
        args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    console.log(`\n"Sign in with Passkey" works after (median of ${visits} visits of /signin)`);
    for (const [name, throttled] of [["as this machine is", false], ["a phone's processor, Slow 4G", true]]) {
        const seen = [];
        for (let n = 0; n < visits; n++) seen.push(await visit(browser, throttled));
        const median = (kind) => seen.map((it) => it[kind].ready).sort((a, b) => a - b)[Math.floor(visits / 2)].toFixed(0);
        console.log(`${name.padEnd(30)} ${median("cold").padStart(6)} ms the first time, ${median("warm").padStart(5)} ms with the files in the cache`);
        if (!throttled) {
            for (const [type, size] of Object.entries(seen[0].cold.bytes)) console.log(`    ${type.padEnd(12)} ${(size / 1000).toFixed(1)} kB as sent`);
        }
    }
    await browser.close();
} finally {
    server.kill();
}
