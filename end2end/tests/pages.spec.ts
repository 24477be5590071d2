import { type Page } from "@playwright/test";
import { HOME, HOME_HEADING } from "../support/home";
import { expectAccessible, holdScripts, problem } from "../support/page";
import { Authenticator, changeNumber, confirm, expect, newEmail, open, prompts, signOut, signUp, test } from "../support/passkey";
import { password, passwordField, signInByPassword, signUpByPassword } from "../support/password";

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
            await open(page, "/settings/account");
            await changeNumber(page, "12");
            await expect(problem(page)).toBeVisible();
            await expectAccessible(page);
            await changeNumber(page);
            await expect(page.getByText("Change your phone number to +442079460000")).toBeVisible();
            await expectAccessible(page);
            await page.keyboard.press("Escape");
            await page.locator("summary", { hasText: "Delete it" }).click();
            await expectAccessible(page);
            await open(page, "/settings/passkeys");
            await expect(page.getByRole("listitem").first()).toBeVisible();
            await expectAccessible(page);
            await passkey.another();
            await page.getByRole("button", { name: "Add Passkey" }).click();
            await confirm(page);
            await expect(page.locator("details[open]").getByLabel("Name this passkey")).toBeFocused();
            await expectAccessible(page);
            await page.getByRole("button", { name: "Cancel" }).click();
            await page.getByRole("button", { name: /^Remove / }).first().click();
            await expect(page.getByRole("dialog")).toBeVisible();
            await expectAccessible(page);
            await open(page, "/settings/security");
            await page.locator("summary", { hasText: "Set one" }).click();
            await expectAccessible(page);
            for (const path of ["sessions", "activity"]) {
                await page.goto(`/settings/${path}`);
                await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
                await expectAccessible(page);
            }
        });
    });
}

const PAGES_OF_USERS = [
    "/",
    "/transfer", // with: transfer
    "/settings/passkeys",
    "/settings/security",
    "/settings/account",
    "/settings/sessions",
    "/settings/activity",
];

/** Opens a page, makes its text larger or not, and expects that nothing of it is beside the screen. */
async function expectNoOverflow(page: Page, path: string, fontSize = "") {
    await page.goto(path);
    const overflow = await page.evaluate((fontSize) => {
        document.documentElement.style.fontSize = fontSize;
        return document.documentElement.scrollWidth - window.innerWidth;
    }, fontSize);
    expect(overflow, path).toBeLessThanOrEqual(0);
}

test("a phone scrolls in one direction only", async ({ page, passkey }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await signUp(page);
    for (const path of PAGES_OF_USERS) await expectNoOverflow(page, path);
});

test("text of twice the size makes no page scroll sideways", async ({ page, passkey }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await passkey.answers(false);
    for (const path of ["/", "/signin"]) await expectNoOverflow(page, path, "32px");
    await passkey.answers(true);
    await signUp(page);
    for (const path of PAGES_OF_USERS) await expectNoOverflow(page, path, "32px");
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

test("a link loads its page, which marks where it is", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/activity");
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(page).toHaveTitle("Passkeys · Latchkey");
    await expect(page).toHaveURL("/settings/passkeys");
    const tabs = page.getByRole("navigation", { name: "Settings" });
    await expect(tabs.getByRole("link", { name: "Passkeys" })).toHaveAttribute("aria-current", "page");
    await expect(tabs.locator("[aria-current]")).toHaveCount(1);
    await expect(page.getByRole("link", { name: "Settings" })).toHaveAttribute("aria-current", "page");
    await page.goBack();
    await expect(page).toHaveTitle("Activity · Latchkey");
    await expect(tabs.getByRole("link", { name: "Activity" })).toHaveAttribute("aria-current", "page");
});

test("the first key press shows a link that skips to the page", async ({ page, passkey }) => {
    await passkey.answers(false);
    await open(page, "/signin");
    const skip = page.getByRole("link", { name: "Skip to the page" });
    await expect(skip).not.toBeInViewport();
    await page.keyboard.press("Tab");
    await expect(skip).toBeFocused();
    await expect(skip).toBeInViewport();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("main")).toBeFocused();
    await page.keyboard.press("Tab");
    await expect(page.getByRole("button", { name: "Sign in with Passkey" })).toBeFocused();
});

