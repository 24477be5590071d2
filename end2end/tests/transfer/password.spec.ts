import { problem } from "../../support/page";
import { Authenticator, confirm, expect, open, test } from "../../support/passkey";
import { password, signInByPassword, signUpByPassword } from "../../support/password";

test("without a passkey no money is sent, and with one that the password adds it is", async ({ page, passkey }) => {
    await signUpByPassword(page);
    await page.getByLabel("Amount in dollars").fill("5");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    const alert = problem(page);
    await expect(alert).toContainText("Add a passkey before you can confirm this.");
    await alert.getByRole("link", { name: "Add a passkey" }).click();
    await expect(page).toHaveURL("/settings/passkeys");
    await expect(page.getByRole("region", { name: "Your passkeys" }).getByRole("listitem")).toHaveCount(0);
    await page.getByRole("button", { name: "Add Passkey" }).click();
    await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Confirm with password" }).click();
    await page.getByLabel("Name this passkey").fill("Laptop");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("listitem").filter({ hasText: "Laptop" })).toBeVisible();

    // Within an hour of making the account nothing has to wait.
    await page.getByRole("link", { name: "Send money" }).click();
    await page.getByLabel("Amount in dollars").fill("5");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await confirm(page);
    await expect(page.getByRole("main").getByText("Sent $5.00 to Corner Bakery.")).toBeVisible();
});

test("a passkey that a password adds to an older account sends no money yet", async ({ page, browser }) => {
    const email = await signUpByPassword(page);
    // Any session but the one that made the account.
    const context = await browser.newContext();
    const other = await context.newPage();
    await Authenticator.on(other);
    await signInByPassword(other, email);
    await expect(other).toHaveURL("/transfer");
    await open(other, "/settings/passkeys");
    await other.getByRole("button", { name: "Add Passkey" }).click();
    await other.getByRole("dialog").getByLabel("Password", { exact: true }).fill(password);
    await other.getByRole("button", { name: "Confirm with password" }).click();
    await other.getByRole("button", { name: "Save" }).click();
    await expect(other.getByText("New: signs you in, and can confirm from ")).toBeVisible();
    await other.goto("/transfer");
    await other.getByLabel("Amount in dollars").fill("5");
    await other.getByRole("button", { name: "Send", exact: true }).click();
    await expect(problem(other)).toContainText("You can confirm this from ");
    await context.close();
});
