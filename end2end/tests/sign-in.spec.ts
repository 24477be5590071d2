import { HOME, HOME_HEADING } from "../support/home";
import { newestMail } from "../support/mail"; // with: mail
import { hold, lookAgain, lose, problem } from "../support/page";
import {
    expect,
    newEmail,
    open,
    openSignIn,
    prompts,
    signIn,
    signOut,
    signUp,
    signUpUnconfirmed, // with: mail
    test,
} from "../support/passkey";
import { passwordField, signUpByPassword, password } from "../support/password";

test("sign up, sign out, sign in", async ({ page, passkey }) => {
    const email = await signUp(page);
    await expect(page.getByRole("banner")).toContainText(email);
    await expect(page.getByRole("banner")).toContainText("Ann Example");
    expect(await passkey.credentials()).toHaveLength(1);

    await signOut(page);
    await expect(page).toHaveURL("/?done=signed_out");
    await expect(page.getByText("You are signed out.")).toBeVisible();
    await signIn(page, passkey);
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
    await expect(page).toHaveURL(HOME);
    await expect(page.getByRole("banner")).toContainText(email);
});

test("after the sign-up a welcome says where the passkey is, and once it is gone the suggestion is there", async ({
    page,
    passkey,
}) => {
    await signUp(page);
    await expect(page).toHaveURL(`${HOME}?done=welcome`);
    const welcome = page.getByRole("region", { name: "Welcome" });
    await expect(welcome).toContainText("Welcome, Ann Example");
    await expect(welcome).toContainText("comes along to your other devices there.");
    const suggestion = page.getByRole("region", { name: "Suggestion" });
    await expect(suggestion).toHaveCount(0);
    await page.goto(HOME);
    await expect(welcome).toHaveCount(0);
    await expect(suggestion).toContainText("You have no recovery codes for when your devices are lost.");
    await suggestion.getByRole("link", { name: "Make recovery codes" }).click();
    await expect(page).toHaveURL("/settings/security");
    await expect(suggestion).toHaveCount(0);
});

test("a passkey chosen among the suggestions signs in", async ({ page, passkey }) => {
    const email = await signUp(page);
    await signOut(page);
    await passkey.answers(true);
    await page.goto("/signin");
    await expect(page.getByRole("banner")).toContainText(email);
    await expect(page).toHaveURL(HOME);
});

test("a busy server is not asked over and over for suggestions, and nobody is told or held up", async ({ page, passkey }) => {
    const email = await signUpByPassword(page);
    await signOut(page);
    await passkey.answers(false);
    let asked = 0;
    await page.route("**/api/signin/options", (route) => {
        asked++;
        return route.fulfill({ status: 429, json: { code: "rate_limited", message: "Too many attempts. Try again in 9 seconds.", retry_after: 9 } });
    });
    await open(page, "/signin");
    await page.waitForTimeout(1000);
    expect(asked).toBe(1);
    await expect(problem(page)).toHaveCount(0);

    // What is said of a form stands, and the focus stays where somebody types.
    await page.getByLabel("E-mail").fill(email);
    await passwordField(page).fill("not the password at all");
    await page.getByRole("button", { name: "Sign in with password" }).click();
    await expect(problem(page)).toHaveText("We couldn't sign you in. Try again, or use another way to sign in.");
    const before = asked;
    await page.getByLabel("E-mail").click();
    await expect.poll(() => asked).toBeGreaterThan(before);
    await page.waitForTimeout(300);
    await expect(page.getByLabel("E-mail")).toBeFocused();
    await expect(problem(page)).toHaveText("We couldn't sign you in. Try again, or use another way to sign in.");

    // Once the field is used again, so are the suggestions.
    await page.unroute("**/api/signin/options");
    await passwordField(page).fill(password);
    await page.getByLabel("E-mail").click();
    await expect.poll(() => prompts(page)).toEqual(["autofill"]);
    await lose(page, "/api/signin/options");
    await page.getByRole("button", { name: "Sign in with password" }).click();
    await expect(page).toHaveURL(HOME);
});

