import { type Page } from "@playwright/test";
import { HOME } from "../support/home";
import { lookAgain, problem } from "../support/page";
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
import { password, signUpByPassword } from "../support/password";

const list = (page: Page) => page.getByRole("region", { name: "Your passkeys" });
const rows = (page: Page) => list(page).getByRole("listitem");
/** The form for a name that is open. */
const naming = (page: Page) => list(page).locator("details[open]");
const nameField = (page: Page) => naming(page).getByLabel("Name this passkey");
const save = (page: Page) => naming(page).getByRole("button", { name: "Save" });
const rename = (page: Page, name: string) => list(page).locator("summary").and(page.getByLabel(`Rename ${name}`, { exact: true }));
const remove = (page: Page, name: string) => list(page).getByRole("button", { name: `Remove ${name}`, exact: true });
const removeAtLast = (page: Page) => page.getByRole("dialog").getByRole("button", { name: "Remove passkey", exact: true });

/** Adds a second passkey, on a device of its own, and names it. */
async function add(page: Page, passkey: Authenticator, name: string) {
    const other = await passkey.another();
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await confirm(page);
    await nameField(page).fill(name);
    await save(page).click();
    await expect(rename(page, name)).toBeFocused();
    return other;
}

test("add a passkey, name it, rename it, remove it", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/activity");
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(page).toHaveTitle("Passkeys · Latchkey");
    await expect(rows(page)).toHaveCount(1);
    await expect(rows(page)).toContainText("Chrome on Linux");
    await expect(rows(page)).toContainText("Used for this session");
    await expect(rows(page)).toContainText(/Synced · Never used · Added \w+ \d+, \d{4}/);

    // The same device may hold one passkey an account, so another one answers.
    const other = await passkey.another();
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await expect(page.getByRole("dialog")).toContainText("Add a passkey to ");
    await confirm(page);
    await expect(nameField(page)).toBeFocused();
    await expect(nameField(page)).toHaveValue("Chrome on Linux");
    await nameField(page).fill("Security key");
    await save(page).click();
    await expect(rows(page)).toHaveCount(2);
    await expect(rows(page).first()).toContainText("Security key");
    await expect(rows(page).first()).toContainText("Security key · Never used");
    await expect(naming(page)).toHaveCount(0);

    await rename(page, "Security key").click();
    await expect(nameField(page)).toBeFocused();
    await nameField(page).fill("  ");
    await save(page).click();
    await expect(problem(rows(page).first())).toHaveText("Enter a name of at most 64 characters.");
    await expect(nameField(page)).toHaveAttribute("aria-invalid", "true");
    await expect(nameField(page)).toBeFocused();
    await nameField(page).fill("Blue key");
    await save(page).click();
    await expect(rows(page).first()).toContainText("Blue key");
    await expect(rename(page, "Blue key")).toBeFocused();
    await expect(naming(page)).toHaveCount(0);
    await expect(problem(page)).toHaveCount(0);

    await remove(page, "Blue key").click();
    await expect(page.getByRole("dialog", { name: "Remove “Blue key”?" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Keep it" })).toBeFocused();
    await expect(page.getByRole("dialog")).toContainText("Also delete it in your password manager");
    await removeAtLast(page).click();
    await expect(page.getByRole("dialog")).toContainText("Remove the passkey “Blue key”");
    await confirm(page);
    await expect(rows(page)).toHaveCount(1);
    await expect(rows(page)).not.toContainText("Blue key");
    const removed = page.getByRole("main").getByText("“Blue key” was removed.");
    await expect(removed).toBeVisible();
    await expect(removed).toBeFocused();
    await other.remove();
});

test("a passkey that its user keeps stays, and the button has the focus again", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await add(page, passkey, "Phone");
    for (const keep of [
        () => page.keyboard.press("Escape"),
        () => page.getByRole("button", { name: "Keep it" }).click(),
    ]) {
        await remove(page, "Phone").click();
        await expect(page.getByRole("dialog")).toBeVisible();
        await keep();
        await expect(page.getByRole("dialog")).toBeHidden();
        await expect(remove(page, "Phone")).toBeFocused();
    }
    await remove(page, "Phone").click();
    await removeAtLast(page).click();
    await expect(page.getByRole("dialog")).toContainText("Remove the passkey “Phone”");
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByText("Cancelled. Try again when you are ready.")).toBeVisible();
    await expect(remove(page, "Phone")).toBeFocused();
    await expect(rows(page)).toHaveCount(2);

    // The removal is ready for the next try.
    await remove(page, "Phone").click();
    await removeAtLast(page).click();
    await confirm(page);
    await expect(page.getByRole("main").getByText("“Phone” was removed.")).toBeFocused();
    await expect(rows(page)).toHaveCount(1);
});

