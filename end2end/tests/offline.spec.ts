import { type Page } from "@playwright/test";
import { confirm, expect, open, signUp, test } from "../support/passkey";

const message = (page: Page) => page.getByText("You seem to be offline. This page may be out of date.");
const again = (page: Page) => page.getByRole("button", { name: "Try again" });
const lose = (page: Page, path: string) => page.route(`**${path}`, (route) => route.abort("internetdisconnected"));

test("balance and history stay when the network goes, and are read again", async ({ page, passkey }) => {
    await signUp(page);
    const balance = page.getByRole("region", { name: "Balance" });
    const history = page.getByRole("region", { name: "History" }).getByRole("listitem");
    await lose(page, "/api/transfers/list");
    await page.getByLabel("Amount in dollars").fill("25");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await confirm(page);
    await expect(page.getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    await expect(message(page)).toHaveCount(1);
    await expect(balance).toContainText("$10,000.00");
    await expect(history).toHaveCount(1);

    // Still lost: nothing goes, and the button is there for the next try.
    const lost = page.waitForEvent("requestfailed");
    await again(page).click();
    await lost;
    await expect(again(page)).toHaveAttribute("aria-disabled", "false");
    await expect(again(page)).toBeFocused();
    await expect(message(page)).toHaveCount(1);
    await expect(balance).toContainText("$10,000.00");
    await expect(history).toHaveCount(1);

    await page.unroute("**/api/transfers/list");
    await again(page).click();
    await expect(balance).toContainText("$9,975.00");
    await expect(history).toHaveCount(2);
    await expect(message(page)).toHaveCount(0);
    await expect(again(page)).toHaveCount(0);
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("an earlier page that cannot be read leaves what is there", async ({ page, passkey }) => {
    await signUp(page);
    await page.route("**/api/transfers/list", async (route) => {
        const { transfers, balance_cents } = await (await route.fetch()).json();
        const many = Array.from({ length: 21 }, (_, at) => ({ ...transfers[0], id: `${transfers[0].id}-${at}` }));
        await route.fulfill({ json: { balance_cents, transfers: many } });
    });
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("link", { name: "Send money" }).click();
    const history = page.getByRole("region", { name: "History" }).getByRole("listitem");
    await expect(history).toHaveCount(20);
    await page.unroute("**/api/transfers/list");
    await lose(page, "/api/transfers/list");
    await page.getByRole("link", { name: "Earlier" }).click();
    await expect(message(page)).toHaveCount(1);
    await expect(history).toHaveCount(20);
});

test("passkeys stay when the network goes", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    const rows = page.getByRole("region", { name: "Your passkeys" }).getByRole("listitem");
    await lose(page, "/api/passkeys/list");
    await page.getByRole("button", { name: "Rename Passkey" }).click();
    await page.getByLabel("Name this passkey").fill("Phone");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(message(page)).toHaveCount(1);
    await expect(rows).toHaveCount(1);
    await page.unroute("**/api/passkeys/list");
    await again(page).click();
    await expect(rows).toContainText("Phone");
    await expect(message(page)).toHaveCount(0);
});

test("every page that cannot be read says so once, and reads when the network is back", async ({ page, context, passkey }) => {
    await signUp(page);
    await expect(page.getByRole("button", { name: "Send", exact: true })).toBeEnabled();
    for (const [link, list] of [
        ["Settings", "Added "],
        ["Security", "You have no codes."],
        ["Sessions", "This session"],
        ["Activity", "Session started with a passkey"],
        ["Send money", "Opening balance"],
    ]) {
        await context.setOffline(true);
        await page.getByRole("link", { name: link, exact: true }).click();
        await expect(message(page)).toHaveCount(1);
        await expect(page.getByText(list)).toHaveCount(0);
        await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
        await context.setOffline(false);
        await again(page).click();
        await expect(page.getByText(list).first()).toBeVisible();
        await expect(message(page)).toHaveCount(0);
    }
});

test("a list that the server cannot read is said in its words", async ({ page, passkey }) => {
    await signUp(page);
    await page.route("**/api/activity/list", (route) => route.fulfill({ status: 503, json: { code: "unavailable" } }));
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("link", { name: "Activity" }).click();
    await expect(page.getByText("We are busy. Try again in a moment.")).toHaveCount(1);
    await page.unroute("**/api/activity/list");
    await again(page).click();
    await expect(page.getByRole("region", { name: "Your activity" }).getByRole("listitem")).not.toHaveCount(0);
});
