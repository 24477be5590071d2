import { type Page } from "@playwright/test";
import { HOME } from "../support/home";
import {
    Authenticator,
    confirm,
    expect,
    loseAnswers,
    makeWait,
    newEmail,
    open,
    openSignIn,
    signOut,
    signUp,
    test,
    urlSafe,
    watchSignals,
} from "../support/passkey";

test("add a passkey, name it, rename it, remove it", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/activity");
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(page).toHaveTitle("Passkeys · Latchkey");
    const rows = page.getByRole("region", { name: "Your passkeys" }).getByRole("listitem");
    await expect(rows).toHaveCount(1);
    await expect(rows).toContainText("Used for this session");
    await expect(rows).toContainText(/Added \d+ \w+ \d{4} · Never used · Synced/);

    // The same device may hold one passkey an account, so another one answers.
    const other = await passkey.another();
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await expect(page.getByRole("dialog")).toContainText("Add a passkey to ");
    await confirm(page);
    const name = page.getByLabel("Name this passkey");
    await expect(name).toBeFocused();
    await name.fill("Security key");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(rows).toHaveCount(2);
    await expect(rows.first()).toContainText("Security key");
    await expect(rows.first()).toContainText("This device only");

    await page.getByRole("button", { name: "Rename Security key" }).click();
    await name.fill("  ");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(rows.first().getByRole("alert")).toHaveText("Enter a name of at most 64 characters.");
    await name.fill("Blue key");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(rows.first()).toContainText("Blue key");
    await expect(page.getByRole("button", { name: "Rename Blue key" })).toBeFocused();

    await page.getByRole("button", { name: "Remove Blue key" }).click();
    await expect(page.getByRole("button", { name: "Keep it" })).toBeFocused();
    await expect(page.getByRole("dialog")).toContainText("Also delete it in your password manager");
    await page.getByRole("button", { name: "Remove passkey", exact: true }).click();
    await expect(page.getByRole("dialog")).toContainText("Remove the passkey “Blue key”");
    await confirm(page);
    await expect(rows).toHaveCount(1);
    await expect(rows).not.toContainText("Blue key");
    const removed = page.getByText("“Blue key” was removed.");
    await expect(removed).toBeFocused();
    await other.remove();
});

/** The signal that one passkey is good, and no other of its account. */
async function only(passkey: Authenticator) {
    const [credential] = await passkey.credentials();
    return {
        rpId: "localhost",
        userId: urlSafe(credential.userHandle!),
        allAcceptedCredentialIds: [urlSafe(credential.credentialId)],
    };
}

test("the password manager is told which passkeys are still good", async ({ page, passkey }) => {
    const signals = await watchSignals(page, "signalAllAcceptedCredentials");
    await signUp(page);
    await open(page, "/settings/passkeys");
    await expect.poll(() => signals[0]).toEqual(await only(passkey));
});

test("the answer to a sign-in says whose passkeys are good", async ({ page, passkey }) => {
    await signUp(page);
    await signOut(page);
    const signals = await watchSignals(page, "signalAllAcceptedCredentials");
    await openSignIn(page, passkey, "/signin?next=/settings/activity");
    // No other call is asked, which might be answered for another account by then.
    await page.route("**/api/me", (route) => route.abort());
    await page.getByRole("button", { name: "Sign in with Passkey" }).click();
    await expect(page).toHaveURL("/settings/activity");
    expect(signals).toEqual([await only(passkey)]);
});

test("a tab of another account tells nothing wrong, and shows who is signed in now", async ({ page, context, passkey }) => {
    const ann = await signUp(page);
    const signals = await watchSignals(page, "signalAllAcceptedCredentials");
    await open(page, "/settings/passkeys");
    await expect.poll(() => signals).toEqual([await only(passkey)]);

    const other = await context.newPage();
    const othersPasskey = await Authenticator.on(other);
    await other.goto(HOME);
    await signOut(other);
    const bob = await signUp(other, newEmail(), "Bob");
    await expect(page.getByRole("banner")).toContainText(ann);

    await page.getByRole("button", { name: "Remove Passkey", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove passkey" }).click();
    await expect(page.getByRole("banner")).toContainText(bob);
    await expect.poll(() => signals).toHaveLength(2);
    expect(signals).toEqual([await only(passkey), await only(othersPasskey)]);
    await expect(page.getByRole("region", { name: "Your passkeys" }).getByRole("listitem")).toHaveCount(1);
});

test("a tab of another account is loaded anew when it is looked at", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, HOME);
    const other = await context.newPage();
    await Authenticator.on(other);
    await other.goto(HOME);
    await signOut(other);
    const bob = await signUp(other, newEmail(), "Bob");
    // The tests' browser shows every tab at once.
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
    await expect(page.getByRole("banner")).toContainText(bob);
});