test("links are fetched ahead, and calls are not", async ({ page }) => {
    await page.goto("/");
    const rules = JSON.parse(await page.locator("script[type=speculationrules]").innerText());
    expect(rules.prefetch).toHaveLength(1);
    expect(rules.prefetch[0].where.and).toContainEqual({ href_matches: "/*" });
    expect(rules.prefetch[0].where.and).toContainEqual({ not: { href_matches: "/api/*" } });
    expect(rules.prerender).toBeUndefined();
});

test("a page that was fetched ahead is fetched again once a call has changed what it shows", async ({ page, browser, passkey }) => {
    await signUp(page);
    const context = await browser.newContext();
    const other = await context.newPage();
    await Authenticator.on(other, await passkey.credentials());
    await other.goto("/signin");
    await expect(other).toHaveURL(HOME);
    await open(page, "/settings/passkeys");
    const ahead = page.waitForRequest((it) => it.url().endsWith("/settings/sessions") && it.headers()["sec-purpose"] === "prefetch");
    const sessions = page.getByRole("link", { name: "Sessions" });
    await sessions.hover();
    await (await ahead).response();
    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await expect(page.locator("#elsewhere .success")).toHaveText("You are signed out everywhere else.");
    await sessions.click();
    await expect(page).toHaveTitle("Sessions · Latchkey");
    await expect(page.getByRole("region", { name: "Your sessions" }).getByRole("listitem")).toHaveCount(1);
    await context.close();
});

test("a page that the back button brings out of the browser's memory is read again", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/settings/account");
    const other = await context.newPage();
    await open(other, HOME);
    await signOut(other);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Account");
    // Nobody chooses among the suggestions of the sign-in page.
    await passkey.answers(false);
    // As the browser says it of a page that it had kept; it keeps none while it is tested.
    await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
});

test("a password can be shown while it is typed", async ({ page, passkey }) => {
    await passkey.answers(false);
    await open(page, "/signin");
    const field = passwordField(page);
    await field.fill("violet tractor");
    const show = page.getByRole("button", { name: "Show the password" });
    await expect(field).toHaveAttribute("type", "password");
    for (const [type, pressed] of [
        ["text", "true"],
        ["password", "false"],
    ]) {
        await show.click();
        await expect(field).toHaveAttribute("type", type);
        await expect(show).toHaveAttribute("aria-pressed", pressed);
        await expect(field).toHaveValue("violet tractor");
    }
});

test("a press before the scripts arrive is kept, and opens the prompt once they are there", async ({ page, passkey }) => {
    await passkey.answers(false);
    const release = await holdScripts(page);
    await page.goto("/signin", { waitUntil: "commit" });
    await page.getByRole("button", { name: "Sign in with Passkey" }).click();
    await expect(page.getByRole("button", { name: "Loading…" })).toHaveAttribute("aria-busy", "true");
    expect(await prompts(page)).toEqual([]);
    release();
    await expect.poll(() => prompts(page)).toEqual(["button"]);
    const busy = page.getByRole("button", { name: "Waiting for device…" });
    await expect(busy).toBeDisabled();
    await expect(busy).not.toHaveAttribute("aria-busy", "true");
    await expect(page).toHaveURL("/signin");
});

test("a form that was refused before the scripts arrived is on its own page again", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/passkeys");
    const release = await holdScripts(page);
    await page.goto("/settings/passkeys", { waitUntil: "commit" });
    await page.locator("summary", { hasText: "Rename" }).click();
    await page.getByLabel("Name this passkey").fill(" ");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(problem(page)).toHaveText("Enter a name of at most 64 characters.");
    await expect(page).toHaveURL("/settings/passkeys");
    release();
    await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
    await page.getByLabel("Name this passkey").fill("Phone");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("listitem")).toContainText("Phone");
    await expect(page.getByRole("banner")).toContainText(email);
});

