import { readFileSync } from "node:fs";
import { HOME } from "../support/home";
import { problem } from "../support/page";
import {
    Authenticator,
    confirm,
    expect,
    loseAnswers,
    makeWait,
    open,
    openSignIn,
    signIn,
    signOut,
    signUp,
    test,
} from "../support/passkey";
import { passwordField } from "../support/password";

test("sessions are listed and ended", async ({ page, browser, passkey }) => {
    await signUp(page);
    const contexts = [await browser.newContext(), await browser.newContext()];
    const others = [];
    for (const context of contexts) {
        const other = await context.newPage();
        const shared = await Authenticator.on(other, await passkey.credentials());
        await other.goto("/signin");
        await expect(other).toHaveURL(HOME);
        await shared.answers(false);
        others.push(other);
    }
    await open(page, "/settings/sessions");
    const rows = page.getByRole("region", { name: "Your sessions" }).getByRole("listitem");
    await expect(rows).toHaveCount(3);
    await expect(rows.filter({ hasText: "This session" })).toHaveCount(1);
    await expect(rows.first()).toContainText(/Passkey · Signed in \w+ \d+, \d{4} at \d+:\d\d [AP]M · Last seen /);
    await rows.getByRole("button", { name: /^End / }).first().click();
    await expect(rows).toHaveCount(2);
    await page.getByRole("button", { name: "End all others" }).click();
    await expect(rows).toHaveCount(1);
    await expect(rows).toContainText("This session");
    for (const other of others) {
        await other.reload();
        await expect(other).toHaveURL(`/signin?next=${HOME}`);
    }
    await Promise.all(contexts.map((context) => context.close()));
});

test("activity tells in plain words what happened, also what failed", async ({ page, passkey }) => {
    const email = await signUp(page);
    await signOut(page);
    await openSignIn(page, passkey);
    // Nobody chooses among the suggestions.
    await passkey.answers(false);
    await page.getByLabel("E-mail").fill(email);
    await passwordField(page).fill("not the password at all");
    await page.getByRole("button", { name: "Sign in with password" }).click();
    await expect(problem(page)).toHaveText("We couldn't sign you in. Try again, or use another way to sign in.");
    await signIn(page, passkey, "/signin?next=/settings/activity");
    await expect(page).toHaveURL("/settings/activity");
    const rows = page.getByRole("region", { name: "Your activity" }).getByRole("listitem");
    await expect(rows).toHaveText([
        /^\s*Session started with a passkey/,
        /^\s*Signed in with a passkey/,
        /^\s*Sign-in with a password failed/,
        /^\s*Session ended/,
        /^\s*E-mail address .* confirmed/,
        /^\s*Session started with a passkey/,
        /^\s*Passkey “Chrome on Linux” added/,
    ]);
    await expect(rows.first()).toContainText(/\d+:\d\d [AP]M · Chrome on Linux · (127\.0\.0\.1|::1)/);
});

test("the phone number is changed with a confirmation", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/account");
    const section = page.getByRole("region", { name: "Phone number" });
    await section.getByLabel("New phone number").fill("12");
    await section.getByRole("button", { name: "Change number" }).click();
    await expect(problem(section)).toHaveText(
        "Enter a phone number with its country code, such as +44 20 7946 0000.",
    );
    await section.getByLabel("New phone number").fill("+44 20 7946 0000");
    await section.getByRole("button", { name: "Change number" }).click();
    await expect(page.getByRole("dialog")).toContainText("Change your phone number to +442079460000");
    await confirm(page);
    await expect(section.locator(".facts")).toHaveText("Your number is +442079460000.");
    await page.reload();
    await expect(section.locator(".facts")).toHaveText("Your number is +442079460000.");
});

test("after an answer that never came, the phone number is read again", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/account");
    const section = page.getByRole("region", { name: "Phone number" });
    await section.getByLabel("New phone number").fill("+44 20 7946 0000");
    await loseAnswers(page, "/api/account/phone");
    await section.getByRole("button", { name: "Change number" }).click();
    await confirm(page);
    await expect(problem(section)).toHaveText("We don't know whether it went through.");
    await expect(section.locator(".facts")).toHaveText("Your number is +442079460000.");
});

test("an account whose end was not answered is gone all the same", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/account");
    const section = page.getByRole("region", { name: "Delete the account" });
    const button = section.getByRole("button", { name: "Delete my account" });
    await section.locator("summary").click();
    await section.getByLabel(`Type ${email} to confirm`).fill(email);
    await makeWait(page, "/api/account/delete", 6);
    await button.click();
    await expect(problem(section)).toContainText("Too many attempts. Try again in 6 seconds.");
    await expect(button).toBeDisabled();
    await expect(button).toBeEnabled();
    await page.unrouteAll();
    await loseAnswers(page, "/api/account/delete");
    await button.click();
    await confirm(page);
    await expect(page).toHaveURL("/signin?next=/settings/account");
    await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
});

test("the account is deleted after typing its address and a confirmation", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/account");
    const section = page.getByRole("region", { name: "Delete the account" });
    const button = section.getByRole("button", { name: "Delete my account" });
    await section.locator("summary").click();
    const typed = section.getByLabel(`Type ${email} to confirm`);
    for (const wrong of ["", "somebody@example.com", `${email}x`]) {
        await typed.fill(wrong);
        expect(await typed.evaluate((field: HTMLInputElement) => field.checkValidity()), wrong).toBe(false);
        await button.click();
        await expect(page.getByRole("dialog")).toBeHidden();
    }
    await typed.fill(` ${email.toUpperCase()}`);
    await button.click();
    await expect(page.getByRole("dialog")).toContainText(`Delete the account ${email} and everything in it`);
    await confirm(page);
    await expect(page).toHaveURL("/?done=account_deleted");
    await expect(page.getByText("Your account is deleted.")).toBeVisible();
    await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
    await openSignIn(page, passkey);
    await page.getByRole("button", { name: "Sign in with Passkey" }).click();
    await expect(problem(page)).toHaveText("We couldn't sign you in. Try again, or use another way to sign in.");
});

test("everything that is kept is downloaded after it was confirmed", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/account");
    const section = page.getByRole("region", { name: "Your data" });
    await section.getByRole("button", { name: "Download it" }).click();
    await expect(page.getByRole("dialog")).toContainText(`Download everything that is kept of ${email}`);
    const downloading = page.waitForEvent("download");
    await confirm(page);
    const download = await downloading;
    expect(download.suggestedFilename()).toBe("latchkey-data.json");
    const data = JSON.parse(readFileSync(await download.path(), "utf8"));
    expect(data.account).toEqual([expect.objectContaining({ email })]);
    expect(data.passkeys).toHaveLength(1);
    await expect(section.getByText("Saved as latchkey-data.json.")).toBeVisible();
});
