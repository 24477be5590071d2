import { type Page } from "@playwright/test";
import { HOME, HOME_HEADING } from "../support/home";
import { again, lookAgain, outOfDate, problem } from "../support/page";
import {
    changeNumber,
    confirm,
    expect,
    loseAnswers, // with: mail
    open,
    signUp,
    test,
} from "../support/passkey";

/** Loses what a page reads of its own address, and leaves what it sends. */
const loseReading = (page: Page, path: string) =>
    page.route(`**${path}`, (route) =>
        route.request().method() === "GET" ? route.abort("internetdisconnected") : route.fallback(),
    );

test("the number of codes stays when the network goes, and is read again", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/security");
    const section = page.getByRole("region", { name: "Recovery codes" });
    await loseReading(page, "/settings/security");
    await section.getByRole("button", { name: "Make new codes" }).click();
    await confirm(page);
    // The codes are shown only once, so they are shown whatever becomes of the page.
    const codes = section.getByRole("list", { name: "Your recovery codes" });
    await expect(codes.getByRole("listitem")).toHaveCount(10);
    await expect(outOfDate(page)).toBeVisible();
    await expect(section).toContainText("You have no codes.");
    await expect(section.getByRole("button", { name: "Make new codes" })).not.toHaveAttribute("aria-disabled", "true");

    // Still lost: nothing goes, and the button is there for the next try.
    const lost = page.waitForEvent("requestfailed");
    await again(page).click();
    await lost;
    await expect(again(page)).toBeEnabled();
    await expect(again(page)).toBeFocused();
    await expect(outOfDate(page)).toBeVisible();
    await expect(section).toContainText("You have no codes.");
    await expect(codes.getByRole("listitem")).toHaveCount(10);

    await page.unroute("**/settings/security");
    await again(page).click();
    await expect(section).toContainText("You have 10 codes left.");
    await expect(codes.getByRole("listitem")).toHaveCount(10);
    await expect(outOfDate(page)).toBeHidden();
    await expect(again(page)).toBeHidden();
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("a link to an earlier page leaves what is there when the network is gone", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/settings/activity");
    await page.evaluate(() => {
        const link = Object.assign(document.createElement("a"), { href: "/settings/activity?before=x#activity", textContent: "Earlier" });
        document.querySelector("main")!.append(link);
    });
    const rows = page.getByRole("region", { name: "Your activity" }).getByRole("listitem");
    const before = await rows.count();
    await context.setOffline(true);
    await page.getByRole("link", { name: "Earlier" }).click();
    await expect(outOfDate(page)).toBeVisible();
    await expect(rows).toHaveCount(before);
    await expect(page).toHaveURL("/settings/activity");
});

test("passkeys stay when the network goes", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    const rows = page.getByRole("region", { name: "Your passkeys" }).getByRole("listitem");
    await loseReading(page, "/settings/passkeys");
    await rows.locator("summary").click();
    await rows.getByLabel("Name this passkey").fill("Phone");
    await rows.getByRole("button", { name: "Save" }).click();
    await expect(outOfDate(page)).toBeVisible();
    await expect(rows).toHaveCount(1);
    await expect(rows.getByText("Chrome on Linux", { exact: true })).toBeVisible();
    await page.unroute("**/settings/passkeys");
    await again(page).click();
    await expect(rows.getByText("Phone", { exact: true })).toBeVisible();
    await expect(outOfDate(page)).toBeHidden();
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("a change that was carried out is said even where the page cannot be read", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/account");
    await loseReading(page, "/settings/account");
    await changeNumber(page);
    await confirm(page);
    await expect(page.locator("#phone .success")).toHaveText("Your number is +442079460000.");
    await expect(outOfDate(page)).toBeVisible();
    await expect(problem(page)).toHaveCount(0);
    await page.unroute("**/settings/account");
    await again(page).click();
    await expect(page.locator("#phone .facts")).toHaveText("Your number is +442079460000.");
    await expect(outOfDate(page)).toBeHidden();
});

test("every link says once that the network is gone, and leads on when it is back", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/settings/activity");
    for (const [link, title, list] of [
        ["Settings", "Passkeys", "Added "],
        ["Security", "Security", "You have no codes."],
        ["Account", "Account", "You have not given a number."],
        ["Sessions", "Sessions", "This session"],
        ["Activity", "Activity", "Session started with a passkey"],
        ["Send money", "Send money", "Opening balance"], // with: transfer
    ]) {
        const [url, here] = [page.url(), await page.title()];
        await context.setOffline(true);
        await page.getByRole("link", { name: link, exact: true }).click();
        await expect(outOfDate(page)).toHaveCount(1);
        await expect(outOfDate(page)).toBeVisible();
        expect([page.url(), await page.title()]).toEqual([url, here]);
        await expect(problem(page)).toHaveCount(0);
        await context.setOffline(false);
        await again(page).click();
        await expect(outOfDate(page)).toBeHidden();
        await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
        await page.getByRole("link", { name: link, exact: true }).click();
        await expect(page).toHaveTitle(`${title} · Latchkey`);
        await expect(page.getByText(list).first()).toBeVisible();
        await expect(outOfDate(page)).toBeHidden();
        await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
    }
});

