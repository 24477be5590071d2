import { type Page } from "@playwright/test";
import { aloud, expectOnly, problem } from "../support/page";
import {
    changeNumber,
    confirm,
    expect,
    open,
    signUp,
    signUpUnconfirmed, // with: mail
    test,
} from "../support/passkey";
import { password, passwordField } from "../support/password";

const failed = "Something went wrong on our side.";

/** Answers calls as if the server had a bug. */
const failing = (page: Page, path: string) =>
    page.route(`**${path}`, (route) => route.fulfill({ status: 500, json: { code: "internal", message: failed } }));

test("of adding, removing and ending sessions the newest outcome stands alone", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    const rows = page.getByRole("region", { name: "Your passkeys" }).getByRole("listitem");
    const other = await passkey.another();
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await confirm(page);
    await page.locator("details[open]").getByLabel("Name this passkey").fill("Key");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Remove Key" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove passkey" }).click();
    await confirm(page);
    await expectOnly(page, "“Key” was removed.");
    await expect(rows).toHaveCount(1);
    await other.remove();

    await failing(page, "/api/passkeys/options");
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await expectOnly(page, failed);
    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await expectOnly(page, "You are signed out everywhere else.");
    await page.locator("summary[aria-label^=Rename]").click();
    await page.locator("details[open]").getByLabel("Name this passkey").fill(" ");
    await page.getByRole("button", { name: "Save" }).click();
    await expectOnly(page, "Enter a name of at most 64 characters.");
});

test("of the security settings' forms the newest outcome stands alone", async ({ page, passkey, context }) => {
    await context.grantPermissions(["clipboard-write"]);
    await signUp(page);
    await open(page, "/settings/security");
    await page.locator("summary", { hasText: "Set one" }).click();
    await page.getByLabel("New password").fill(password);
    await page.getByRole("button", { name: "Set password" }).click();
    await confirm(page);
    await expectOnly(page, "Your password is set.");
    await page.getByLabel("New password").fill("passwordpassword");
    await page.getByRole("button", { name: "Set password" }).click();
    await expectOnly(page, "Use at least 15 characters");

    await page.getByRole("button", { name: "Make new codes" }).click();
    await confirm(page);
    await page.getByRole("button", { name: "Copy" }).click();
    await expectOnly(page, "Copied.");
    await page.getByLabel("New password").fill("passwordpassword");
    await page.getByRole("button", { name: "Set password" }).click();
    await expectOnly(page, "Use at least 15 characters");
    await page.getByRole("button", { name: "Copy" }).click();
    await expectOnly(page, "Copied.");
    await failing(page, "/api/recovery/generate");
    await page.getByRole("button", { name: "Make new codes" }).click();
    await expectOnly(page, failed);
});

test("of the account's forms the newest outcome stands alone", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/account");
    await changeNumber(page);
    await confirm(page);
    await expectOnly(page, "Your number is +442079460000.");
    await page.locator("summary", { hasText: "Delete it" }).click();
    await page.getByLabel(`Type ${email} to confirm`).fill(email);
    await failing(page, "/api/account/delete");
    await page.getByRole("button", { name: "Delete my account" }).click();
    await expectOnly(page, failed);
    await changeNumber(page, "12");
    await expectOnly(page, "Enter a phone number with its country code");
});

test("a number that could not be changed does not bring back the one before", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/account");
    const phone = page.getByRole("region", { name: "Phone number" });
    for (const number of ["+442079460000", "+442079460001"]) {
        await changeNumber(page, number);
        await confirm(page);
        await expect(phone.locator(".success")).toHaveText(`Your number is ${number}.`);
        await expect(phone.locator(".facts")).toHaveText(`Your number is ${number}.`);
        await changeNumber(page, "12");
        await expect(problem(phone)).toContainText("Enter a phone number");
        await expect(phone.locator(".success")).toBeEmpty();
        await expect(phone.locator(".facts")).toHaveText(`Your number is ${number}.`);
    }
});

test("at the sign-in a new try takes the place of the last refusal", async ({ page, passkey }) => {
    await passkey.answers(false);
    await page.goto("/signin");
    await page.getByLabel("E-mail").fill("nobody@example.com");
    await passwordField(page).fill("not the password at all");
    await page.getByRole("button", { name: "Sign in with password" }).click();
    await expectOnly(page, "We couldn't sign you in.");
    await failing(page, "/api/signin/options");
    await page.getByRole("button", { name: "Sign in with Passkey" }).click();
    await expectOnly(page, failed);
});

test("what came of a form is said aloud, as often as it comes", async ({ page, passkey, context }) => {
    await context.grantPermissions(["clipboard-write"]);
    await signUp(page);
    await open(page, "/settings/account");
    for (let time = 0; time < 2; time++) {
        await changeNumber(page);
        await expect(page.getByRole("dialog")).toBeVisible();
        await expect(aloud(page)).toBeEmpty();
        await confirm(page);
        await expect(aloud(page)).toHaveText("Your number is +442079460000.");
    }
    // What stands on the page says it to the eyes alone.
    await expect(page.getByRole("main").getByRole("status").filter({ hasText: /./ })).toHaveCount(0);
    await open(page, "/settings/security");
    await page.getByRole("button", { name: "Make new codes" }).click();
    await confirm(page);
    await page.getByRole("button", { name: "Copy" }).click();
    await expect(aloud(page)).toHaveText("Copied.");
});

// with: mail {
test("that a code was mailed is said aloud", async ({ page, passkey }) => {
    const email = await signUpUnconfirmed(page);
    await open(page, "/settings/account");
    await page.getByRole("button", { name: "Send another code" }).click();
    await expect(aloud(page)).toContainText(`We have mailed a code to ${email}.`);
});
// with: mail }
