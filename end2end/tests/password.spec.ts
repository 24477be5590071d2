import { HOME, HOME_HEADING } from "../support/home";
import { problem } from "../support/page";
import {
    Authenticator,
    changeNumber,
    confirm,
    expect,
    newEmail,
    open,
    openSignIn,
    signIn,
    signOut,
    signUp,
    test,
} from "../support/passkey";
import { password, passwordField, signInByPassword, signUpByPassword } from "../support/password";

test("sign up, out and in with a password; suggestions that were declined stay away", async ({ page }) => {
    const email = await signUpByPassword(page);
    await expect(page.getByRole("region", { name: "Welcome" })).toContainText(
        "You signed up with a password. Add a passkey within the hour, and it can confirm things at once.",
    );
    await signOut(page);
    await signInByPassword(page, email, "not the password at all");
    await expect(problem(page)).toHaveText("We couldn't sign you in. Try again, or use another way to sign in.");
    await signInByPassword(page, email);
    await expect(page).toHaveURL(HOME);
    const offer = page.getByRole("region", { name: "Suggestion" });
    await expect(offer).toContainText("Sign in without a password, and confirm what one cannot.");
    await offer.getByRole("button", { name: "Not now" }).click();
    await expect(offer).toContainText("You have no recovery codes for when your devices are lost.");
    await expect(page).toHaveURL(HOME);
    await offer.getByRole("button", { name: "Not now" }).click();
    await expect(offer).toHaveCount(0);
    await signOut(page);
    await signInByPassword(page, email);
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
    await expect(page.getByRole("banner")).toContainText(email);
    await expect(offer).toHaveCount(0);
});

test("a suggestion is not made on the page that it leads to", async ({ page }) => {
    await signUpByPassword(page);
    await page.goto(HOME);
    const offer = page.getByRole("region", { name: "Suggestion" });
    await offer.getByRole("link", { name: "Add a passkey" }).click();
    await expect(page).toHaveURL("/settings/passkeys");
    await expect(page.getByRole("button", { name: "Add Passkey" })).toBeVisible();
    await expect(offer).toHaveCount(0);
    await page.getByRole("link", { name: "Security" }).click();
    await expect(offer).toContainText("Sign in without a password");
});

test("a weak password is refused with what would be better", async ({ page }) => {
    await page.goto("/signup/password");
    await page.getByLabel("E-mail").fill(newEmail());
    await page.getByLabel("Your name").fill("Ann");
    await passwordField(page).fill("passwordpassword");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(problem(page)).toHaveText(
        "Use at least 15 characters, and nothing easy to guess such as your name or a common phrase.",
    );
});

test("without a passkey, the password confirms the addition of one, and the passkey confirms from then on", async ({ page, passkey }) => {
    await signUpByPassword(page);
    await open(page, "/settings/passkeys");
    const passkeys = page.getByRole("region", { name: "Your passkeys" });
    await expect(passkeys.getByRole("listitem")).toHaveCount(0);
    await passkeys.getByRole("button", { name: "Add Passkey" }).click();
    const dialog = page.getByRole("dialog", { name: "Let's make sure it's you" });
    await expect(dialog).toContainText("Add a passkey to ");
    await dialog.getByLabel("Password", { exact: true }).fill("not the password at all");
    await dialog.getByRole("button", { name: "Confirm with password" }).click();
    await expect(problem(dialog)).toHaveText("That is not your password. Try again.");
    await dialog.getByLabel("Password", { exact: true }).fill(password);
    await dialog.getByRole("button", { name: "Confirm with password" }).click();
    await page.getByLabel("Name this passkey").fill("Laptop");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("listitem").filter({ hasText: "Laptop" })).toBeVisible();
    await expect(page.getByRole("region", { name: "Suggestion" })).toContainText("You have no recovery codes");

    // Within an hour of making the account nothing has to wait.
    await page.getByRole("link", { name: "Account", exact: true }).click();
    await changeNumber(page);
    await confirm(page);
    await expect(page.locator("#phone .success")).toHaveText("Your number is +442079460000.");
});

