import { expect, type Page } from "@playwright/test";
import { HOME_HEADING } from "./home";
import { newEmail } from "./passkey";

export const password = "violet tractor hums at noon";

export async function signUpByPassword(page: Page, email = newEmail()): Promise<string> {
    await page.goto("/signup/password");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Your name").fill("Ann Example");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Create account with a password" }).click();
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
    return email;
}

export async function signInByPassword(page: Page, email: string, secret = password) {
    await page.goto("/signin");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill(secret);
    await page.getByRole("button", { name: "Sign in with password" }).click();
}
