import { HOME_HEADING } from "../support/home";
import { mailedCode } from "../support/mail"; // with: mail
import { expectAccessible, problem } from "../support/page";
import { changeNumber, confirm, expect, open, signOut, signUp, test } from "../support/passkey";
import { password, signInByPassword, signUpByPassword } from "../support/password";
import { codeField, codeOf, setUpCodes, wrongCode } from "../support/totp";
import type { Page } from "@playwright/test";

const WRONG = "That code is wrong or too old. Check it, or get a new one.";
const SIGN_IN_FAILED = "We couldn't sign you in. Try again, or use another way to sign in.";

const section = (page: Page) => page.getByRole("region", { name: "One-time codes" });

test("one-time codes are set up with an app, and asked for after the password", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/security");
    await page.getByText("Set one", { exact: true }).click();
    await page.getByRole("main").getByLabel("New password").fill(password);
    await page.getByRole("button", { name: "Set password" }).click();
    await confirm(page);
    await expect(page.getByRole("main").getByText("Your password is set.")).toBeVisible();

    await expect(section(page)).toContainText("An app shows a new code every half minute.");
    await section(page).getByRole("button", { name: "Set them up" }).click();
    await expect(page.getByRole("dialog")).toContainText(`Set up one-time codes for ${email}`);
    await confirm(page);
    await expect(section(page).getByRole("img", { name: "QR code" })).toBeVisible();
    const secret = (await section(page).locator("code").textContent()) as string;
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    await expectAccessible(page);
    await section(page).getByLabel("Six digits from your app").fill(wrongCode(secret));
    await section(page).getByRole("button", { name: "Switch them on" }).click();
    await expect(problem(section(page))).toHaveText(WRONG);
    await section(page).getByLabel("Six digits from your app").fill(codeOf(secret));
    await section(page).getByRole("button", { name: "Switch them on" }).click();
    await expect(section(page)).toContainText("They are on: without a passkey you sign in only with the code of your app, or with a recovery code.");
    await expect(page.getByRole("main").getByText("One-time codes are on.")).toBeVisible();
    await expect(section(page).getByRole("img", { name: "QR code" })).toHaveCount(0);
    await expectAccessible(page);

    await passkey.answers(false);
    await signOut(page);
    await signInByPassword(page, email);
    await expect(page).toHaveURL("/signin/totp");
    await expectAccessible(page);
    await codeField(page).fill(wrongCode(secret));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(problem(page)).toHaveText(SIGN_IN_FAILED);
    await codeField(page).fill(codeOf(secret, 1));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
    await open(page, "/settings/sessions");
    await expect(page.getByRole("region", { name: "Your sessions" })).toContainText("One-time code");

    await passkey.answers(true);
    await open(page, "/settings/security");
    await section(page).getByRole("button", { name: "Switch them off" }).click();
    await confirm(page);
    await expect(page.getByRole("main").getByText("One-time codes are off.")).toBeVisible();
    await expect(section(page).getByRole("button", { name: "Set them up" })).toBeVisible();
});

test("without a passkey a code of the app confirms what takes the strongest method", async ({ page }) => {
    await signUpByPassword(page);
    const secret = await setUpCodes(page);
    await open(page, "/settings/account");
    await changeNumber(page);
    const modal = page.getByRole("dialog");
    await expect(modal).toContainText("Change your phone number to +442079460000");
    await expect(modal.getByRole("button", { name: "Confirm with passkey" })).toBeHidden();
    await expectAccessible(page);
    await modal.getByLabel("Six digits from your app").fill(wrongCode(secret));
    await modal.getByRole("button", { name: "Confirm with the code" }).click();
    await expect(problem(modal)).toHaveText(WRONG);
    await modal.getByLabel("Six digits from your app").fill(codeOf(secret, 1));
    await modal.getByRole("button", { name: "Confirm with the code" }).click();
    await expect(page.getByText("Your number is +442079460000.").first()).toBeVisible();
});

test("a recovery code switches the codes of a lost app off, after a wait", async ({ page }) => {
    const email = await signUpByPassword(page);
    const secret = await setUpCodes(page);
    const post = async (path: string, data: object) => {
        const answer = await page.context().request.post(path, { data, headers: { "sec-fetch-site": "same-origin" } });
        return answer.json();
    };
    const { action } = await post("/api/recovery/generate", {});
    await post("/api/reauth/totp", { action, code: codeOf(secret, 1) });
    const { codes } = await post("/api/recovery/generate", {});
    await signOut(page);
    await open(page, "/signin/recovery");
    await page.getByRole("main").getByLabel("E-mail").fill(email);
    await page.getByLabel("Recovery code").fill(codes[0]);
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("heading", { name: "Get back in" })).toBeVisible();
    await expectAccessible(page);
    await section(page).getByRole("button", { name: "Switch them off" }).click();
    await expect(page.getByText("Your one-time codes are switched off after a wait.")).toBeVisible();
    await signInByPassword(page, email);
    await expect(page).toHaveURL("/signin/totp");
});

for (const javaScriptEnabled of [true, false]) {
    test.describe(javaScriptEnabled ? "with scripts" : "without scripts", () => {
        test.use({ javaScriptEnabled });

        test("a password is followed by the code of the app", async ({ page }) => {
            const email = await signUpByPassword(page);
            const secret = await setUpCodes(page);
            await page.getByRole("button", { name: "Sign out", exact: true }).click();
            await expect(page.getByText("You are signed out.")).toBeVisible();
            await signInByPassword(page, email);
            await expect(page.getByRole("heading", { name: "One-time code" })).toBeVisible();
            await codeField(page).fill(wrongCode(secret));
            await page.getByRole("button", { name: "Sign in", exact: true }).click();
            await expect(problem(page)).toHaveText(SIGN_IN_FAILED);
            await codeField(page).fill(codeOf(secret, 1));
            await page.getByRole("button", { name: "Sign in", exact: true }).click();
            await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
        });

        // with: mail {
        test("a code by mail is followed by the code of the app", async ({ page }) => {
            const email = await signUpByPassword(page);
            const secret = await setUpCodes(page);
            await page.getByRole("button", { name: "Sign out", exact: true }).click();
            await expect(page.getByText("You are signed out.")).toBeVisible();
            await page.goto("/signin/mail?next=/settings/sessions");
            await page.getByLabel("E-mail").fill(email);
            await page.getByRole("button", { name: "Mail me a code" }).click();
            await expect(page).toHaveURL("/signin/code");
            await page.getByLabel("Code").fill(await mailedCode(page, email));
            await page.getByRole("button", { name: "Sign in", exact: true }).click();
            await expect(page).toHaveURL("/signin/totp");
            await codeField(page).fill(codeOf(secret, 1));
            await page.getByRole("button", { name: "Sign in", exact: true }).click();
            await expect(page).toHaveURL("/settings/sessions");
        });
        // with: mail }
    });
}
