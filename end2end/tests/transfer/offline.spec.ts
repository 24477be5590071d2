import { again, lose, outOfDate } from "../../support/page";
import { confirm, expect, signUp, test } from "../../support/passkey";

test("balance and history stay when the network goes, and are read again", async ({ page, passkey }) => {
    await signUp(page);
    const balance = page.getByRole("region", { name: "Balance" });
    const history = page.getByRole("region", { name: "History" }).getByRole("listitem");
    await lose(page, "/api/transfers/list");
    await page.getByLabel("Amount in dollars").fill("25");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await confirm(page);
    await expect(page.getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    await expect(outOfDate(page)).toHaveCount(1);
    await expect(balance).toContainText("$10,000.00");
    await expect(history).toHaveCount(1);

    // Still lost: nothing goes, and the button is there for the next try.
    const lost = page.waitForEvent("requestfailed");
    await again(page).click();
    await lost;
    await expect(again(page)).toHaveAttribute("aria-disabled", "false");
    await expect(again(page)).toBeFocused();
    await expect(outOfDate(page)).toHaveCount(1);
    await expect(balance).toContainText("$10,000.00");
    await expect(history).toHaveCount(1);

    await page.unroute("**/api/transfers/list");
    await again(page).click();
    await expect(balance).toContainText("$9,975.00");
    await expect(history).toHaveCount(2);
    await expect(outOfDate(page)).toHaveCount(0);
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
    await expect(outOfDate(page)).toHaveCount(1);
    await expect(history).toHaveCount(20);
});