test("a name that is being typed stays while another passkey is removed", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await add(page, passkey, "Phone");
    await rename(page, "Chrome on Linux").click();
    await nameField(page).fill("Half a na");
    await remove(page, "Phone").click();
    await removeAtLast(page).click();
    await confirm(page);
    await expect(page.getByRole("main").getByText("“Phone” was removed.")).toBeFocused();
    await expect(rows(page)).toHaveCount(1);
    await expect(nameField(page)).toHaveValue("Half a na");
    await save(page).click();
    await expect(rename(page, "Half a na")).toBeFocused();
});

test("a name that is being typed stays while another form of the page succeeds", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await add(page, passkey, "Phone");
    await rename(page, "Chrome on Linux").click();
    await nameField(page).fill("Half a na");
    const renewed = page.waitForResponse((it) => it.request().method() === "GET" && it.url().endsWith("/settings/passkeys"));
    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await renewed;
    await expect(page.locator("#elsewhere .success")).toHaveText("You are signed out everywhere else.");
    await expect(naming(page)).toHaveCount(1);
    await expect(nameField(page)).toHaveValue("Half a na");
    // The field that is open again does not take the focus from the form that was sent.
    await expect(page.getByRole("button", { name: "Sign out everywhere else" })).toBeFocused();
    await save(page).click();
    await expect(rename(page, "Half a na")).toBeFocused();
    await expect(naming(page)).toHaveCount(0);
    await expect(rename(page, "Phone")).toBeVisible();
});

test("a name that is being typed stays while another passkey is renamed", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await add(page, passkey, "Phone");
    const [phone, first] = [rows(page).first(), rows(page).last()];
    await rename(page, "Chrome on Linux").click();
    await first.getByLabel("Name this passkey").fill("Half a na");
    await rename(page, "Phone").click();
    await phone.getByLabel("Name this passkey").fill("Tablet");
    await phone.getByRole("button", { name: "Save" }).click();
    await expect(phone.getByText("Tablet", { exact: true })).toBeVisible();
    await expect(phone.locator("details")).not.toHaveAttribute("open");
    await expect(first.locator("details")).toHaveAttribute("open");
    await expect(first.getByLabel("Name this passkey")).toHaveValue("Half a na");
    await expect(rename(page, "Tablet")).toBeFocused();
});

for (const [synced, kept] of [[false, "Security key"], [true, "Synced"]] as const) {
    test(`a second passkey is shown with “${kept}”`, async ({ page, passkey }) => {
        await signUp(page);
        await open(page, "/settings/passkeys");
        await passkey.another(synced);
        await page.getByRole("button", { name: "Add Passkey" }).click();
        await confirm(page);
        await expect(rows(page)).toHaveCount(2);
        const facts = new RegExp(`^${kept} · Never used · Added \\w+ \\d+, \\d{4}$`);
        await expect(rows(page).first().locator(".facts")).toHaveText(facts);
        await expect(rows(page).last().locator(".facts")).toHaveText(/^Synced · /);
        await page.reload();
        await expect(rows(page).first().locator(".facts")).toHaveText(facts);
    });
}

