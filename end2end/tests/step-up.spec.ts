import { type Page } from "@playwright/test";
import { hold, lose, problem } from "../support/page";
import {
    Authenticator,
    changeNumber,
    confirm,
    expect,
    loseAnswers,
    open,
    prompts,
    readOn,
    signUp,
    test,
    watchSignals,
} from "../support/passkey";
import { password, signUpByPassword } from "../support/password";

const change = (page: Page) => page.getByRole("button", { name: "Change number" });
const changed = (page: Page, number = "+442079460000") => page.locator(".facts").getByText(`Your number is ${number}.`);
const unchanged = (page: Page) => page.getByText("You have not given a number.");

async function signUpAndOpen(page: Page) {
    await signUp(page);
    await open(page, "/settings/account");
}

test("a confirmed act is carried out, once, and the next needs its own confirmation", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    await changeNumber(page);
    const modal = page.getByRole("dialog", { name: "Let's make sure it's you" });
    await expect(modal).toContainText("Change your phone number to +442079460000");
    await expect(modal).toHaveAccessibleDescription("Change your phone number to +442079460000");
    await expect(modal.getByRole("heading")).toBeFocused();
    await expect(unchanged(page)).toBeVisible();
    await confirm(page);
    await expect(modal).toBeHidden();
    await expect(changed(page)).toBeVisible();
    await expect(change(page)).toBeFocused();

    await changeNumber(page);
    await expect(modal).toBeVisible();
});

test("Escape and Cancel change nothing and give the focus back", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    for (const cancel of [
        () => page.keyboard.press("Escape"),
        () => page.getByRole("button", { name: "Cancel" }).click(),
    ]) {
        await changeNumber(page);
        await expect(page.getByRole("dialog")).toBeVisible();
        await cancel();
        await expect(page.getByRole("dialog")).toBeHidden();
        await expect(page.getByText("Cancelled. Try again when you are ready.")).toBeVisible();
        await expect(change(page)).toBeFocused();
        await expect(change(page)).toBeEnabled();
        await expect(problem(page)).toHaveCount(0);
        await expect(unchanged(page)).toBeVisible();
    }
});

test("closing the modal ends the prompt that is open", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    await passkey.answers(false);
    await changeNumber(page);
    await confirm(page);
    await expect(page.getByRole("button", { name: "Waiting for device…" })).toBeVisible();
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => prompts(page)).toEqual(["button", "button ended"]);
    await expect(page.getByRole("dialog")).toBeHidden();
    await expect(unchanged(page)).toBeVisible();
});

test("a modal that was closed while its options were on their way opens no prompt", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    const release = await hold(page, "/api/reauth/options", "POST");
    await changeNumber(page);
    await confirm(page);
    const ended = page.waitForEvent("requestfailed");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
    await ended;
    release();
    await page.waitForTimeout(300);
    expect(await prompts(page)).toEqual([]);

    // The next try is not troubled by it.
    await change(page).click();
    await confirm(page);
    await expect(changed(page)).toBeVisible();
});

test("the modal closes with the page that asked", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await page.getByRole("link", { name: "Account" }).click();
    await changeNumber(page);
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.goBack();
    await expect(page).toHaveTitle("Passkeys · Latchkey");
    await expect(page.getByRole("dialog")).toBeHidden();
});

test("the network lost before the confirmation changes nothing", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    await page.route("**/api/account/phone", (route) => route.abort("internetdisconnected"));
    await changeNumber(page);
    await expect(problem(page)).toHaveText("You seem to be offline. Nothing was sent.");
    await expect(unchanged(page)).toBeVisible();
    await page.unroute("**/api/account/phone");
    await change(page).click();
    await confirm(page);
    await expect(changed(page)).toBeVisible();
    await expect(problem(page)).toHaveCount(0);
});

test("an authenticator that does not verify its user confirms nothing", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    await passkey.verifiesUser(false);
    await changeNumber(page);
    await confirm(page);
    await expect(page.getByRole("button", { name: "Confirm with passkey" })).toBeEnabled();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expect(problem(page)).toHaveCount(0);
    await expect(unchanged(page)).toBeVisible();

    await passkey.verifiesUser(true);
    await confirm(page);
    await expect(changed(page)).toBeVisible();
});

