import type { Page } from "@playwright/test";
import { confirm, expect, loseAnswers, signIn, signOut, signUp, test } from "../support/passkey";
import { password } from "../support/password";

/** Makes recovery codes and returns the first. */
async function makeCode(page: Page): Promise<string> {
    await page.goto("/settings/security");
    await page.getByRole("button", { name: "Make new codes" }).click();
    await confirm(page);
    return page.getByRole("list", { name: "Your recovery codes" }).getByRole("listitem").first().innerText();
}

/** Gets back in by a recovery code. */
async function recover(page: Page, email: string, code: string) {
    await page.goto("/signin/recovery");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Recovery code").fill(code);
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("heading", { name: "Get back in" })).toBeVisible();
}

test("codes are shown once, and lead back in", async ({ page, passkey }) => {
    const email = await signUp(page);
    await page.goto("/settings/security");
    const section = page.getByRole("region", { name: "Recovery codes" });
    await expect(section).toContainText("You have no codes.");
    await section.getByRole("button", { name: "Make new codes" }).click();
    await confirm(page);
    const codes = section.getByRole("list", { name: "Your recovery codes" });
    await expect(codes.getByRole("listitem")).toHaveCount(10);
    await expect(section).toContainText("You have 10 codes left.");
    const list = await codes.getByRole("listitem").allInnerTexts();
    await page.reload();
    await expect(section).toContainText("You have 10 codes left.");
    await expect(codes).toHaveCount(0);

    // Every passkey is lost.
    await signOut(page);
    await passkey.forgetAll();
    await page.goto("/signin");
    await page.getByRole("link", { name: "Use a recovery code" }).click();
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Recovery code").fill("AAAA-BBBB");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("alert")).toHaveText("We couldn't sign you in. Try again, or use another way to sign in.");
    await page.getByLabel("Recovery code").fill(list[0].toLowerCase());
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("heading", { name: "Get back in" })).toBeVisible();
    for (const path of ["/transfer", "/settings/passkeys", "/settings/activity", "/signin"]) {
        await page.goto(path);
        await expect(page).toHaveURL("/settings/security");
    }
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await expect(page.getByText("Your passkey is added. Sign out, then sign in with it.")).toBeVisible();
    await signOut(page);

    await signIn(page, passkey);
    const notice = page.getByRole("region", { name: "Notice" });
    await expect(notice).toContainText("A recovery code was used on ");
    await expect(notice.getByRole("button")).toHaveCount(0);
    await page.goto("/settings/passkeys");
    await expect(page.getByText("Added after a recovery: confirms transfers from ")).toBeVisible();
    await page.goto("/transfer");
    await page.getByLabel("Amount in dollars").fill("5");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await expect(page.getByRole("dialog")).toContainText("A passkey that was added after a recovery can confirm this from ");
});

test("whoever still has the old passkey is told, and can say it was them", async ({ page, passkey, browser }) => {
    const email = await signUp(page);
    const code = await makeCode(page);
    const context = await browser.newContext();
    const other = await context.newPage();
    await recover(other, email, code);
    await context.close();

    await page.goto("/signin");
    await expect(page).toHaveURL("/transfer");
    const notice = page.getByRole("region", { name: "Notice" });
    await notice.getByRole("button", { name: "It was me" }).click();
    await expect(notice).toHaveCount(0);
});

test("after a recovery, a password that was set without an answer is not said to be unset", async ({ page, passkey }) => {
    const email = await signUp(page);
    const code = await makeCode(page);
    await signOut(page);
    await recover(page, email, code);
    await loseAnswers(page, "/api/password/set");
    const section = page.getByRole("region", { name: "Password" });
    await section.getByLabel("New password").fill(password);
    await section.getByRole("button", { name: "Set password" }).click();
    await expect(section.getByRole("alert")).toHaveText("We don't know whether it went through.");
});