test("suggestions are asked for once, however often the field is used while the server is slow", async ({ page, passkey }) => {
    const email = await signUp(page);
    await signOut(page);
    let asked = 0;
    page.on("request", (request) => void (asked += request.url().endsWith("/api/signin/options") ? 1 : 0));
    const release = await hold(page, "/api/signin/options", "POST");
    await open(page, "/signin");
    await page.getByLabel("E-mail").click();
    await page.waitForTimeout(300);
    release();
    await expect(page.getByRole("banner")).toContainText(email);
    expect(asked).toBe(1);
});

test("suggestions are renewed once, also after the page was renewed", async ({ page, passkey }) => {
    await openSignIn(page, passkey);
    await passkey.answers(false);
    await lose(page, "/api/signin/password");
    await page.getByLabel("E-mail").fill(newEmail());
    await passwordField(page).fill(password);
    await page.getByRole("button", { name: "Sign in with password" }).click();
    await expect(problem(page)).toHaveText("We don't know whether it went through.");
    await expect.poll(async () => (await prompts(page)).filter((it) => it === "autofill").length).toBe(2);
    let asked = 0;
    page.on("request", (request) => void (asked += request.url().endsWith("/api/signin/options") ? 1 : 0));
    await lookAgain(page);
    await expect.poll(async () => (await prompts(page)).filter((it) => it === "autofill").length).toBe(3);
    await page.waitForTimeout(500);
    expect(asked).toBe(1);
});

test("suggestions that another tab has replaced are renewed when the page is seen again", async ({
    page,
    context,
    passkey,
}) => {
    const email = await signUp(page);
    await signOut(page);
    await openSignIn(page, passkey);
    const other = await context.newPage();
    await other.goto("/signin");
    await expect(other.getByRole("button", { name: "Sign in with Passkey" })).toBeEnabled();
    await lookAgain(page);
    await expect(page.getByRole("banner")).toContainText(email);
    expect(await prompts(page).catch(() => null)).not.toContain("button");
});

test("suggestions of a sign-in page that was left do not stand in the way of what the next page asks", async ({ page, passkey }) => {
    await openSignIn(page, passkey);
    await page.getByRole("link", { name: "Create an account" }).last().click();
    await expect(page).toHaveTitle("Create an account · Latchkey");
    expect(await prompts(page)).toEqual([]);
    await page.getByLabel("E-mail").fill(newEmail());
    await page.getByLabel("Your name").fill("Ann");
    await page.getByRole("button", { name: "Create account with a passkey" }).click();
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
});

test("the button ends the open suggestions first, and they return after a cancel", async ({ page, passkey }) => {
    await signUp(page);
    await signOut(page);
    await openSignIn(page, passkey);
    await expect(page.getByLabel("E-mail")).toHaveAttribute("autocomplete", "username webauthn");
    await passkey.verifiesUser(false);
    const button = page.getByRole("button", { name: "Sign in with Passkey" });
    await button.click();
    await expect
        .poll(async () => (await prompts(page)).slice(0, 5))
        .toEqual(["autofill", "autofill ended", "button", "button ended", "autofill"]);
    await expect(button).toBeFocused();
    await expect(button).toBeEnabled();
    await expect(problem(page)).toHaveCount(0);
    await expect(page.getByText("Cancelled. Try again when you are ready.")).toBeVisible();
});

test("a passkey that is unknown here is refused without a reason", async ({ page, passkey }) => {
    await signUp(page);
    await signOut(page);
    await passkey.holdUnknown();
    await signIn(page, passkey);
    await expect(problem(page)).toHaveText(
        "We couldn't sign you in. Try again, or use another way to sign in.",
    );
    await expect(page.getByRole("button", { name: "Sign in with Passkey" })).toBeFocused();
});

// with: mail {
test("an e-mail that belongs to somebody looks like any other at sign-up, and its owner is told", async ({ page, passkey }) => {
    const email = await signUp(page);
    await signOut(page);
    await passkey.forgetAll();
    await signUpUnconfirmed(page, email, "Somebody");
    expect(await newestMail(page, email)).toContain("Somebody tried to create an account with your address");
    await open(page, "/settings/account");
    const section = page.getByRole("region", { name: "E-mail address" });
    await expect(section).toContainText(`${email} not confirmed`);
    await section.getByRole("button", { name: "Send another code" }).click();
    await expect(section).toContainText(`We have mailed a code to ${email}.`);
    expect(await newestMail(page, email)).not.toMatch(/[A-Z2-7]{4}-[A-Z2-7]{4}/);
});
// with: mail }

