import { HOME, HOME_HEADING } from "../support/home";
import { mailedCode, newestMail, undoLink } from "../support/mail";
import { expectAccessible, problem } from "../support/page";
import { confirm, expect, newEmail, open, signOut, signUp, signUpUnconfirmed, test } from "../support/passkey";
import { password, passwordField, signInByPassword, signUpByPassword } from "../support/password";

const WRONG = "That code is wrong or too old. Check it, or get a new one.";
const SIGN_IN_FAILED = "We couldn't sign you in. Try again, or use another way to sign in.";

test("a sign-up by password is finished by the link in the mail, which fills the code in", async ({ page }) => {
    const email = newEmail();
    await page.goto("/signup/password?next=/settings/account");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Your name").fill("Ann Example");
    await passwordField(page).fill(password);
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("heading", { name: "Confirm your address" })).toBeVisible();
    await expectAccessible(page);
    await page.getByLabel("Code").fill("AAAA-AAAA");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(problem(page)).toHaveText(WRONG);
    const [link] = (await newestMail(page, email)).match(/\/signup\/code\?code=[\w-]+/) ?? [];
    await open(page, link as string);
    await expect(page.getByLabel("Code")).toHaveValue(await mailedCode(page, email));
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page).toHaveURL("/settings/account?done=welcome");
    await expect(page.getByRole("region", { name: "E-mail address" })).toContainText(`${email} confirmed`);
});

test("a passkey account is reminded to prove its address", async ({ page, passkey }) => {
    const email = await signUpUnconfirmed(page);
    await expect(page.getByRole("region", { name: "Welcome" })).toContainText("We have mailed you a code");
    await open(page, HOME);
    const suggestion = page.getByRole("region", { name: "Suggestion" });
    await suggestion.getByRole("link", { name: "Confirm it" }).click();
    const section = page.getByRole("region", { name: "E-mail address" });
    await expect(section).toContainText(`We have mailed a code to ${email}.`);
    await expectAccessible(page);
    await section.getByLabel("Code").fill("AAAA-AAAA");
    await section.getByRole("button", { name: "Confirm the address" }).click();
    await expect(problem(section)).toHaveText(WRONG);
    // However it is typed.
    await section.getByLabel("Code").fill((await mailedCode(page, email)).toLowerCase().replace("-", " "));
    await section.getByRole("button", { name: "Confirm the address" }).click();
    await expect(section).toContainText(`${email} confirmed`);
    await expect(page.getByRole("main").getByText(`Your address ${email} is confirmed.`)).toBeVisible();
    await expect(suggestion).toContainText("You have no recovery codes");
});

for (const javaScriptEnabled of [true, false]) {
    test.describe(javaScriptEnabled ? "with scripts" : "without scripts", () => {
        test.use({ javaScriptEnabled });

        test("a code by mail signs in, and leads to the page that was asked for", async ({ page }) => {
            const email = await signUpByPassword(page);
            await page.getByRole("button", { name: "Sign out", exact: true }).click();
            await expect(page.getByText("You are signed out.")).toBeVisible();
            await page.goto("/signin?next=/settings/sessions");
            await page.getByRole("link", { name: "Mail me a code" }).click();
            await expect(page.getByRole("heading", { name: "Sign in by mail" })).toBeVisible();
            await page.getByLabel("E-mail").fill(email);
            await page.getByRole("button", { name: "Mail me a code" }).click();
            await expect(page).toHaveURL("/signin/code");
            await page.getByLabel("Code").fill("AAAA-AAAA");
            await page.getByRole("button", { name: "Sign in", exact: true }).click();
            await expect(problem(page)).toHaveText(SIGN_IN_FAILED);
            await page.goto("/signin/code");
            await page.getByLabel("Code").fill(await mailedCode(page, email));
            await page.getByRole("button", { name: "Sign in", exact: true }).click();
            await expect(page).toHaveURL("/settings/sessions");
            await expect(page.getByRole("region", { name: "Your sessions" })).toContainText("Code by mail");
        });

        test("getting back in by mail waits, is told, and is stopped by the link", async ({ page }) => {
            const email = await signUpByPassword(page);
            await page.getByRole("button", { name: "Sign out", exact: true }).click();
            await expect(page.getByText("You are signed out.")).toBeVisible();
            await page.goto("/signin/recovery");
            await page.getByRole("link", { name: "Get back in by mail" }).click();
            await page.getByLabel("E-mail").fill(email);
            await page.getByRole("button", { name: "Mail me a code" }).click();
            await expect(page).toHaveURL("/recovery/mail/code");
            await page.getByLabel("Code").fill(await mailedCode(page, email));
            await page.getByRole("button", { name: "Continue" }).click();
            await expect(page.getByText("We have mailed you when to ask for another code.")).toBeVisible();
            await page.goto(await undoLink(page, email));
            await expect(page.getByRole("heading", { name: "Stop getting back in by mail" })).toBeVisible();
            const link = page.url();
            await page.getByRole("button", { name: "Stop it" }).click();
            await expect(page.getByText("Nobody gets in by mail now.")).toBeVisible();
            await page.goto(link);
            await expect(page.getByRole("heading", { name: "Nothing to undo" })).toBeVisible();
        });
    });
}

