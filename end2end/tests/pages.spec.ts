import { HOME } from "../support/home";
import { expectAccessible, holdScripts } from "../support/page";
import { changeNumber, expect, open, signUp, test } from "../support/passkey";

for (const colorScheme of ["light", "dark"] as const) {
    test.describe(colorScheme, () => {
        test.use({ colorScheme });

        test("pages for everybody are accessible", async ({ page, passkey }) => {
            await passkey.answers(false);
            for (const [path, title] of [
                ["/", "Passkeys that confirm"],
                ["/signin", "Sign in"],
                ["/signin/recovery", "Use a recovery code"],
                ["/signup", "Create an account"],
                ["/signup/password", "Create an account with a password"],
                ["/nowhere", "Not found"],
            ]) {
                await page.goto(path);
                await expect(page).toHaveTitle(`${title} · Latchkey`);
                await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
                await expectAccessible(page);
            }
        });

        test("pages for users and the modals are accessible", async ({ page, passkey }) => {
            await signUp(page);
            await expectAccessible(page);
            await open(page, "/settings/security");
            await changeNumber(page, "12");
            await expect(page.getByRole("alert").filter({ hasText: /./ })).toBeVisible();
            await expectAccessible(page);
            await changeNumber(page);
            await expect(page.getByText("Change your phone number to +442079460000")).toBeVisible();
            await expectAccessible(page);
            await page.keyboard.press("Escape");
            await open(page, "/settings/passkeys");
            await expect(page.getByRole("listitem").first()).toBeVisible();
            await expectAccessible(page);
            await page.getByRole("button", { name: "Remove Passkey", exact: true }).click();
            await expectAccessible(page);
            for (const path of ["security", "sessions", "activity"]) {
                await page.goto(`/settings/${path}`);
                await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
                await expectAccessible(page);
            }
        });
    });
}

test("a phone scrolls in one direction only", async ({ page, passkey }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await signUp(page);
    for (const path of [
        "/",
        "/transfer", // with: transfer
        "/settings/passkeys",
        "/settings/security",
        "/settings/sessions",
        "/settings/activity",
    ]) {
        await page.goto(path);
        const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(await overflow(), path).toBeLessThanOrEqual(0);
    }
});

test("browsers read the manifest, and each page's own description", async ({ page, context, passkey }) => {
    await signUp(page);
    const cdp = await context.newCDPSession(page);
    const manifest = await cdp.send("Page.getAppManifest");
    expect(manifest.errors).toEqual([]);
    expect(JSON.parse(manifest.data!).name).toBe("Latchkey");
    await open(page, "/settings/activity");
    const description = page.locator("meta[name=description]");
    await expect(description).toHaveAttribute("content", /^See what happened on your/);
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(page).toHaveTitle("Passkeys · Latchkey");
    await expect(description).toHaveCount(1);
    await expect(description).toHaveAttribute("content", /^Add, name and remove the passkeys/);
});

test("an unknown address is a 404 with a way back", async ({ page }) => {
    const response = await page.goto("/nowhere");
    expect(response!.status()).toBe(404);
    await page.getByRole("link", { name: "Go to the start" }).click();
    await expect(page).toHaveURL("/");
});

test("navigation moves the title and the focus", async ({ page, passkey }) => {
    await signUp(page);
    // Before the scripts run, a link loads its page, and the browser sets the focus.
    await open(page, "/settings/activity");
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(page).toHaveTitle("Passkeys · Latchkey");
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("before the scripts arrive, buttons that need them wait", async ({ page }) => {
    const release = await holdScripts(page);
    await page.goto("/signin", { waitUntil: "commit" });
    const button = page.getByRole("button", { name: "Sign in with Passkey" });
    await expect(button).toBeDisabled();
    release();
    await expect(button).toBeEnabled();
});

test("what was typed before the scripts arrived counts", async ({ page, passkey }) => {
    const email = await signUp(page);
    const release = await holdScripts(page);
    await page.goto("/settings/security", { waitUntil: "commit" });
    await page.getByLabel(`Type ${email} to confirm`).fill(email);
    release();
    await expect(page.getByRole("button", { name: "Delete my account" })).toBeEnabled();
});

test.describe("without scripts", () => {
    test.use({ javaScriptEnabled: false });

    test("pages read well and say what needs scripts", async ({ page }) => {
        await page.goto("/signin");
        await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
        await expect(page.getByText("Passkeys need JavaScript.")).toBeVisible();
        await page.goto(HOME);
        await expect(page).toHaveURL(`/signin?next=${HOME}`);
    });
});
