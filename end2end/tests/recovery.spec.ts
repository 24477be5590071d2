import type { Page } from "@playwright/test";
import { HOME } from "../support/home";
import { problem } from "../support/page";
import {
    Authenticator,
    changeNumber,
    confirm,
    expect,
    loseAnswers,
    open,
    signIn,
    signOut,
    signUp,
    test,
} from "../support/passkey";
import { password, passwordField, signInByPassword } from "../support/password";

/** Makes recovery codes and returns the first. */
async function makeCode(page: Page): Promise<string> {
    await open(page, "/settings/security");
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
    await open(page, "/settings/security");
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
    await expect(problem(page)).toHaveText("We couldn't sign you in. Try again, or use another way to sign in.");
    await page.getByLabel("Recovery code").fill(list[0].toLowerCase());
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("heading", { name: "Get back in" })).toBeVisible();
    for (const path of [
        "/transfer", // with: transfer
        "/settings/passkeys",
        "/settings/account",
        "/settings/activity",
        "/signin",
    ]) {
        await page.goto(path);
        await expect(page).toHaveURL("/settings/security");
    }
    // The new passkey is not offered by the page that comes next, which would sign in at once.
    await page.route("**/api/signin/options", (route) => route.abort());
    await page.getByRole("button", { name: "Add Passkey" }).click();
    // That was its one mend.
    await expect(page).toHaveURL("/signin?done=passkey_added");
    await expect(page.getByText("Your passkey is added. Sign in with it.")).toBeVisible();
    await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
    await page.unroute("**/api/signin/options");

    await signIn(page, passkey);
    const notice = page.getByRole("region", { name: "Notice" });
    await expect(notice).toContainText("Somebody has recovered this account.");
    await expect(notice).toContainText("Recovery code used, ");
    await expect(notice).toContainText("This stays here until ");
    await expect(notice.getByRole("button")).toHaveCount(0);
    await open(page, "/settings/passkeys");
    await expect(page.getByText("New: signs you in, and can confirm from ")).toBeVisible();
    await open(page, "/settings/account");
    await changeNumber(page);
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("A passkey that was added with a password or after a recovery can confirm this from ");
});

test("a password of a recovery signs in, and says from when it can confirm", async ({ page, passkey }) => {
    const email = await signUp(page);
    const code = await makeCode(page);
    await signOut(page);
    await recover(page, email, code);
    // The suggestions of the sign-in page are not chosen.
    await passkey.answers(false);
    await page.getByLabel("New password").fill(password);
    await page.getByRole("button", { name: "Set password" }).click();
    await expect(page).toHaveURL("/signin?done=password_set");
    await expect(page.getByText("Your password is set. Sign in with it.")).toBeVisible();
    await signInByPassword(page, email);
    await expect(page).toHaveURL(HOME);
    await open(page, "/settings/security");
    await expect(page.getByRole("region", { name: "Password", exact: true })).toContainText(
        "Your password was set after a recovery. It signs you in, and can confirm something from ",
    );
});

test("the owner ends a recovery and undoes what it did with one button", async ({ page, passkey, browser }) => {
    const email = await signUp(page);
    const code = await makeCode(page);
    const context = await browser.newContext();
    const other = await context.newPage();
    const thief = await Authenticator.on(other);
    await recover(other, email, code);
    await other.route("**/api/signin/options", (route) => route.abort());
    await other.getByRole("button", { name: "Add Passkey" }).click();
    await expect(other.getByText("Your passkey is added. Sign in with it.")).toBeVisible();
    await other.unroute("**/api/signin/options");
    await signIn(page, passkey);
    await expect(page).toHaveURL(HOME);
    await open(page, "/settings/passkeys");
    const rows = page.getByRole("region", { name: "Your passkeys" }).getByRole("listitem");
    await expect(rows).toHaveCount(2);
    const notice = page.getByRole("region", { name: "Notice" });
    await expect(notice).toContainText("If that was not you, undo it");
    await notice.getByRole("button", { name: "End it and undo what it did" }).click();
    await expect(page).toHaveURL("/settings/passkeys");
    await expect(notice).toHaveCount(0);
    await expect(rows).toHaveCount(1);
    await other.goto("/signin");
    await thief.answers(true);
    await other.getByRole("button", { name: "Sign in with Passkey" }).click();
    await expect(problem(other)).toHaveText(
        "We couldn't sign you in. Try again, or use another way to sign in.",
    );
    await context.close();
});

test("whoever still has the old passkey is told, and can say it was them", async ({ page, passkey, browser }) => {
    const email = await signUp(page);
    const code = await makeCode(page);
    const context = await browser.newContext();
    const other = await context.newPage();
    await recover(other, email, code);
    await context.close();

    await page.goto("/signin");
    await expect(page).toHaveURL(HOME);
    const notice = page.getByRole("region", { name: "Notice" });
    await notice.getByRole("button", { name: "It was me" }).click();
    await expect(notice).toHaveCount(0);
});

test("after a recovery, a password that was set without an answer is not said to be unset, and signs in", async ({
    page,
    passkey,
}) => {
    const email = await signUp(page);
    const code = await makeCode(page);
    await signOut(page);
    await recover(page, email, code);
    // The suggestions of the sign-in page are not chosen.
    await passkey.answers(false);
    await loseAnswers(page, "/api/password/set");
    await page.getByLabel("New password").fill(password);
    await page.getByRole("button", { name: "Set password" }).click();
    // The page learns that its session has ended, as it does once something is mended.
    await expect(page).toHaveURL("/signin?next=/settings/security");
    await expect(page.getByText("Nothing was sent")).toHaveCount(0);
    await page.getByRole("main").getByLabel("E-mail").fill(email);
    await passwordField(page).fill(password);
    await page.getByRole("button", { name: "Sign in with password" }).click();
    await expect(page).toHaveURL("/settings/security");
});