test("what was typed and sent before the scripts arrived makes an account", async ({ page, passkey }) => {
    const email = newEmail();
    const release = await holdScripts(page);
    await page.goto("/signup", { waitUntil: "commit" });
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Your name").fill("Ann Example");
    await page.getByLabel("Your name").press("Enter");
    await expect(page.getByRole("button", { name: "Loading…" })).toHaveAttribute("aria-busy", "true");
    release();
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
    await expect(page.getByRole("banner")).toContainText(email);
    expect(await passkey.credentials()).toHaveLength(1);
});

test("a dialog that is asked for before the scripts arrive opens once they are there", async ({ page, passkey }) => {
    await signUpByPassword(page);
    await open(page, "/settings/passkeys");
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Confirm with password" }).click();
    await expect(page.getByLabel("Name this passkey")).toBeVisible();
    const release = await holdScripts(page);
    await page.goto("/settings/passkeys", { waitUntil: "commit" });
    await page.getByRole("button", { name: /^Remove / }).click();
    release();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expect(page.getByRole("button", { name: "Keep it" })).toBeFocused();
});

test("what was typed before the scripts arrived counts", async ({ page, passkey }) => {
    const email = await signUp(page);
    const release = await holdScripts(page);
    await page.goto("/settings/account", { waitUntil: "commit" });
    await page.locator("summary", { hasText: "Delete it" }).click();
    const typed = page.getByLabel(`Type ${email} to confirm`);
    await typed.fill(email);
    release();
    await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
    await expect(typed).toHaveValue(email);
    await page.getByRole("button", { name: "Delete my account" }).click();
    await expect(page.getByRole("dialog", { name: "Let's make sure it's you" })).toBeVisible();
});

const unready = (page: Page) => page.getByRole("alert").filter({ hasText: "A part of this page did not arrive" });

for (const file of ["*.wasm", "*.js"]) {
    test(`scripts that do not load are said to be missing, and the password signs in all the same: ${file}`, async ({
        page,
        passkey,
    }) => {
        const email = await signUpByPassword(page);
        await signOut(page);
        await page.route(`**/${file}`, (route) => route.abort());
        await page.goto("/signin");
        await expect(unready(page)).toBeVisible();
        await expect(unready(page)).toContainText("passkeys need it");
        await expectAccessible(page);
        await signInByPassword(page, email);
        await expect(page).toHaveURL(HOME);
        await expect(unready(page)).toBeVisible();
        await page.unroute(`**/${file}`);
        await unready(page).getByRole("link", { name: "Load the page again" }).click();
        await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
        await expect(unready(page)).toBeHidden();
    });
}

test("a press is given up when the scripts do not load, and the next one loads the page again", async ({
    page,
    passkey,
}) => {
    await passkey.answers(false);
    let give = () => {};
    const given = new Promise<void>((resolve) => (give = resolve));
    await page.route("**/*.wasm", async (route) => {
        await given;
        await route.abort();
    });
    await page.goto("/signin", { waitUntil: "commit" });
    const button = page.getByRole("button", { name: "Sign in with Passkey" });
    await button.click();
    await expect(page.getByRole("button", { name: "Loading…" })).toHaveAttribute("aria-busy", "true");
    give();
    await expect(unready(page)).toBeVisible();
    await expect(button).not.toHaveAttribute("aria-busy", "true");
    await page.unroute("**/*.wasm");
    await button.click();
    await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
    await expect(unready(page)).toBeHidden();
});

test("where the scripts do not load, what needs none is left alone, and a user is not told to sign in", async ({ page, passkey }) => {
    await signUp(page);
    await page.route("**/*.wasm", (route) => route.abort());
    await page.goto("/settings/passkeys");
    await expect(unready(page)).toBeVisible();
    await expect(unready(page)).not.toContainText("sign in");
    await page.locator("summary", { hasText: "Rename" }).click();
    await page.getByLabel("Name this passkey").fill("Half a na");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.waitForTimeout(500);
    await expect(page.getByLabel("Name this passkey")).toHaveValue("Half a na");
    // What can only be done by scripts is not offered.
    await page.goto("/settings/security");
    await page.locator("summary", { hasText: "Set one" }).click();
    await expect(unready(page)).toBeVisible();
    await expect(page.getByRole("button", { name: "Show the password" })).toBeHidden();
});