test("a passkey that was removed meanwhile is refused and reported", async ({ page, browser, passkey }) => {
    const unknown = await watchSignals(page, "signalUnknownCredential");
    await signUpAndOpen(page);
    const context = await browser.newContext();
    const other = await context.newPage();
    const shared = await Authenticator.on(other, await passkey.credentials());
    await other.goto("/signin?next=/settings/passkeys");
    await expect(other).toHaveURL("/settings/passkeys");
    await shared.another();
    await other.getByRole("button", { name: "Add Passkey" }).click();
    await confirm(other);
    await other.locator("details[open]").getByLabel("Name this passkey").fill("Second");
    await other.locator("details[open]").getByRole("button", { name: "Save" }).click();

    // While the answer of the first passkey is on its way, another browser removes that passkey.
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/api/reauth/verify", async (route) => {
        await held;
        await route.continue();
    });
    await changeNumber(page);
    await confirm(page);
    await other.getByRole("button", { name: "Remove Chrome on Linux", exact: true }).click();
    await other.getByRole("button", { name: "Remove passkey", exact: true }).click();
    await confirm(other);
    await expect(other.getByRole("region", { name: "Your passkeys" }).getByRole("listitem")).toHaveCount(1);
    release();
    await expect(problem(page)).toHaveText("This passkey was removed from your account. Use another one.");
    expect(unknown).toHaveLength(1);
    await page.keyboard.press("Escape");
    await expect(unchanged(page)).toBeVisible();
    await context.close();
});

test("each refusal of a confirmation has its own sentence", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    await changeNumber(page);
    for (const [status, code, text] of [
        [403, "credential_not_yours", "That passkey belongs to a different account. Use one of yours."],
        [401, "verification_failed", "We couldn't verify that passkey. Try again."],
        [409, "challenge_expired", "That request has expired. Try again."],
        [500, "internal", "Something went wrong on our side."],
    ] as const) {
        await page.route("**/api/reauth/verify", (route) =>
            route.fulfill({ status, contentType: "application/json", body: JSON.stringify({ code, message: text }) }),
        );
        await confirm(page);
        await expect(problem(page)).toHaveText(text);
        await page.unroute("**/api/reauth/verify");
    }
    await page.route("**/api/reauth/verify", (route) => route.abort("internetdisconnected"));
    await confirm(page);
    await expect(problem(page)).toHaveText("We don't know whether it went through.");
    await page.unroute("**/api/reauth/verify");
    await confirm(page);
    await expect(changed(page)).toBeVisible();
});

test("an account without a passkey is told to add one", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    await page.route("**/api/account/phone", (route) =>
        route.fulfill({
            status: 409,
            json: {
                code: "passkey_required",
                message: "Add a passkey before you can confirm this.",
                link: "/settings/passkeys",
                link_text: "Add a passkey",
            },
        }),
    );
    await changeNumber(page);
    await expect(problem(page)).toContainText("Add a passkey before you can confirm this.");
    await problem(page).getByRole("link", { name: "Add a passkey" }).click();
    await expect(page).toHaveURL("/settings/passkeys");
});

test("two tabs confirm their own acts", async ({ page, context, passkey }) => {
    await signUpAndOpen(page);
    const other = await context.newPage();
    await Authenticator.on(other, await passkey.credentials());
    await open(other, "/settings/account");
    await changeNumber(page, "+442079460001");
    await expect(page.getByRole("dialog")).toContainText("Change your phone number to +442079460001");
    await changeNumber(other, "+442079460002");
    await expect(other.getByRole("dialog")).toContainText("Change your phone number to +442079460002");
    await confirm(page);
    await expect(changed(page, "+442079460001")).toBeVisible();
    await confirm(other);
    await expect(changed(other, "+442079460002")).toBeVisible();
    await other.goto("/settings/activity");
    const rows = other.getByRole("region", { name: "Your activity" }).getByRole("listitem");
    await expect(rows.filter({ hasText: "Phone number changed" })).toHaveCount(2);
});

test("an action that takes the modal from another leaves the other's form ready again", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/account");
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/api/account/phone", async (route) => {
        await held;
        await route.continue();
    });
    await changeNumber(page);
    await page.locator("summary", { hasText: "Delete it" }).click();
    await page.getByLabel(`Type ${email} to confirm`).fill(email);
    const remove = page.getByRole("button", { name: "Delete my account" });
    await remove.click();
    const modal = page.getByRole("dialog", { name: "Let's make sure it's you" });
    await expect(modal).toContainText(`Delete the account ${email}`);
    release();
    await expect(modal).toContainText("Change your phone number to +442079460000");
    await confirm(page);
    await expect(changed(page)).toBeVisible();
    await expect(remove).not.toHaveAttribute("aria-disabled", "true");
});