test("setting a password is confirmed by passkey and signs out the other browser", async ({ page, browser, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/security");
    const section = page.getByRole("region", { name: "Password", exact: true });
    await section.locator("summary", { hasText: "Set one" }).click();
    await section.getByLabel("New password").fill(password);
    await section.getByRole("button", { name: "Set password" }).click();
    await expect(page.getByRole("dialog")).toContainText(`Set a new password for ${email}`);
    await confirm(page);
    await expect(section.locator(".success").filter({ hasText: /./ })).toHaveText("Your password is set. You are signed out everywhere else.");

    const context = await browser.newContext();
    const other = await context.newPage();
    await signInByPassword(other, email);
    await expect(other.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
    await expect(section.locator("summary")).toHaveText("Change it");
    await section.getByLabel("New password").fill("amber lighthouse under snow");
    await section.getByRole("button", { name: "Set password" }).click();
    await confirm(page);
    await expect(section.locator(".success").filter({ hasText: /./ })).toHaveText("Your password is set. You are signed out everywhere else.");
    await other.reload();
    await expect(other).toHaveURL(`/signin?next=${HOME}`);
    await context.close();
});

test("a passkey that a password adds to an older account waits, and the password removes it", async ({ page, browser, passkey }) => {
    const email = await signUpByPassword(page);
    // Any session but the one that made the account.
    const context = await browser.newContext();
    const other = await context.newPage();
    await Authenticator.on(other);
    await signInByPassword(other, email);
    await expect(other).toHaveURL(HOME);
    await open(other, "/settings/passkeys");
    await other.getByRole("button", { name: "Add Passkey" }).click();
    const confirmByPassword = async () => {
        await other.getByRole("dialog").getByLabel("Password", { exact: true }).fill(password);
        await other.getByRole("button", { name: "Confirm with password" }).click();
    };
    await confirmByPassword();
    await other.getByRole("button", { name: "Save" }).click();
    await expect(other.getByText("New: signs you in, and can confirm from ")).toBeVisible();
    // Until then the password still confirms.
    await open(other, "/settings/account");
    await changeNumber(other);
    await expect(other.getByRole("dialog")).toContainText(
        "A passkey that was added with a password or after a recovery can confirm this from ",
    );
    await confirmByPassword();
    await expect(other.locator("#phone .success")).toHaveText("Your number is +442079460000.");
    // Whoever signs in next is told, and may undo it.
    await signOut(page);
    await signInByPassword(page, email);
    const notice = page.getByRole("region", { name: "Notice" });
    await expect(notice).toContainText("How you sign in has changed since you were here.");
    await expect(notice.getByRole("button", { name: "Undo it" })).toBeVisible();
    await open(other, "/settings/passkeys");
    await other.getByRole("button", { name: /^Remove / }).click();
    await other.getByRole("button", { name: "Remove passkey", exact: true }).click();
    await confirmByPassword();
    await expect(other.getByRole("main").getByText("” was removed.")).toBeVisible();
    await expect(other.getByRole("region", { name: "Your passkeys" }).getByRole("listitem")).toHaveCount(0);
    await context.close();
});

test("a password is removed with a passkey, and signs nobody in any more", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/security");
    const removal = page.getByRole("region", { name: "Remove the password" });
    await expect(removal).toBeHidden();
    const section = page.getByRole("region", { name: "Password", exact: true });
    await section.locator("summary", { hasText: "Set one" }).click();
    await section.getByLabel("New password").fill(password);
    await section.getByRole("button", { name: "Set password" }).click();
    await confirm(page);
    await removal.getByRole("button", { name: "Remove password" }).click();
    await expect(page.getByRole("dialog")).toContainText(`Remove the password of ${email}`);
    await confirm(page);
    // The form is gone with the password; what came of it is said all the same.
    await expect(page.locator("main .success").filter({ hasText: /./ })).toHaveText(
        "Your password is removed. You are signed out everywhere else.",
    );
    await expect(removal).toHaveCount(0);
    await expect(section).toContainText("A password is another way in where you have no passkey.");
    await signOut(page);
    await passkey.answers(false);
    await signInByPassword(page, email);
    await expect(problem(page)).toHaveText("We couldn't sign you in. Try again, or use another way to sign in.");
});

test("a passkey of another device suggests one here", async ({ page, passkey }) => {
    await signUp(page);
    await signOut(page);
    await page.route("**/api/signin/verify", async (route) => {
        const answer = JSON.parse(route.request().postData()!);
        answer.authenticatorAttachment = "cross-platform";
        await route.continue({ postData: JSON.stringify(answer) });
    });
    await signIn(page, passkey);
    const offer = page.getByRole("region", { name: "Suggestion" });
    await expect(offer).toContainText("You signed in with a passkey of another device.");
    await offer.getByRole("button", { name: "Not now" }).click();
    await expect(offer).toContainText("You have no recovery codes");
});

test("after too many wrong passwords the button waits, and the passkey still signs in", async ({ page, passkey }) => {
    const email = await signUp(page);
    await signOut(page);
    await openSignIn(page, passkey);
    // Suggestions that nobody chooses.
    await passkey.answers(false);
    await page.getByLabel("E-mail").fill(email);
    const button = page.getByRole("button", { name: "Sign in with password" });
    for (let attempt = 0; attempt < 6; attempt++) {
        await passwordField(page).fill(`wrong guess ${attempt}`);
        const answer = page.waitForResponse("**/api/signin/password");
        await button.click();
        expect((await answer).status()).toBe(attempt < 5 ? 401 : 429);
    }
    const alert = problem(page);
    await expect(alert).toContainText(/Too many attempts. Try again in [12] seconds?./);
    await expect(button).toBeDisabled();
    await expect(page.getByRole("button", { name: "Sign in with Passkey" })).toBeEnabled();
    await expect(alert).toBeHidden();
    await expect(button).toBeEnabled();
    await passkey.answers(true);
    await page.getByRole("button", { name: "Sign in with Passkey" }).click();
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
});