test("a press that takes the place of another before the scripts arrive is the one that is kept", async ({ page, passkey }) => {
    await signUp(page);
    const release = await holdScripts(page);
    await page.goto("/settings/account", { waitUntil: "commit" });
    await page.getByRole("button", { name: "Download it" }).click();
    await expect(page.getByRole("button", { name: "Loading…" })).toHaveCount(1);
    await page.getByLabel("New phone number").fill("+442079460000");
    await page.getByRole("button", { name: "Change number" }).click();
    await expect(page.getByRole("button", { name: "Loading…" })).toHaveCount(1);
    await expect(page.getByRole("button", { name: "Download it" })).toBeVisible();
    release();
    await expect(page.getByRole("dialog")).toContainText("Change your phone number");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "Change number" })).toBeVisible();
});

test("scripts that are late are said to be missing until they are there, and open nothing by then", async ({
    page,
    passkey,
}) => {
    await passkey.answers(false);
    const release = await holdScripts(page);
    await page.goto("/signin", { waitUntil: "commit" });
    const button = page.getByRole("button", { name: "Sign in with Passkey" });
    await button.click();
    await expect(unready(page)).toBeVisible();
    await expect(button).not.toHaveAttribute("aria-busy", "true");
    release();
    await expect(unready(page)).toBeHidden();
    // The press was given up eight seconds after the page came: nobody expects its prompt any more.
    await expect.poll(() => prompts(page)).toEqual(["autofill"]);
});

test.describe("far away", () => {
    test.use({ timezoneId: "Asia/Tokyo", locale: "de-DE" });

    test("times are in the reader's zone and language, also after the page was renewed", async ({ page, passkey }) => {
        await signUp(page);
        await open(page, "/settings/passkeys");
        const added = page.getByRole("listitem").locator("time[data-as=day]");
        const expectLocal = async () => {
            const at = new Date((await added.getAttribute("datetime"))!);
            const day = at.toLocaleString("de-DE", { timeZone: "Asia/Tokyo", dateStyle: "long" });
            await expect(added).toHaveText(day);
        };
        await expectLocal();
        await page.locator("summary[aria-label^=Rename]").click();
        await page.getByLabel("Name this passkey").fill("Laptop");
        await page.getByRole("button", { name: "Save" }).click();
        await expect(page.getByRole("listitem").locator(".name")).toContainText("Laptop");
        await expectLocal();

        await open(page, "/settings/sessions");
        const [signedIn, lastSeen] = await page.getByRole("listitem").locator("time").all();
        const at = new Date((await signedIn.getAttribute("datetime"))!);
        const exact = at.toLocaleString("de-DE", { timeZone: "Asia/Tokyo", dateStyle: "long", timeStyle: "short" });
        await expect(signedIn).toHaveText(exact);
        await expect(lastSeen).toContainText("Minute");
    });
});

test("times are said by a browser whose clock is behind and whose language has no name", async ({ page, passkey }) => {
    await page.addInitScript(() => {
        const now = Date.now;
        Date.now = () => now() - 20_000;
        Object.defineProperty(navigator, "language", { get: () => "en-US@posix" });
    });
    await signUp(page);
    await open(page, "/settings/sessions");
    const [signedIn, lastSeen] = await page.getByRole("listitem").locator("time").all();
    await expect(signedIn).toHaveText(/^\w+ \d+, \d{4} at \d+:\d\d [AP]M$/);
    await expect(lastSeen).toHaveText("this minute");
});

test.describe("without scripts", () => {
    test.use({ javaScriptEnabled: false });

    test("pages read well and say what needs scripts", async ({ page }) => {
        await page.goto("/signin");
        await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
        await expect(page.getByText("Passkeys need JavaScript.")).toBeVisible();
        await expect(page.getByRole("button", { name: "Sign in with Passkey" })).toBeDisabled();
        await expect(page.getByRole("button", { name: "Show the password" })).toBeHidden();
        await page.goto(HOME);
        await expect(page).toHaveURL(`/signin?next=${HOME}`);
    });
});
