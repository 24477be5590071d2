// What a browser loads of this app, as it is sent: brotli, the best that it does.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const MOST = { scripts: 75_000, style: 6_000 };

const site = mkdtempSync(join(tmpdir(), "site-"));
after(() => rmSync(site, { recursive: true }));

test("the browser's half and the style sheet are small", () => {
    execFileSync("cargo", ["leptos", "build", "--release", "--frontend-only", "--precompress", "--lib-cargo-args=--locked"], {
        cwd: join(import.meta.dirname, ".."),
        env: { ...process.env, LEPTOS_SITE_ROOT: site },
        stdio: "inherit",
    });
    const sent = { js: 0, wasm: 0, css: 0 };
    for (const file of readdirSync(join(site, "pkg"))) {
        const kind = file.match(/\.(js|wasm|css)\.br$/)?.[1];
        if (kind) sent[kind] += statSync(join(site, "pkg", file)).size;
    }
    console.log(`WASM ${sent.wasm}, JavaScript ${sent.js}, style sheet ${sent.css} bytes (brotli)`);
    assert.ok(sent.wasm > 0 && sent.js > 0 && sent.css > 0);
    assert.ok(sent.wasm + sent.js <= MOST.scripts, `${sent.wasm + sent.js} bytes`);
    assert.ok(sent.css <= MOST.style, `${sent.css} bytes`);
});