test("a passkey of unknown make is named after the browser and system that made it", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await expect(rows(page).locator("strong")).toHaveText("Chrome on Linux");
    // No make is known, so none stands beside the name, whatever that is.
    await expect(rows(page).locator(".tag")).toHaveText(["Used for this session"]);
    await expect(rename(page, "Chrome on Linux")).toBeVisible();
    await rename(page, "Chrome on Linux").click();
    await expect(nameField(page)).toHaveValue("Chrome on Linux");
    await nameField(page).fill("Laptop");
    await save(page).click();
    await expect(rows(page).locator("strong")).toHaveText("Laptop");
    await expect(rows(page).locator(".tag")).toHaveText(["Used for this session"]);

    await passkey.another();
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await confirm(page);
    await expect(nameField(page)).toHaveValue("Chrome on Linux");
    await expect(rows(page).locator("strong")).toHaveText(["Chrome on Linux", "Laptop"]);
    await expect(rows(page).first().locator(".tag")).toHaveCount(0);
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
    const calls: string[] = [];
    page.on("request", (request) => {
        const { pathname } = new URL(request.url());
        if (pathname.startsWith("/api/")) calls.push(pathname);
    });
    await page.getByRole("button", { name: "Sign in with Passkey" }).click();
    await expect(page).toHaveURL("/settings/activity");
    expect(signals).toEqual([await only(passkey)]);
    expect(calls).toEqual(["/api/signin/options", "/api/signin/verify"]);
});

test("a tab of another account tells nothing wrong, and shows who is signed in now", async ({ page, context, passkey }) => {
    const ann = await signUp(page);
    const signals = await watchSignals(page, "signalAllAcceptedCredentials");
    await open(page, "/settings/passkeys");
    await expect.poll(() => signals).toEqual([await only(passkey)]);
    const second = await add(page, passkey, "Phone");
    const both = {
        rpId: "localhost",
        userId: (await only(passkey)).userId,
        allAcceptedCredentialIds: [await only(second), await only(passkey)].flatMap((it) => it.allAcceptedCredentialIds),
    };
    await expect.poll(() => signals.at(-1)).toEqual(both);
    const told = signals.length;

    const other = await context.newPage();
    const othersPasskey = await Authenticator.on(other);
    await open(other, HOME);
    await signOut(other);
    const bob = await signUp(other, newEmail(), "Bob");
    await expect(page.getByRole("banner")).toContainText(ann);

    await remove(page, "Phone").click();
    await removeAtLast(page).click();
    await expect(page.getByRole("banner")).toContainText(bob);
    await expect(rows(page)).toHaveCount(1);
    await expect.poll(() => signals.slice(told)).toEqual([await only(othersPasskey)]);
});

test("a tab of another account is loaded anew when it is looked at", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, HOME);
    const other = await context.newPage();
    await Authenticator.on(other);
    await open(other, HOME);
    await signOut(other);
    const bob = await signUp(other, newEmail(), "Bob");
    await lookAgain(page);
    await expect(page.getByRole("banner")).toContainText(bob);
});

test("a passkey that another tab has removed goes from the list", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await (await add(page, passkey, "Phone")).remove();
    await expect(rows(page)).toHaveCount(2);

    const tab = await context.newPage();
    await Authenticator.on(tab, await passkey.credentials());
    await open(tab, "/settings/passkeys");
    await remove(tab, "Phone").click();
    await removeAtLast(tab).click();
    await confirm(tab);
    await expect(tab.getByRole("main").getByText("“Phone” was removed.")).toBeVisible();

    await rename(page, "Phone").click();
    await save(page).click();
    await expect(problem(page)).toHaveText("There is nothing here by that name.");
    await expect(rows(page)).toHaveCount(1);
    await expect(problem(page)).toHaveCount(1);
});

