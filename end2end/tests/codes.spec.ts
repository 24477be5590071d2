import { readFileSync } from "node:fs";
import { type Page } from "@playwright/test";
import { HOME } from "../support/home";
import { problem } from "../support/page";
import { Authenticator, confirm, expect, newEmail, open, signOut, signUp, test } from "../support/passkey";

const codes = (page: Page) => page.getByRole("list", { name: "Your recovery codes" }).getByRole("listitem");

async function makeCodes(page: Page) {
    await open(page, "/settings/security");
    await page.getByRole("button", { name: "Make new codes" }).click();
    await confirm(page);
    await expect(codes(page)).toHaveCount(10);
}

/** Each code stands on one line, inside the page, and on no other. */
async function expectApart(page: Page, what: string) {
    const boxes = await codes(page).evaluateAll((items) =>
        items.map((item) => {
            const range = document.createRange();
            range.selectNodeContents(item);
            const { left, right, top, bottom } = range.getBoundingClientRect();
            const line = parseFloat(getComputedStyle(item).lineHeight);
            return { left, right, top, bottom, lines: Math.round((bottom - top) / line) };
        }),
    );
    const width = await page.evaluate(() => document.documentElement.clientWidth);
    for (const [at, box] of boxes.entries()) {
        expect(box.lines, `${what}: lines of code ${at}`).toBe(1);
        expect(box.left, what).toBeGreaterThanOrEqual(0);
        expect(box.right, what).toBeLessThanOrEqual(width);
        for (const other of boxes.slice(at + 1)) {
            const apart =
                box.right < other.left || other.right < box.left || box.bottom <= other.top || other.bottom <= box.top;
            expect(apart, `${what}: code ${at} runs into another`).toBe(true);
        }
    }
}

for (const width of [320, 390, 768, 1280]) {
    test(`codes do not run into each other at ${width} pixels and in print`, async ({ page, passkey }) => {
        await page.setViewportSize({ width, height: 900 });
        await signUp(page);
        await makeCodes(page);
        await expectApart(page, "on the screen");
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
        await page.emulateMedia({ media: "print" });
        await expectApart(page, "in print");
    });
}

test("print, copy and download say whose codes they are, for which site and from when", async ({ page, passkey, context }) => {
    await context.grantPermissions(["clipboard-write"]);
    const email = await signUp(page);
    await makeCodes(page);
    const list = await codes(page).allInnerTexts();
    const { origin } = new URL(page.url());
    const made = /^Made: \d+ \w+ \d{4}, \d\d:\d\d UTC$/m;
    const head = ["Latchkey recovery codes", `Account: ${email}`, `Site: ${origin}`];

    await page.getByRole("button", { name: "Copy" }).click();
    await expect(page.getByRole("main").getByText("Copied.")).toBeVisible();
    // Our own pages may not read the clipboard.
    const elsewhere = await context.newPage();
    await elsewhere.setContent("<textarea autofocus></textarea>");
    await elsewhere.locator("textarea").press("Control+V");
    const copied = await elsewhere.locator("textarea").inputValue();
    await elsewhere.close();
    const saved = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    const file = readFileSync(await (await saved).path(), "utf8");
    expect(file).toBe(copied);
    const lines = file.trimEnd().split("\n");
    expect(lines.slice(0, 3)).toEqual(head);
    expect(lines[3]).toMatch(made);
    expect(lines.slice(4)).toEqual(["", ...list]);

    // On paper there is that and nothing else.
    await page.emulateMedia({ media: "print" });
    const printed = (await page.locator("body").innerText()).split("\n").filter((line) => line.trim());
    expect(printed.slice(0, 3)).toEqual(head);
    expect(printed[3]).toMatch(made);
    expect(printed.slice(4)).toEqual(list);
});

test("a browser that does not copy says so", async ({ page, passkey }) => {
    await page.addInitScript(() => {
        navigator.clipboard.writeText = () => Promise.reject(new DOMException("", "NotAllowedError"));
    });
    await signUp(page);
    await makeCodes(page);
    await page.getByRole("button", { name: "Copy" }).click();
    await expect(problem(page)).toHaveText(
        "Your browser did not let us copy that. Select it and copy it by hand.",
    );
});

test("codes stay on the page while new ones are only asked for", async ({ page, passkey }) => {
    await signUp(page);
    await makeCodes(page);
    const list = await codes(page).allInnerTexts();
    await page.getByRole("button", { name: "Make new codes" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(await codes(page).allInnerTexts()).toEqual(list);
    await page.getByRole("button", { name: "Make new codes" }).click();
    await confirm(page);
    await expect(codes(page).first()).not.toHaveText(list[0]);
});

test("codes that were made in a tab of another account say whose they are", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/settings/security");
    await expect(page.getByRole("button", { name: "Make new codes" })).toBeEnabled();
    const other = await context.newPage();
    const shared = await Authenticator.on(other);
    await other.goto(HOME);
    await signOut(other);
    const bob = await signUp(other, newEmail(), "Bob");
    for (const credential of await shared.credentials()) await passkey.hold(credential);
    await other.close();
    await page.getByRole("button", { name: "Make new codes" }).click();
    await page.evaluate(() => Object.assign(window, { same: true }));
    const renewed = () =>
        page.waitForResponse((it) => it.request().method() === "GET" && it.url().endsWith("/settings/security"));
    const read = renewed();
    await confirm(page);
    await expect(page.getByRole("listitem").filter({ hasText: `Account: ${bob}` })).toBeVisible();
    // The page has learnt that another account is signed in, and does not throw the codes away.
    await read;
    const shown = renewed();
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
    await shown;
    await page.waitForLoadState();
    expect(await page.evaluate(() => (window as unknown as { same?: boolean }).same)).toBe(true);
    await expect(codes(page)).toHaveCount(10);
});

test("a page that shows no codes is loaded again when another account is signed in", async ({ page, context, passkey }) => {
    const ann = await signUp(page);
    await open(page, "/settings/security");
    await expect(page.getByRole("banner")).toContainText(ann);
    const other = await context.newPage();
    await Authenticator.on(other);
    await other.goto(HOME);
    await signOut(other);
    const bob = await signUp(other, newEmail(), "Bob");
    await other.close();
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
    await expect(page.getByRole("banner")).toContainText(bob);
    await expect(page).toHaveURL("/settings/security");
});
