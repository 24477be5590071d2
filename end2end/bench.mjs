// How many bytes a visitor needs, and how soon "Sign in with Passkey" can be pressed, with nothing
// in the browser's cache. On the release build, as `make build` leaves it.
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

async function visit(browser) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send("Network.enable");
    const types = new Map();
    const bytes = {};
    cdp.on("Network.responseReceived", ({ requestId, type, response }) =>
        types.set(requestId, response.mimeType === "application/wasm" ? "WASM" : type),
    );
    cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
        const type = types.get(requestId);
        bytes[type] = (bytes[type] ?? 0) + encodedDataLength;
    });
    await page.goto(`${origin}/signin`, { waitUntil: "commit" });
    const ready = await page.evaluate(
        () =>
            new Promise((resolve) => {
                const check = () => {
                    const button = [...document.querySelectorAll("button")].find((it) => it.textContent === "Sign in with Passkey");
                    if (button && !button.disabled) resolve(performance.now());
                    else requestAnimationFrame(check);
                };
                check();
            }),
    );
    await page.waitForLoadState("networkidle");
    await context.close();
    return { ready, bytes };
}

try {
    while (!(await fetch(`${origin}/healthz`).catch(() => null))?.ok) await new Promise((done) => setTimeout(done, 50));
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM || undefined,
        args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    const seen = [];
    for (let n = 0; n < visits; n++) seen.push(await visit(browser));
    await browser.close();
    const times = seen.map(({ ready }) => ready).sort((a, b) => a - b);
    console.log(`\nA working "Sign in with Passkey" button: ${times[visits / 2].toFixed(0)} ms (median of ${visits} first visits)`);
    for (const [type, size] of Object.entries(seen[0].bytes)) console.log(`${type.padEnd(12)} ${(size / 1000).toFixed(1)} kB as sent`);
} finally {
    server.kill();
}
