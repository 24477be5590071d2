import { HOME, HOME_HEADING } from "../support/home";
import { expect, newEmail, test } from "../support/passkey";
import { password, signInByPassword, signUpByPassword } from "../support/password";

test.use({ javaScriptEnabled: false });

test("password, sign-out, sessions, activity and suggestions work without scripts", async ({ page, browser }) => {
    const email = await signUpByPassword(page);
    await expect(page.getByRole("banner")).toContainText(email);
    const suggestion = page.getByRole("region", { name: "Suggestion" });
    await suggestion.getByRole("button", { name: "Don't ask again" }).click();
    await expect(suggestion).toContainText("You have no recovery codes.");
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
    await page.getByRole("button", { name: /^End / }).first().click();
    await expect(page).toHaveURL("/settings/sessions");
    await expect(sessions).toHaveCount(1);
    await other.reload();
    await expect(other).toHaveURL(`/signin?next=${HOME}`);
    await context.close();

    await page.getByRole("link", { name: "Activity" }).click();
    await expect(page.getByRole("region", { name: "Your activity" })).toContainText("Session ended");
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await expect(page).toHaveURL("/");
    await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
});

test("what is refused is said on the page, without a trace of it in what was typed", async ({ page }) => {
    const email = newEmail();
    await signInByPassword(page, email, "not the password at all");
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveText(
        "We couldn't sign you in. Try again, or use another way to sign in.",
    );
    expect(page.url()).not.toContain("password%20at");
    await page.goto("/signin/recovery");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Recovery code").fill("AAAA-BBBB");
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveText(
        "We couldn't sign you in. Try again, or use another way to sign in.",
    );
});

test("after signing in without scripts the page that was asked for is there", async ({ page }) => {
    const email = await signUpByPassword(page);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.goto("/settings/activity");
    await expect(page).toHaveURL("/signin?next=/settings/activity");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill(password);
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
    await still.getByRole("textbox", { name: "Name" }).fill("   ");
    await still.getByRole("button", { name: "Rename", exact: true }).click();
    await expect(still.getByRole("alert").filter({ hasText: /./ })).toHaveText("Enter a name of at most 64 characters.");
    await still.goto("/settings/passkeys");
    await still.getByRole("textbox", { name: "Name" }).fill("Phone");
    await still.getByRole("button", { name: "Rename", exact: true }).click();
    await expect(still).toHaveURL("/settings/passkeys");
    await expect(still.getByRole("listitem")).toContainText("Phone");
    await still.goto("/settings/security");
    await expect(still.getByText("Passkeys need JavaScript.")).toBeVisible();
    await plain.close();
    await context.close();
});

test("after too many wrong passwords the page says how long, and the button is no trap", async ({ page }) => {
    const email = newEmail();
    // Each wait is twice as long as the one before, so that one is longer than this machine is slow.
    const alert = page.getByRole("alert").filter({ hasText: /./ });
    for (let attempt = 0; attempt < 12; attempt++) {
        await signInByPassword(page, email, `wrong guess ${attempt}`);
        await expect(alert).toBeVisible();
        if (/Too many/.test(await alert.innerText())) break;
    }
    await expect(alert).toContainText("Too many attempts. Try again in");
    // Nothing counts down here that could give it back.
    await expect(page.getByRole("button", { name: "Sign in with password" })).toBeEnabled();
});
