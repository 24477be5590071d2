import { execFileSync } from "node:child_process";
import { type Page } from "@playwright/test";
import { Authenticator, confirm, expect, newEmail, signUp, test } from "../../support/passkey";

async function fill(page: Page, amount = "25.00") {
    await page.getByLabel("Amount in dollars").fill(amount);
    await page.getByLabel("Note (optional)").fill("Bread");
}

const verifyReceipt = (file: string) => execFileSync("../target/debug/latchkey", ["verify-receipt", file], { encoding: "utf8" });
const send = (page: Page) => page.getByRole("button", { name: "Send", exact: true });
const history = (page: Page) => page.getByRole("region", { name: "History" }).getByRole("listitem");
const problem = (page: Page) => page.getByRole("alert").filter({ hasText: /./ });

test("a confirmed transfer is sent, once, and shown", async ({ page, passkey }) => {
    const ann = await signUp(page);
    await fill(page);
    await send(page).click();
    const modal = page.getByRole("dialog", { name: "Let's make sure it's you" });
    await expect(modal).toContainText("Send $25.00 to Corner Bakery");
    const details = [["Amount", "$25.00"], ["To", "Corner Bakery"], ["From", ann], ["Note", "Bread"]];
    await expect(modal.getByRole("term")).toHaveText(details.map(([label]) => label));
    await expect(modal.getByRole("definition")).toHaveText(details.map(([, value]) => value));
    // What is read aloud when the modal opens is all of it, in this order.
    const read = details.map(([label, value]) => `${label} ${value}`).join(" ");
    await expect(modal).toHaveAccessibleDescription(`Send $25.00 to Corner Bakery ${read}`);
    await expect(page.getByRole("button", { name: "Confirm with passkey" })).toBeFocused();
    await expect(history(page)).toHaveCount(1);
    await confirm(page);
    await expect(modal).toBeHidden();
    await expect(page.getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    await expect(page.getByText("Confirmed.")).toBeAttached();
    await expect(page.getByRole("region", { name: "Balance" })).toContainText("$9,975.00");
    await expect(history(page)).toHaveCount(2);
    await expect(history(page).first()).toContainText("To Corner Bakery");
    await expect(send(page)).toBeFocused();

    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Receipt of −$25.00, To Corner Bakery" }).click();
    const verified = verifyReceipt(await (await saved).path());
    expect(verified).toContain("The signature is good.");
    expect(verified).toContain("Confirmed: Send $25.00 to Corner Bakery");
    expect(verified).toContain(`    From: ${ann}`);

    // The next one needs its own confirmation.
    await fill(page);
    await send(page).click();
    await expect(modal).toBeVisible();
});

test("money reaches another person", async ({ page, passkey, browser }) => {
    const ann = await signUp(page, newEmail(), "Ann");
    const context = await browser.newContext();
    const bob = await context.newPage();
    await Authenticator.on(bob);
    const bobs = await signUp(bob, newEmail(), "Bob");

    await page.getByRole("combobox", { name: "To" }).selectOption("Somebody else, by e-mail");
    await page.getByLabel("Their e-mail").fill(bobs);
    await fill(page, "1,234.56");
    await send(page).click();
    await expect(page.getByRole("dialog")).toContainText(`Send $1,234.56 to ${bobs}`);
    await expect(page.getByRole("definition").nth(1)).toHaveText(`${bobs} (Bob)`);
    await confirm(page);
    await expect(page.getByText(`Sent $1,234.56 to ${bobs}.`)).toBeVisible();

    await bob.reload();
    await expect(bob.getByRole("region", { name: "Balance" })).toContainText("$11,234.56");
    await expect(history(bob).first()).toContainText(`From ${ann}`);
    await context.close();
});

test("a transfer that is not confirmed is not sent", async ({ page, passkey }) => {
    await signUp(page);
    for (const cancel of [
        () => page.keyboard.press("Escape"),
        () => page.getByRole("button", { name: "Cancel" }).click(),
    ]) {
        await fill(page);
        await send(page).click();
        await expect(page.getByRole("dialog")).toBeVisible();
        await cancel();
        await expect(page.getByRole("dialog")).toBeHidden();
        await expect(send(page)).toBeFocused();
        await expect(send(page)).toBeEnabled();
        await expect(problem(page)).toHaveCount(0);
        await expect(history(page)).toHaveCount(1);
    }
    await passkey.verifiesUser(false);
    await send(page).click();
    await confirm(page);
    await expect(page.getByRole("button", { name: "Confirm with passkey" })).toBeEnabled();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expect(problem(page)).toHaveCount(0);
    await expect(history(page)).toHaveCount(1);

    await passkey.verifiesUser(true);
    await confirm(page);
    await expect(page.getByText("Sent $25.00")).toBeVisible();
});

test("the network lost before the confirmation sends nothing", async ({ page, passkey }) => {
    await signUp(page);
    await fill(page);
    await page.route("**/api/transfers/send", (route) => route.abort("internetdisconnected"));
    await send(page).click();
    await expect(problem(page)).toHaveText("You seem to be offline. Nothing was sent.");
    await page.unroute("**/api/transfers/send");
    await send(page).click();
    await confirm(page);
    await expect(page.getByText("Sent $25.00")).toBeVisible();
    await expect(problem(page)).toHaveCount(0);
});

test("earlier transfers are on pages of their own", async ({ page, passkey }) => {
    await signUp(page);
    for (let sent = 1; sent <= 20; sent++) {
        await fill(page, `${sent}`);
        await send(page).click();
        await confirm(page);
        await expect(page.getByText(`Sent $${sent}.00`)).toBeVisible();
    }
    await expect(history(page)).toHaveCount(20);
    await page.getByRole("link", { name: "Earlier" }).click();
    await expect(history(page)).toHaveCount(1);
    await expect(history(page)).toContainText("Opening balance");
    await page.reload();
    await expect(history(page)).toContainText("Opening balance");
    await page.getByRole("link", { name: "Newest" }).click();
    await expect(history(page)).toHaveCount(20);
});

test("after a lost answer the same form sends nothing twice", async ({ page, passkey }) => {
    await signUp(page);
    await fill(page);
    await send(page).click();
    // The transfer is carried out, but its answer never arrives.
    await page.route("**/api/transfers/send", async (route) => {
        await route.fetch();
        await route.abort("connectionreset");
    });
    await confirm(page);
    await expect(problem(page)).toHaveText("We don't know whether it went through.");
    await expect(history(page)).toHaveCount(2);
    await page.unroute("**/api/transfers/send");
    await send(page).click();
    await expect(page.getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    await expect(history(page)).toHaveCount(2);
    await expect(page.getByRole("region", { name: "Balance" })).toContainText("$9,975.00");
});

test("amounts are read as people write them", async ({ page, passkey }) => {
    await signUp(page);
    for (const [amount, shown] of [["10,50", "$10.50"], ["1.234,56", "$1,234.56"], ["1,234", "$1,234.00"]]) {
        await fill(page, amount);
        await send(page).click();
        await expect(page.getByRole("dialog")).toContainText(`Send ${shown} to Corner Bakery`);
        await page.keyboard.press("Escape");
        await expect(page.getByRole("dialog")).toBeHidden();
    }
});

test("what cannot be sent is said before any prompt", async ({ page, passkey }) => {
    const ann = await signUp(page);
    for (const amount of ["ten", "-1", "1.234", "1,23,4"]) {
        await fill(page, amount);
        await send(page).click();
        await expect(problem(page)).toHaveText("Write the amount like 1234.50 or 1,234.50.");
    }
    for (const amount of ["0", "5,000.01"]) {
        await fill(page, amount);
        await send(page).click();
        await expect(problem(page)).toHaveText("Enter an amount from 0.01 to 5,000.00, within 20,000.00 a day.");
    }
    await page.getByRole("combobox", { name: "To" }).selectOption("Somebody else, by e-mail");
    for (const [payee, sentence] of [
        ["nobody@exmaple.org", "We know nobody as “nobody@exmaple.org”. Check the payee."],
        [ann, "You cannot send money to yourself."],
    ]) {
        await page.getByLabel("Their e-mail").fill(payee);
        await fill(page);
        await send(page).click();
        await expect(problem(page)).toHaveText(sentence);
    }
    await expect(page.getByRole("dialog")).toBeHidden();
});

test("two tabs confirm their own transfers", async ({ page, context, passkey }) => {
    await signUp(page);
    const other = await context.newPage();
    await Authenticator.on(other, await passkey.credentials());
    await other.goto("/transfer");
    await fill(page, "10.00");
    await send(page).click();
    await expect(page.getByRole("dialog")).toContainText("Send $10.00");
    await fill(other, "20.00");
    await send(other).click();
    await expect(other.getByRole("dialog")).toContainText("Send $20.00");
    await confirm(page);
    await expect(page.getByText("Sent $10.00")).toBeVisible();
    await confirm(other);
    await expect(other.getByText("Sent $20.00")).toBeVisible();
    await expect(other.getByRole("region", { name: "Balance" })).toContainText("$9,970.00");
});
