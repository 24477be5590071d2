import { HOME, HOME_HEADING } from "../support/home";
import { mailedCode } from "../support/mail"; // with: mail
import { problem } from "../support/page";
import { expect, newEmail, test } from "../support/passkey";
import { password, passwordField, signInByPassword, signUpByPassword } from "../support/password";

test.use({ javaScriptEnabled: false });

test("password, sign-out, sessions, activity and suggestions work without scripts", async ({ page, browser }) => {
    const email = await signUpByPassword(page);
    await expect(page.getByRole("banner")).toContainText(email);
    await expect(page).toHaveURL(`${HOME}?done=welcome`);
    await expect(page.getByRole("region", { name: "Welcome" })).toContainText("Welcome, Ann Example");
    await page.goto(HOME);
    const suggestion = page.getByRole("region", { name: "Suggestion" });
    await expect(suggestion).toContainText("Sign in without a password, and confirm what one cannot.");
    await suggestion.getByRole("button", { name: "Not now" }).click();
    await expect(suggestion).toContainText("You have no recovery codes for when your devices are lost.");
    await suggestion.getByRole("button", { name: "Not now" }).click();
    await expect(suggestion).toHaveCount(0);
    await expect(page).toHaveURL(HOME);
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();

    const context = await browser.newContext({ javaScriptEnabled: false });
    const other = await context.newPage();
    await signInByPassword(other, email);
    await expect(other).toHaveURL(HOME);
    await page.goto("/settings/sessions");
    const sessions = page.getByRole("region", { name: "Your sessions" }).getByRole("listitem");
    await expect(sessions).toHaveCount(2);
    // Nothing here could know the reader's zone.
    await expect(sessions.first()).toContainText(/Signed in \d+ \w+ \d{4}, \d\d:\d\d UTC/);
    await page.getByRole("button", { name: /^End / }).first().click();
    await expect(page).toHaveURL("/settings/sessions");
    await expect(sessions).toHaveCount(1);
    await other.reload();
    await expect(other).toHaveURL(`/signin?next=${HOME}`);
    await context.close();

    await page.getByRole("link", { name: "Activity" }).click();
    await expect(page.getByRole("region", { name: "Your activity" })).toContainText("Session ended");
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await expect(page).toHaveURL("/?done=signed_out");
    await expect(page.getByText("You are signed out.")).toBeVisible();
    await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
});

test("a form that is refused comes back with what was typed, but for secrets", async ({ page }) => {
    const refused = "We couldn't sign you in. Try again, or use another way to sign in.";
    const email = newEmail();
    const answer = page.waitForResponse("**/api/signin/password");
    await signInByPassword(page, email, "not the password at all");
    expect((await answer).status()).toBe(401);
    await expect(page).toHaveURL("/api/signin/password");
    await expect(page).toHaveTitle("Sign in · Latchkey");
    await expect(problem(page)).toHaveText(refused);
    const main = page.getByRole("main");
    await expect(main.getByLabel("E-mail")).toHaveValue(email);
    await expect(passwordField(page)).toHaveValue("");
    expect(await page.content()).not.toContain("not the password");

    await page.goto("/signin/recovery");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Recovery code").fill("AAAA-BBBB");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page).toHaveURL("/api/signin/recovery");
    await expect(problem(page)).toHaveText(refused);
    await expect(main.getByLabel("E-mail")).toHaveValue(email);
    await expect(page.getByLabel("Recovery code")).toHaveValue("");
    expect(await page.content()).not.toContain("AAAA-BBBB");
});

test("a field of a refused form says what is wrong with it, as often as it is, and then the form goes through", async ({
    page,
}) => {
    const email = newEmail();
    await page.goto("/signup/password?next=/settings/sessions");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Your name").fill("Ann Example");
    for (const weak of ["passwordpassword", "qwertyuiopasdfgh"]) {
        await passwordField(page).fill(weak);
        await page.getByRole("button", { name: "Continue" }).click();
        await expect(page).toHaveURL("/api/signup/password");
        await expect(page).toHaveTitle("Create an account with a password · Latchkey");
        await expect(problem(page)).toHaveCount(1);
        await expect(problem(page)).toContainText("Use at least 15 characters");
        await expect(passwordField(page)).toHaveAttribute("aria-invalid", "true");
        await expect(passwordField(page)).toHaveAccessibleDescription(/Use at least 15 characters/);
        await expect(passwordField(page)).toHaveValue("");
        await expect(page.getByLabel("E-mail")).toHaveValue(email);
        await expect(page.getByLabel("Your name")).toHaveValue("Ann Example");
    }
    await passwordField(page).fill(password);
    await page.getByRole("button", { name: "Continue" }).click();
    // with: mail {
    await expect(page).toHaveURL("/signup/code");
    await page.getByLabel("Code").fill(await mailedCode(page, email));
    await page.getByRole("button", { name: "Create account" }).click();
    // with: mail }
    await expect(page.getByRole("banner")).toContainText(email);
    await expect(page).toHaveURL(/^[^?]*\/settings\/sessions/);
});

