import { hold, problem } from "../support/page";
import {
    changeNumber,
    confirm,
    expect,
    makeWait, // with: mail
    open,
    signUp,
    signUpUnconfirmed, // with: mail
    test,
} from "../support/passkey";
import { HOME } from "../support/home";

test("a page that is renewed leaves the focus with whoever has moved on, and what they have selected", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/account");
    await page.locator("summary", { hasText: "Delete it" }).click();
    await changeNumber(page);
    const release = await hold(page, "/settings/account", "GET");
    await confirm(page);
    await expect(page.getByRole("dialog")).toBeHidden();
    const field = page.getByLabel(`Type ${email} to confirm`);
    await field.fill("half");
    await field.evaluate((it: HTMLInputElement) => it.setSelectionRange(1, 3));
    release();
    await expect(page.locator("#phone .success")).toHaveText("Your number is +442079460000.");
    await expect(field).toBeFocused();
    await expect(field).toHaveValue("half");
    expect(await field.evaluate((it: HTMLInputElement) => [it.selectionStart, it.selectionEnd])).toEqual([1, 3]);
});

test("a refusal leaves the focus with whoever has moved on", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/account");
    await page.locator("summary", { hasText: "Delete it" }).click();
    const release = await hold(page, "/api/account/phone", "POST");
    await changeNumber(page, "12");
    const field = page.getByLabel(`Type ${email} to confirm`);
    await field.fill("half");
    release();
    await expect(problem(page)).toContainText("Enter a phone number");
    await expect(field).toBeFocused();
});

test("a page that is renewed leaves the focus on what opens a part of it", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await passkey.another();
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await confirm(page);
    await expect(page.getByLabel("Name this passkey").first()).toBeFocused();
    await page.getByRole("main").getByRole("button", { name: "Cancel" }).click();
    for (const opener of [
        page.getByRole("button", { name: /^Remove / }).last(),
        page.locator("summary[aria-label^=Rename]").last(),
        page.getByRole("link", { name: "Sessions" }),
    ]) {
        const release = await hold(page, "/settings/passkeys", "GET");
        await page.getByRole("button", { name: "Sign out everywhere else" }).click();
        await expect(page.getByRole("button", { name: "Signing out…" })).toBeVisible();
        await opener.focus();
        release();
        await expect(page.locator("#elsewhere .success")).toHaveText("You are signed out everywhere else.");
        await expect(opener).toBeFocused();
        await page.unroute("**/settings/passkeys");
    }
});

test("once the last suggestion is declined the focus is on the heading", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, HOME);
    const suggestion = page.getByRole("region", { name: "Suggestion" });
    await suggestion.getByRole("button", { name: "Not now" }).click();
    await expect(suggestion).toHaveCount(0);
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

// with: mail {
test("of two forms of one call the one that was sent waits, and keeps the focus", async ({ page, passkey }) => {
    await signUpUnconfirmed(page);
    await open(page, "/settings/account");
    await makeWait(page, "/api/email/start", 3);
    const button = page.getByRole("button", { name: "Send another code" });
    await button.click();
    const form = page.locator("form").filter({ has: button });
    await expect(problem(form)).toContainText("Too many attempts. Try again in");
    await expect(button).toBeFocused();
    await expect(button).toHaveAttribute("aria-disabled", "true");
    await expect(button).not.toHaveAttribute("aria-disabled");
});
// with: mail }
