import { randomUUID } from "node:crypto";
import { HOME_HEADING } from "../support/home";
import { newestMail } from "../support/mail"; // with: mail
import { aloud, expectAccessible, problem } from "../support/page";
import { confirm, expect, open, signUp, test } from "../support/passkey";
import { makeOwner, signInAgain, somebody } from "../support/people";
import type { Page } from "@playwright/test";

const newName = () => `Bob ${randomUUID().slice(0, 8)}`;
const list = (page: Page) => page.getByRole("region", { name: "People", exact: true });
const row = (page: Page, name: string) => list(page).getByRole("listitem").filter({ hasText: name });

async function find(page: Page, name: string) {
    await open(page, "/people");
    await page.getByLabel("Name or e-mail").fill(name);
    await page.getByRole("button", { name: "Search" }).click();
    await expect(row(page, name)).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
}

const manage = (page: Page, name: string) => row(page, name).getByText("Manage", { exact: true }).click();

test("an owner finds somebody, makes them an admin, and keeps a receipt", async ({ page, passkey, browser }) => {
    const email = await signUp(page);
    await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "People" })).toHaveCount(0);
    makeOwner(email);
    const name = newName();
    const bob = await somebody(browser, name);
    await open(page, "/settings/passkeys");
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "People" }).click();
    await expect(page.getByRole("heading", { name: "People", exact: true })).toBeVisible();
    await find(page, name.toUpperCase());
    await expect(list(page).getByRole("listitem")).toHaveCount(1);
    await expect(row(page, name)).toContainText(bob.email);
    await expect(row(page, name)).toContainText("1 passkey · Last seen");
    await manage(page, name);
    await expectAccessible(page);
    await row(page, name).getByLabel("Role", { exact: true }).selectOption("Admin");
    await page.getByRole("button", { name: `Change the role of ${name}` }).click();
    const modal = page.getByRole("dialog");
    await expect(modal).toContainText(`Make ${bob.email} an admin`);
    await expect(modal).toContainText("member → admin");
    await confirm(page);
    await expect(list(page)).toContainText(`Role changed: ${bob.email}, from member to admin`);
    await expect(row(page, name)).toContainText("Admin");
    expect(await newestMail(page, bob.email)).toContain(`Your role was changed from member to admin by ${email}`); // with: mail
    // The new admin sees people, and cannot change the role of one.
    await open(bob.page, `/people?search=${email}`);
    await expect(row(bob.page, email)).toContainText("Owner");
    await expect(row(bob.page, email).getByText("Manage", { exact: true })).toHaveCount(0);

    const done = page.getByRole("region", { name: "What was done" });
    await done.getByRole("link", { name: `Receipt: Make ${bob.email} an admin` }).click();
    await expect(page.getByText("The signature is good: checked here, just now.")).toBeVisible();
    await expect(page.getByRole("article")).toContainText(`A passkey of ${email}`);
    await expectAccessible(page);
});

test("a suspended person is signed out and stays out until the suspension is lifted", async ({ page, passkey, browser }) => {
    makeOwner(await signUp(page));
    const name = newName();
    const bob = await somebody(browser, name);
    await find(page, name);
    await manage(page, name);
    await page.getByRole("button", { name: `Suspend ${name}` }).click();
    await expect(page.getByRole("dialog")).toContainText(`Suspend ${bob.email}`);
    await confirm(page);
    await expect(row(page, name)).toContainText("Suspended");
    await bob.passkey.answers(false);
    await bob.page.goto("/settings/passkeys");
    await expect(bob.page).toHaveURL(/signin/);
    await signInAgain(bob);
    await expect(problem(bob.page)).toHaveText("We couldn't sign you in. Try again, or use another way to sign in.");
    await bob.page.goto("about:blank");
    await page.getByRole("button", { name: `Lift the suspension of ${name}` }).click();
    await confirm(page);
    await expect(row(page, name)).not.toContainText("Suspended");
    await signInAgain(bob);
    await expect(bob.page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
});

test("an owner who resigns is signed out", async ({ page, passkey, browser }) => {
    const email = await signUp(page);
    makeOwner(email);
    makeOwner((await somebody(browser, newName())).email);
    await open(page, `/people?search=${email}`);
    await manage(page, email);
    await row(page, email).getByLabel("Role", { exact: true }).selectOption("Member");
    await row(page, email).getByRole("button", { name: "Change the role" }).click();
    await expect(page.getByRole("dialog")).toContainText("owner → member");
    // The suggestions of that page may sign in again at once.
    const left = page.waitForURL(/\/signin$/, { waitUntil: "commit" });
    await confirm(page);
    await left;
});

test("a role that was chosen stays when the page is renewed, and one that was not is as it is by now", async ({
    page,
    passkey,
    browser,
}) => {
    makeOwner(await signUp(page));
    const name = newName();
    const bob = await somebody(browser, name);
    await find(page, name);
    await manage(page, name);
    const role = row(page, name).getByLabel("Role", { exact: true });
    await expect(role).toHaveValue("member");
    makeOwner(bob.email);
    const decline = page.getByRole("region", { name: "Suggestion" }).getByRole("button", { name: "Not now" });
    await decline.click();
    await expect(row(page, name)).toContainText("Owner");
    await expect(role).toHaveValue("owner");

    await role.selectOption("Admin");
    await page.getByRole("button", { name: `Sign ${name} out everywhere` }).click();
    await confirm(page);
    await expect(aloud(page)).toContainText(bob.email);
    await expect(role).toHaveValue("admin");
});

test.describe("without scripts", () => {
    test("people are searched and read", async ({ page, passkey, browser }) => {
        makeOwner(await signUp(page));
        const name = newName();
        await somebody(browser, name);
        const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await page.context().storageState() });
        const reader = await plain.newPage();
        await reader.goto(`${new URL(page.url()).origin}/people`);
        await reader.getByLabel("Name or e-mail").fill(name);
        await reader.getByRole("button", { name: "Search" }).click();
        await expect(list(reader).getByRole("listitem")).toHaveCount(1);
        await manage(reader, name);
        await expect(reader.getByRole("button", { name: `Suspend ${name}` })).toBeDisabled();
    });
});

test("people fit a narrow page", async ({ page, passkey, browser }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    makeOwner(await signUp(page));
    const name = newName();
    await somebody(browser, name);
    await find(page, name);
    await manage(page, name);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
});