test("the address is changed once the new one has proved itself, and the one before undoes it", async ({ page, passkey, browser }) => {
    const email = await signUp(page);
    const changed = newEmail();
    await open(page, "/settings/account");
    const section = page.getByRole("region", { name: "E-mail address" });
    await section.getByText("Change it").click();
    await section.getByLabel("New e-mail address").fill(changed);
    await section.getByRole("button", { name: "Send a code to it" }).click();
    await expect(section).toContainText(`We have mailed a code to ${changed}.`);
    await section.getByLabel("Code").fill(await mailedCode(page, changed));
    await section.getByRole("button", { name: "Confirm the address" }).click();
    await expect(page.getByRole("dialog")).toContainText(`Change your e-mail address to ${changed}`);
    await confirm(page);
    await expect(section).toContainText(`${changed} confirmed`);

    const context = await browser.newContext();
    const owner = await context.newPage();
    await open(owner, await undoLink(page, email));
    await expectAccessible(owner);
    await owner.getByRole("button", { name: "Undo it" }).click();
    await expect(owner.getByRole("heading", { name: "Get back in" })).toBeVisible();
    await expect(owner.getByRole("banner")).toContainText(email);
    // Nobody chooses among the suggestions of the sign-in page.
    await passkey.answers(false);
    await page.reload();
    await expect(page).toHaveURL(/\/signin\?next=/);
    // Whoever holds the mailbox chooses a new way to sign in.
    await owner.getByLabel("New password", { exact: true }).fill(password);
    await owner.getByRole("button", { name: "Set password" }).click();
    await expect(owner.getByText("Your password is set. Sign in with it.")).toBeVisible();
    await signInByPassword(owner, email);
    await expect(owner.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
    await context.close();
});

test("the name is changed, and signing in by mail is switched off and on", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/account");
    const name = page.getByRole("region", { name: "Name" });
    await name.getByText("Change it").click();
    await name.getByLabel("Your name").fill("Ann Lee");
    await name.getByRole("button", { name: "Change name" }).click();
    await expect(page.getByRole("main").getByText("Your name is Ann Lee.")).toBeVisible();
    await open(page, "/settings/security");
    const section = page.getByRole("region", { name: "Sign in by mail" });
    await section.getByRole("button", { name: "Switch it off" }).click();
    await expect(page.getByRole("dialog")).toContainText(`Do not let a code by mail to ${email} sign you in`);
    await confirm(page);
    await expect(section).toContainText("No mail signs you in.");
    await section.getByRole("button", { name: "Switch it on" }).click();
    await confirm(page);
    await expect(section).toContainText("A code by mail signs you in, and confirms nothing.");
    await signOut(page);
});

test("the mailbox of developers shows the newest mail first", async ({ page, passkey }) => {
    const email = await signUp(page);
    await page.goto("/");
    await page.getByRole("link", { name: "the mailbox" }).click();
    await expect(page.getByRole("heading", { name: "Mailbox" })).toBeVisible();
    const mail = page.locator(`article[data-to="${email}"]`);
    await expect(mail).toHaveCount(1);
    await expect(mail.getByRole("heading")).toHaveText("Confirm your e-mail address");
    await expectAccessible(page);
});