test("what a link on the same page leads to needs no network", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    await context.setOffline(true);
    await page.getByRole("link", { name: "Skip to the page" }).focus();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL("/settings/passkeys#main");
    await expect(outOfDate(page)).toBeHidden();
});

test("a page that the server cannot read is said in its words", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/account");
    await page.route("**/settings/account", (route) =>
        route.fulfill({ status: 503, contentType: "text/plain", body: "We are busy. Try again in a moment." }),
    );
    await changeNumber(page);
    await confirm(page);
    await expect(page.locator("#unread")).toContainText("We are busy. Try again in a moment.");
    await expect(page.getByText("We are busy. Try again in a moment.")).toHaveCount(1);
    await page.unroute("**/settings/account");
    await again(page).click();
    await expect(page.locator("#phone .facts")).toHaveText("Your number is +442079460000.");
    await expect(page.locator("#unread")).toBeHidden();
});

test("a page that something else than the server answers for is not shown as text", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/account");
    await page.route("**/settings/account", (route) =>
        route.fulfill({ status: 502, contentType: "text/html", body: "<html><body><main>Bad gateway</main></body></html>" }),
    );
    await changeNumber(page);
    await confirm(page);
    await expect(page.locator("#unread p")).toHaveText("Something went wrong on our side.");
});

test("a page that is not there any more is shown as one", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/account");
    await page.route("**/settings/account", async (route) => {
        const response = await route.fetch({ url: new URL("/nowhere", page.url()).href });
        await route.fulfill({ response });
    });
    await changeNumber(page);
    await confirm(page);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is no such page");
    await expect(page.locator("#unread")).toBeHidden();
});

test("codes that are shown once stay when their session has ended", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/settings/security");
    await page.getByRole("button", { name: "Make new codes" }).click();
    await confirm(page);
    const codes = page.getByRole("list", { name: "Your recovery codes" }).getByRole("listitem");
    await expect(codes).toHaveCount(10);
    await context.clearCookies();
    await lookAgain(page);
    await expect(page.locator("#unread p")).toHaveText("You may be signed out by now. Save what is shown only once before you leave this page.");
    await expect(codes).toHaveCount(10);
    await expect(page).toHaveURL("/settings/security");
});

// with: mail {
for (const lost of ["answer", "page"] as const) {
    test(`a switch does what it says although its ${lost} was lost`, async ({ page, passkey }) => {
        await signUp(page);
        await open(page, "/settings/security");
        if (lost === "answer") await loseAnswers(page, "/api/account/mail-sign-in");
        else await loseReading(page, "/settings/security");
        const section = page.getByRole("region", { name: "Sign in by mail" });
        await section.getByRole("button", { name: "Switch it off" }).click();
        await confirm(page);
        if (lost === "answer") await expect(problem(page)).toHaveText("We don't know whether it went through.");
        else await expect(outOfDate(page)).toBeVisible();
        await page.unroute("**/api/account/mail-sign-in");
        await page.unroute("**/settings/security");
        if (lost === "page") await again(page).click();
        await expect(section).toContainText("No mail signs you in.");
        await section.getByRole("button", { name: "Switch it on" }).click();
        await confirm(page);
        await expect(section).toContainText("A code by mail signs you in, and confirms nothing.");
    });
}

// with: mail }
test("what was typed stays while the page is read again", async ({ page, passkey }) => {
    const email = await signUp(page);
    await open(page, "/settings/account");
    await loseReading(page, "/settings/account");
    await changeNumber(page);
    await confirm(page);
    await expect(outOfDate(page)).toBeVisible();
    await page.locator("summary", { hasText: "Delete it" }).click();
    await page.getByLabel(`Type ${email} to confirm`).fill("half");
    await page.getByLabel("New phone number").fill("+4420");
    await page.unroute("**/settings/account");
    await again(page).click();
    await expect(outOfDate(page)).toBeHidden();
    await expect(page.locator("#phone .facts")).toHaveText("Your number is +442079460000.");
    await expect(page.getByLabel(`Type ${email} to confirm`)).toHaveValue("half");
    await expect(page.getByLabel("New phone number")).toHaveValue("+4420");
});

test("a tab whose session has ended leads to the sign-in when it is read again", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/settings/account");
    await context.setOffline(true);
    await page.getByRole("link", { name: "Sessions" }).click();
    await expect(outOfDate(page)).toBeVisible();
    await context.setOffline(false);
    await context.clearCookies();
    // Nobody chooses among the suggestions of the sign-in page.
    await passkey.answers(false);
    await again(page).click();
    await expect(page).toHaveURL(/^[^?]*\/signin\?next=/);
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toHaveCount(0);
    expect(page.url()).not.toContain(HOME);
});