test("a passkey that another tab has removed goes from the list", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    const other = await passkey.another();
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await confirm(page);
    const list = page.getByRole("region", { name: "Your passkeys" });
    const rows = list.getByRole("listitem");
    await expect(rows).toHaveCount(2);
    await list.getByRole("button", { name: "Cancel" }).click();
    await other.remove();

    const tab = await context.newPage();
    await Authenticator.on(tab, await passkey.credentials());
    await open(tab, "/settings/passkeys");
    await tab.getByRole("button", { name: "Remove Passkey" }).first().click();
    await tab.getByRole("dialog").getByRole("button", { name: "Remove passkey" }).click();
    await confirm(tab);
    await expect(tab.getByText("“Passkey” was removed.")).toBeVisible();

    await page.getByRole("button", { name: "Rename Passkey" }).first().click();
    await page.getByRole("button", { name: "Save" }).click();
    await expect(rows).toHaveCount(1);
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveCount(1);
});

test("the last passkey stays", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await page.getByRole("button", { name: "Remove Passkey", exact: true }).click();
    await page.getByRole("button", { name: "Remove passkey", exact: true }).click();
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveText(
        "This is your only way to sign in. Add another passkey or set a password first.",
    );
    expect(await passkey.credentials()).toHaveLength(1);
});

test("a device that has a passkey already gets no second one", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await confirm(page);
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveText(
        "You already have a passkey for this account on this device or in this password manager.",
    );
    expect(await passkey.credentials()).toHaveLength(1);
});

test("a passkey that cannot be saved says so, and the password manager forgets it", async ({ page, passkey }) => {
    const unknown = await watchSignals(page, "signalUnknownCredential");
    await signUp(page);
    await open(page, "/settings/passkeys");
    await passkey.another();
    let credentialId = "";
    await page.route("**/api/passkeys/verify", async (route) => {
        const answer = JSON.parse(route.request().postData()!);
        credentialId = answer.id;
        answer.response.clientDataJSON = "e30";
        await route.continue({ postData: JSON.stringify(answer) });
    });
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await confirm(page);
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveText(
        "Your passkey could not be saved. Try again.",
    );
    expect(unknown).toEqual([{ rpId: "localhost", credentialId }]);
});

test("cancelling the device's own prompt adds nothing and is no error", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    const other = await passkey.another();
    await other.verifiesUser(false);
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await confirm(page);
    const add = page.getByRole("button", { name: "Add Passkey" });
    await expect(add).toHaveAttribute("aria-disabled", "false");
    await expect(page.getByText("Cancelled. Try again when you are ready.")).toBeVisible();
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
    await expect(page.getByRole("region", { name: "Your passkeys" }).getByRole("listitem")).toHaveCount(1);
});

test("after an answer that never came, the list is read again", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await page.getByRole("button", { name: "Rename Passkey" }).click();
    await page.getByLabel("Name this passkey").fill("Phone");
    await loseAnswers(page, "/api/passkeys/rename");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveText("We don't know whether it went through.");
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByRole("region", { name: "Your passkeys" }).getByRole("listitem")).toContainText("Phone");
});

test("who removes too often waits", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await makeWait(page, "/api/passkeys/delete", 6);
    const button = page.getByRole("button", { name: "Remove Passkey" });
    await button.click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove passkey" }).click();
    await expect(page.getByRole("alert").filter({ hasText: /./ })).toContainText("Too many attempts. Try again in 6 seconds.");
    await expect(button).toBeDisabled();
    await expect(button).toBeEnabled();
});

test("every other session is ended from here", async ({ page, browser, passkey }) => {
    await signUp(page);
    const context = await browser.newContext();
    const other = await context.newPage();
    const shared = await Authenticator.on(other, await passkey.credentials());
    await other.goto("/signin");
    await expect(other).toHaveURL(HOME);
    await shared.answers(false);
    await open(page, "/settings/passkeys");
    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await expect(page.getByText("You are signed out everywhere else.")).toBeVisible();
    await open(other, "/settings/passkeys");
    await expect(other).toHaveURL("/signin?next=/settings/passkeys");
    await context.close();
});