test("the last passkey stays", async ({ page, context, passkey }) => {
    const only = page.getByText("Your only way to sign in: it stays until you add another passkey or set a password.");
    await signUp(page);
    await open(page, "/settings/passkeys");
    await expect(only).toBeVisible();
    await expect(list(page).getByRole("button", { name: /^Remove / })).toHaveCount(0);
    await (await add(page, passkey, "Phone")).remove();
    await expect(only).toHaveCount(0);
    await expect(list(page).getByRole("button", { name: /^Remove / })).toHaveCount(2);

    // A page that is out of date is refused.
    const tab = await context.newPage();
    await Authenticator.on(tab, await passkey.credentials());
    await open(tab, "/settings/passkeys");
    await remove(tab, "Phone").click();
    await removeAtLast(tab).click();
    await confirm(tab);
    await expect(tab.getByRole("main").getByText("“Phone” was removed.")).toBeVisible();
    await remove(page, "Chrome on Linux").click();
    await removeAtLast(page).click();
    await expect(problem(page)).toHaveText("This is your only way to sign in. Add another passkey or set a password first.");
    await page.reload();
    await expect(rows(page)).toHaveCount(1);
    await expect(only).toBeVisible();
    expect(await passkey.credentials()).toHaveLength(1);
});

test("a passkey beside a password can be removed", async ({ page, passkey }) => {
    await signUpByPassword(page);
    await open(page, "/settings/passkeys");
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Confirm with password" }).click();
    await nameField(page).fill("Phone");
    await save(page).click();
    await expect(rename(page, "Phone")).toBeFocused();
    await remove(page, "Phone").click();
    await removeAtLast(page).click();
    await confirm(page);
    await expect(page.getByRole("main").getByText("“Phone” was removed.")).toBeFocused();
    await expect(rows(page)).toHaveCount(0);
});

test("a device that has a passkey already gets no second one", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await confirm(page);
    await expect(problem(page)).toHaveText(
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
    await expect(problem(page)).toHaveText(
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
    const adding = page.getByRole("button", { name: "Add Passkey" });
    await expect(page.getByRole("dialog")).toBeHidden();
    await expect(adding).not.toHaveAttribute("aria-disabled", "true");
    await expect(adding).toBeFocused();
    await expect(page.getByText("Cancelled. Try again when you are ready.")).toBeVisible();
    await expect(problem(page)).toHaveCount(0);
    await expect(rows(page)).toHaveCount(1);
});

test("after an answer that never came, the list is read again", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await rename(page, "Chrome on Linux").click();
    await nameField(page).fill("Phone");
    await loseAnswers(page, "/api/passkeys/rename");
    await save(page).click();
    await expect(problem(page)).toHaveText("We don't know whether it went through.");
    await expect(rows(page).getByText("Phone", { exact: true })).toBeVisible();
    await expect(nameField(page)).toHaveValue("Phone");
    await naming(page).getByRole("button", { name: "Cancel" }).click();
    await expect(naming(page)).toHaveCount(0);
    await expect(rename(page, "Phone")).toBeFocused();
    await expect(rows(page)).toContainText("Phone");
});

test("removing too often makes the user wait", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await add(page, passkey, "Phone");
    await makeWait(page, "/api/passkeys/delete", 6);
    await remove(page, "Phone").click();
    await removeAtLast(page).click();
    await expect(problem(list(page))).toContainText("Too many attempts. Try again in 6 seconds.");
    await expect(remove(page, "Phone")).toBeFocused();
    await remove(page, "Phone").click();
    await expect(removeAtLast(page)).toBeDisabled();
    await expect(removeAtLast(page)).toBeEnabled();
    await expect(problem(page)).toHaveCount(0);

    // After the wait it works.
    await page.unrouteAll();
    await removeAtLast(page).click();
    await confirm(page);
    await expect(page.getByRole("main").getByText("“Phone” was removed.")).toBeVisible();
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
    await expect(page.getByRole("main").getByText("You are signed out everywhere else.")).toBeVisible();
    await open(other, "/settings/passkeys");
    await expect(other).toHaveURL("/signin?next=/settings/passkeys");
    await context.close();
});