test("a visitor is sent to sign in and comes back", async ({ page, passkey }) => {
    await signUp(page);
    await signOut(page);
    await passkey.answers(false);
    await open(page, "/settings/passkeys");
    await expect(page).toHaveURL("/signin?next=/settings/passkeys");
    await signIn(page, passkey, page.url());
    await expect(page).toHaveURL("/settings/passkeys");
    await expect(page.getByRole("heading", { name: "Passkeys", exact: true })).toBeVisible();
});

for (const next of ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)"]) {
    test(`next does not leave the site: ${next}`, async ({ page, passkey }) => {
        await signUp(page);
        await page.goto(`/signin?next=${encodeURIComponent(next)}`);
        await expect(page).toHaveURL(HOME);
        await signOut(page);
        await signIn(page, passkey, `/signin?next=${encodeURIComponent(next)}`);
        await expect(page).toHaveURL(HOME);
    });
}

test("a browser without passkeys says so", async ({ page }) => {
    await page.addInitScript(() => Reflect.deleteProperty(window, "PublicKeyCredential"));
    await page.goto("/signin");
    await page.getByRole("button", { name: "Sign in with Passkey" }).click();
    await expect(problem(page)).toHaveText(
        "This browser does not support passkeys. Sign in with your password instead.",
    );
});

test("an address that passkeys are not set up for says so", async ({ page, baseURL }) => {
    await page.goto(`${baseURL!.replace("localhost", "127.0.0.1")}/signin`);
    await page.getByRole("button", { name: "Sign in with Passkey" }).click();
    await expect(problem(page)).toHaveText(
        `Passkeys are not set up correctly for this address. This server is set up for ${baseURL}.`,
    );
});

for (const name of ["ConstraintError", "NotSupportedError"]) {
    test(`an authenticator that cannot be used says so: ${name}`, async ({ page, passkey }) => {
        await page.addInitScript((name) => {
            navigator.credentials.create = () => Promise.reject(new DOMException("", name));
        }, name);
        await page.goto("/signup");
        await page.getByLabel("E-mail").fill(newEmail());
        await page.getByLabel("Your name").fill("Ann");
        await page.getByRole("button", { name: "Create account with a passkey" }).click();
        await expect(problem(page)).toHaveText(
            "This authenticator cannot be used. Set up a PIN, fingerprint or face on it, or use another one.",
        );
    });
}

test("the network lost before and after the prompt", async ({ page, passkey }) => {
    await signUp(page);
    await signOut(page);
    await openSignIn(page, passkey);
    const button = page.getByRole("button", { name: "Sign in with Passkey" });
    await page.route("**/api/signin/options", (route) => route.abort("internetdisconnected"));
    await button.click();
    await expect(problem(page)).toHaveText("You seem to be offline. Nothing was sent.");

    await page.unroute("**/api/signin/options");
    await page.route("**/api/signin/verify", (route) => route.abort("internetdisconnected"));
    await button.click();
    await expect(problem(page)).toHaveText("We don't know whether it went through.");
});

test("a fault of the server is no cancellation", async ({ page, passkey }) => {
    await signUp(page);
    await signOut(page);
    await page.route("**/api/signin/verify", (route) =>
        route.fulfill({ status: 500, json: { code: "internal", message: "Something went wrong on our side." } }),
    );
    await signIn(page, passkey);
    await expect(problem(page)).toHaveText("Something went wrong on our side.");
});

test("signing out on one tab signs out the other", async ({ page, context, passkey }) => {
    await signUp(page);
    const other = await context.newPage();
    await open(other, "/settings/passkeys");
    await signOut(page);
    await other.getByRole("button", { name: "Add Passkey" }).click();
    await expect(problem(other)).toContainText("Sign in to continue.");
    await problem(other).getByRole("link", { name: "Sign in" }).click();
    await expect(other).toHaveURL("/signin?next=/settings/passkeys");
    await other.goto("/settings/passkeys");
    await expect(other).toHaveURL("/signin?next=/settings/passkeys");
});