test("a sign-in that is refused twice still leads to the page that was asked for", async ({ page }) => {
    const email = await signUpByPassword(page);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.goto("/settings/activity");
    await page.getByLabel("E-mail").fill(email);
    for (const secret of ["not the password at all", "nor is this the password"]) {
        await passwordField(page).fill(secret);
        await page.getByRole("button", { name: "Sign in with password" }).click();
        await expect(problem(page)).toHaveText("We couldn't sign you in. Try again, or use another way to sign in.");
        await expect(page.getByLabel("E-mail")).toHaveValue(email);
    }
    await passwordField(page).fill(password);
    await page.getByRole("button", { name: "Sign in with password" }).click();
    await expect(page).toHaveURL("/settings/activity");
});

test("after signing in without scripts the page that was asked for is there", async ({ page }) => {
    const email = await signUpByPassword(page);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.goto("/settings/activity");
    await expect(page).toHaveURL("/signin?next=/settings/activity");
    await page.getByLabel("E-mail").fill(email);
    await passwordField(page).fill(password);
    await page.getByRole("button", { name: "Sign in with password" }).click();
    await expect(page).toHaveURL("/settings/activity");
});

test("a passkey is renamed without scripts, and pages say what needs them", async ({ browser }) => {
    const { Authenticator, signUp } = await import("../support/passkey");
    const context = await browser.newContext({ javaScriptEnabled: true });
    const page = await context.newPage();
    await Authenticator.on(page);
    await signUp(page);
    const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await context.storageState() });
    const still = await plain.newPage();
    await still.goto("/settings/passkeys");
    await expect(still.getByText("Passkeys need JavaScript.")).toBeVisible();
    await expect(still.getByRole("button", { name: "Add Passkey" })).toBeDisabled();
    const open = () => still.locator("summary[aria-label^=Rename]").click();
    const name = still.getByRole("textbox", { name: "Name this passkey" });
    const save = still.getByRole("button", { name: "Save" });
    await open();
    await name.fill("   ");
    await save.click();
    await expect(problem(still)).toHaveText("Enter a name of at most 64 characters.");
    await expect(name).toBeVisible();
    await expect(name).toHaveAttribute("aria-invalid", "true");
    // It is mended where it was refused.
    await name.fill("Tablet");
    await save.click();
    await expect(still).toHaveURL("/settings/passkeys");
    await expect(still.getByRole("listitem")).toContainText("Tablet");
    await open();
    await name.fill("Phone");
    await save.click();
    await expect(still).toHaveURL("/settings/passkeys");
    await expect(still.getByRole("listitem")).toContainText("Phone");
    await still.goto("/settings/security");
    await expect(still.getByText("Passkeys need JavaScript.")).toBeVisible();
    await plain.close();
    await context.close();
});

test("a refused form is open where it was refused, and says so once", async ({ page }) => {
    await signUpByPassword(page);
    await page.goto("/settings/account");
    const name = page.getByRole("region", { name: "Name" });
    await name.getByText("Change it").click();
    await name.getByLabel("Your name").fill(" ");
    await name.getByRole("button", { name: "Change name" }).click();
    await expect(problem(page)).toHaveCount(1);
    await expect(problem(name)).toBeVisible();
    await expect(name.getByLabel("Your name")).toHaveAttribute("aria-invalid", "true");
    // with: mail {
    await page.goto("/settings/account");
    const address = page.getByRole("region", { name: "E-mail address" });
    await address.getByText("Change it").click();
    await address.getByLabel("New e-mail address").fill(`a@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(63)}.${"e".repeat(63)}`);
    await address.getByRole("button", { name: "Send a code to it" }).click();
    await expect(problem(page)).toHaveCount(1);
    await expect(problem(address)).toBeVisible();
    await expect(address.getByLabel("New e-mail address")).toHaveAttribute("aria-invalid", "true");
    // with: mail }
});

// with: mail {
test("of two forms of one call the refused one says so", async ({ browser }) => {
    const { Authenticator, signUpUnconfirmed } = await import("../support/passkey");
    const context = await browser.newContext({ javaScriptEnabled: true });
    const page = await context.newPage();
    await Authenticator.on(page);
    await signUpUnconfirmed(page);
    const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await context.storageState() });
    const still = await plain.newPage();
    await still.goto("/settings/account");
    const address = still.getByRole("region", { name: "E-mail address" });
    await address.getByText("Change it").click();
    await address.getByLabel("New e-mail address").fill(`a@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(63)}.${"e".repeat(63)}`);
    await address.getByRole("button", { name: "Send a code to it" }).click();
    await expect(problem(still)).toHaveCount(1);
    await expect(problem(address.locator("form").filter({ hasText: "New e-mail address" }))).toBeVisible();
    await plain.close();
    await context.close();
});
// with: mail }

test("after too many wrong passwords the page says how long, and the button is no trap", async ({ page }) => {
    const email = newEmail();
    // Each wait is twice as long as the one before, so that one is longer than this machine is slow.
    const alert = problem(page);
    for (let attempt = 0; attempt < 12; attempt++) {
        await signInByPassword(page, email, `wrong guess ${attempt}`);
        await expect(alert).toBeVisible();
        if (/Too many/.test(await alert.innerText())) break;
    }
    await expect(alert).toContainText("Too many attempts. Try again in");
    // Nothing counts down here that could give it back.
    await expect(page.getByRole("button", { name: "Sign in with password" })).toBeEnabled();
});
