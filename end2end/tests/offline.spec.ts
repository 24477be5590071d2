import { again, lose, outOfDate } from "../support/page";
import { confirm, expect, open, signUp, test } from "../support/passkey";

test("the number of codes stays when the network goes, and is read again", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/security");
    const section = page.getByRole("region", { name: "Recovery codes" });
    await lose(page, "/api/recovery/status");
    await section.getByRole("button", { name: "Make new codes" }).click();
    await confirm(page);
    await expect(section.getByRole("list", { name: "Your recovery codes" })).toBeVisible();
    await expect(outOfDate(page)).toHaveCount(1);
    await expect(section).toContainText("You have no codes.");

    // Still lost: nothing goes, and the button is there for the next try.
    const lost = page.waitForEvent("requestfailed");
    await again(page).click();
    await lost;
    await expect(again(page)).toHaveAttribute("aria-disabled", "false");
    await expect(again(page)).toBeFocused();
    await expect(outOfDate(page)).toHaveCount(1);
    await expect(section).toContainText("You have no codes.");

    await page.unroute("**/api/recovery/status");
    await again(page).click();
    await expect(section).toContainText("You have 10 codes left.");
    await expect(outOfDate(page)).toHaveCount(0);
    await expect(again(page)).toHaveCount(0);
    await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
});

test("an earlier page that cannot be read leaves what is there", async ({ page, passkey }) => {
    await signUp(page);
    await page.route("**/api/activity/list", async (route) => {
        const { events } = await (await route.fetch()).json();
        const many = Array.from({ length: 21 }, (_, at) => ({ ...events[0], id: `${events[0].id}-${at}` }));
        await route.fulfill({ json: { events: many } });
    });
    await open(page, "/settings/passkeys");
    await page.getByRole("link", { name: "Activity" }).click();
    const rows = page.getByRole("region", { name: "Your activity" }).getByRole("listitem");
    await expect(rows).toHaveCount(20);
    await page.unroute("**/api/activity/list");
    await lose(page, "/api/activity/list");
    await page.getByRole("link", { name: "Earlier" }).click();
    await expect(outOfDate(page)).toHaveCount(1);
    await expect(rows).toHaveCount(20);
});

test("passkeys stay when the network goes", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/settings/passkeys");
    const rows = page.getByRole("region", { name: "Your passkeys" }).getByRole("listitem");
    await lose(page, "/api/passkeys/list");
    await page.getByRole("button", { name: "Rename Passkey" }).click();
    await page.getByLabel("Name this passkey").fill("Phone");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(outOfDate(page)).toHaveCount(1);
    await expect(rows).toHaveCount(1);
    await page.unroute("**/api/passkeys/list");
    await again(page).click();
    await expect(rows).toContainText("Phone");
    await expect(outOfDate(page)).toHaveCount(0);
});

test("every page that cannot be read says so once, and reads when the network is back", async ({ page, context, passkey }) => {
    await signUp(page);
    await open(page, "/settings/activity");
    for (const [link, list] of [
        ["Settings", "Added "],
        ["Security", "You have no codes."],
        ["Sessions", "This session"],
        ["Activity", "Session started with a passkey"],
        ["Send money", "Opening balance"], // with: transfer
    ]) {
        await context.setOffline(true);
        await page.getByRole("link", { name: link, exact: true }).click();
        await expect(outOfDate(page)).toHaveCount(1);
        await expect(page.getByText(list)).toHaveCount(0);
        await expect(page.getByRole("alert").filter({ hasText: /./ })).toHaveCount(0);
        await context.setOffline(false);
        await again(page).click();
        await expect(page.getByText(list).first()).toBeVisible();
        await expect(outOfDate(page)).toHaveCount(0);
    }
});

test("a list that the server cannot read is said in its words", async ({ page, passkey }) => {
    await signUp(page);
    await page.route("**/api/activity/list", (route) => route.fulfill({ status: 503, json: { code: "unavailable" } }));
    await open(page, "/settings/passkeys");
    await page.getByRole("link", { name: "Activity" }).click();
    await expect(page.getByText("We are busy. Try again in a moment.")).toHaveCount(1);
    await page.unroute("**/api/activity/list");
    await again(page).click();
    await expect(page.getByRole("region", { name: "Your activity" }).getByRole("listitem")).not.toHaveCount(0);
});
