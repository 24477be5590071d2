import { again, outOfDate, problem } from "../../support/page";
import { confirm, expect, open, signUp, test } from "../../support/passkey";

test("balance and history stay when the network goes, and are read again", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/transfer");
    const balance = page.getByRole("region", { name: "Balance" });
    const history = page.getByRole("region", { name: "History" }).getByRole("listitem");
    await page.route("**/transfer", (route) => route.abort("internetdisconnected"));
    await page.getByLabel("Amount in dollars").fill("25");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await confirm(page);
    await expect(page.getByRole("main").getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    await expect(outOfDate(page)).toBeVisible();
    await expect(problem(page)).toHaveCount(0);
    await expect(balance).toContainText("$10,000.00");
    await expect(history).toHaveCount(1);

    // Still lost: nothing goes, and the button is there for the next try.
    const lost = page.waitForEvent("requestfailed");
    await again(page).click();
    await lost;
    await expect(again(page)).toBeEnabled();
    await expect(again(page)).toBeFocused();
    await expect(outOfDate(page)).toBeVisible();
    await expect(balance).toContainText("$10,000.00");
    await expect(history).toHaveCount(1);

    await page.unroute("**/transfer");
    await again(page).click();
    await expect(balance).toContainText("$9,975.00");
    await expect(history).toHaveCount(2);
    await expect(outOfDate(page)).toBeHidden();
    await expect(again(page)).toBeHidden();
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("a transfer whose page could not be read is not sent again by the same form", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/transfer");
    await page.route("**/transfer", (route) => route.abort("internetdisconnected"));
    await page.getByLabel("Amount in dollars").fill("25");
    const send = page.getByRole("button", { name: "Send", exact: true });
    await send.click();
    await confirm(page);
    await expect(page.getByRole("main").getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    // Impatience costs nothing.
    await send.click();
    await expect(page.getByRole("dialog")).toBeHidden();
    await page.unroute("**/transfer");
    await again(page).click();
    await expect(page.getByRole("region", { name: "Balance" })).toContainText("$9,975.00");
    await expect(page.getByRole("region", { name: "History" }).getByRole("listitem")).toHaveCount(2);
});

test("the form is empty after a transfer, also where the page could not be read, and the next order is another one", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/transfer");
    const amount = page.getByLabel("Amount in dollars");
    const send = page.getByRole("button", { name: "Send", exact: true });
    await page.route("**/transfer", (route) => route.abort("internetdisconnected"));
    await amount.fill("25");
    await send.click();
    await confirm(page);
    await expect(page.getByRole("main").getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    await expect(amount).toHaveValue("");
    await page.unroute("**/transfer");
    await again(page).click();
    await expect(outOfDate(page)).toBeHidden();
    await expect(amount).toHaveValue("");
    await amount.fill("25");
    await send.click();
    await confirm(page);
    await expect(page.getByRole("region", { name: "History" }).getByRole("listitem")).toHaveCount(3);
    await expect(page.getByRole("region", { name: "Balance" })).toContainText("$9,950.00");
});

test("a receipt that cannot be read leaves what is there", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/transfer");
    const history = page.getByRole("region", { name: "History" }).getByRole("listitem");
    await page.getByLabel("Amount in dollars").fill("25");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await confirm(page);
    await expect(history).toHaveCount(2);
    await context.setOffline(true);
    const receipt = page.getByRole("link", { name: /^Receipt of / });
    await receipt.click();
    await expect(outOfDate(page)).toBeVisible();
    await expect(history).toHaveCount(2);
    await context.setOffline(false);
    await again(page).click();
    await expect(outOfDate(page)).toBeHidden();
    await receipt.click();
    await expect(page.getByRole("article", { name: "Receipt" })).toBeVisible();
});