test("what was typed in another form and what is open stay when the page is renewed", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/account");
    await page.locator("summary", { hasText: "Delete it" }).click();
    await page.getByLabel(`Type ${email} to confirm`).fill("half");
    await changeNumber(page);
    await confirm(page);
    await expect(changed(page)).toBeVisible();
    await expect(change(page)).toBeFocused();
    await expect(page.getByLabel("New phone number")).toHaveValue("");
    await expect(page.getByLabel(`Type ${email} to confirm`)).toHaveValue("half");
});

test("a confirmation is shown for a moment before the modal closes", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    await changeNumber(page);
    await confirm(page);
    await expect(page.locator("#step-up[data-confirmed] .tick")).toBeVisible();
    await expect(page.getByRole("dialog")).toBeHidden();
    // The next action begins without it.
    await changeNumber(page, "+442079460001");
    await expect(page.getByRole("dialog")).toBeVisible();
    await expect(page.locator("#step-up .tick")).toBeHidden();
});

for (const height of [256, 180]) {
    test(`what is signed can be read and confirmed in a window of 320 by ${height}, by passkey`, async ({ page, passkey }) => {
        await signUpAndOpen(page);
        await page.setViewportSize({ width: 320, height });
        await changeNumber(page);
        await expect(page.getByRole("dialog")).toBeVisible();
        await readOn(page.getByRole("dialog"));
        await page.keyboard.press("Escape");
        // The next time the modal begins as it did before.
        await change(page).click();
        await expect(page.getByRole("dialog")).toBeVisible();
        await readOn(page.getByRole("dialog"));
        await confirm(page);
        await expect(changed(page)).toBeVisible();
    });

    test(`what is signed can be read and confirmed in a window of 320 by ${height}, by password`, async ({ page }) => {
        await signUpByPassword(page);
        await open(page, "/settings/account");
        await page.setViewportSize({ width: 320, height });
        await changeNumber(page);
        await expect(page.getByRole("dialog")).toBeVisible();
        await readOn(page.getByRole("dialog"));
        await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill(password);
        await page.getByRole("button", { name: "Confirm with password" }).click();
        await expect(changed(page)).toBeVisible();
    });
}

test("after an answer was lost the next loss is not said to have changed nothing, until there is an answer", async ({
    page,
    passkey,
}) => {
    const unknown = "We don't know whether it went through.";
    await signUpAndOpen(page);
    await loseAnswers(page, "/api/account/phone");
    await changeNumber(page);
    await confirm(page);
    await expect(problem(page)).toHaveText(unknown);
    await page.unroute("**/api/account/phone");
    await lose(page, "/api/account/phone");
    await changeNumber(page, "+442079460001");
    await expect(problem(page)).toHaveText(unknown);
    await page.reload();
    await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
    await changeNumber(page);
    await expect(problem(page)).toHaveText(unknown);
    await page.unroute("**/api/account/phone");
    await change(page).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await lose(page, "/api/account/phone");
    await change(page).click();
    await expect(problem(page)).toHaveText("You seem to be offline. Nothing was sent.");
});

test("the network lost while the modal is asked for changes nothing, and that is said", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    await lose(page, "/api/reauth/pending");
    await changeNumber(page);
    await expect(problem(page)).toHaveText("You seem to be offline. Nothing was sent.");
    await expect(page.getByRole("dialog")).toBeHidden();
});

test("Cancel gives “Confirm” back at once where the connection stalls", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    await hold(page, "/api/reauth/options", "POST");
    await changeNumber(page);
    await confirm(page);
    await expect(page.getByRole("button", { name: "Waiting for device…" })).toBeVisible();
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByText("Cancelled. Try again when you are ready.")).toBeVisible();
    await expect(problem(page)).toHaveCount(0);
    await change(page).click();
    const confirming = page.getByRole("button", { name: "Confirm with passkey" });
    await expect(confirming).toBeEnabled();
    await page.unroute("**/api/reauth/options");
    await confirming.click();
    await expect(changed(page)).toBeVisible();
});

test("what is confirmed can be neither cancelled nor confirmed again while it is carried out", async ({ page, passkey }) => {
    await signUpAndOpen(page);
    await changeNumber(page);
    await expect(page.getByRole("dialog")).toBeVisible();
    const release = await hold(page, "/api/account/phone", "POST");
    await confirm(page);
    await expect(page.locator("#step-up[data-confirmed] .tick")).toBeVisible();
    for (const name of ["Cancel", "Confirm with passkey", "Waiting for device…"]) {
        await expect(page.getByRole("button", { name, exact: true })).toBeHidden();
    }
    await page.keyboard.press("Escape");
    await page.waitForTimeout(300);
    await expect(page.getByRole("dialog")).toBeVisible();
    release();
    await expect(page.getByRole("dialog")).toBeHidden();
    await expect(changed(page)).toBeVisible();
});
