import { expectAccessible, holdScripts, problem } from "../../support/page";
import { confirm, expect, signUp, test } from "../../support/passkey";
import { signUpByPassword } from "../../support/password";

for (const colorScheme of ["light", "dark"] as const) {
    test.describe(colorScheme, () => {
        test.use({ colorScheme });

        test("the page and the modal of a transfer are accessible", async ({ page, passkey }) => {
            await signUp(page);
            await expectAccessible(page);
            await page.getByLabel("Amount in dollars").fill("nothing");
            await page.getByRole("button", { name: "Send", exact: true }).click();
            await expect(problem(page)).toBeVisible();
            await expectAccessible(page);
            await page.getByLabel("Amount in dollars").fill("1");
            await page.getByRole("button", { name: "Send", exact: true }).click();
            await expect(page.getByText("Send $1.00 to Corner Bakery")).toBeVisible();
            await expectAccessible(page);
            await confirm(page);
            await expect(page.getByRole("main").getByText("Sent $1.00 to Corner Bakery.")).toBeVisible();
            await expectAccessible(page);
            await page.getByRole("link", { name: "Receipt of −$1.00, To Corner Bakery" }).click();
            await expect(page.getByRole("heading", { level: 1, name: "Receipt" })).toBeVisible();
            await expectAccessible(page);
        });
    });
}

test("the page that sends money has its own title and description", async ({ page, passkey }) => {
    await signUp(page);
    await expect(page).toHaveTitle("Send money · Latchkey");
    const description = page.locator("meta[name=description]");
    await expect(description).toHaveAttribute("content", /^Send demo money/);
    await expect(page.getByRole("button", { name: "Send", exact: true })).toBeEnabled();
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(page).toHaveTitle("Passkeys · Latchkey");
    await expect(description).toHaveCount(1);
    await expect(description).toHaveAttribute("content", /^Add, name and remove the passkeys/);
});

test("the payee that was chosen before the scripts arrived counts", async ({ page, passkey }) => {
    await signUp(page);
    const release = await holdScripts(page);
    await page.goto("/transfer", { waitUntil: "commit" });
    await page.getByRole("combobox", { name: "To" }).selectOption("Somebody else, by e-mail");
    release();
    await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
    await expect(page.getByLabel("Their e-mail")).toBeVisible();
    await expect(page.getByRole("combobox", { name: "To" })).toHaveValue("");
});

test("a transfer that was sent before the scripts arrived waits for them, and for its confirmation", async ({
    page,
    passkey,
}) => {
    await signUp(page);
    const release = await holdScripts(page);
    await page.goto("/transfer", { waitUntil: "commit" });
    await page.getByLabel("Amount in dollars").fill("7");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await expect(page.getByRole("button", { name: "Loading…" })).toHaveAttribute("aria-busy", "true");
    release();
    await expect(page.getByText("Send $7.00 to Corner Bakery")).toBeVisible();
    await confirm(page);
    await expect(page.getByRole("main").getByText("Sent $7.00 to Corner Bakery.")).toBeVisible();
});

test.describe("without scripts", () => {
    test.use({ javaScriptEnabled: false });

    test("the balance is there, and the form says what it needs", async ({ page }) => {
        await signUpByPassword(page);
        await expect(page.getByRole("region", { name: "Balance" })).toContainText("$10,000.00");
        await expect(page.getByText("Passkeys need JavaScript.")).toBeVisible();
        await expect(page.getByRole("button", { name: "Send", exact: true })).toBeDisabled();
    });
});
