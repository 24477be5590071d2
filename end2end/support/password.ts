import { expect, type Page } from "@playwright/test";
import { HOME_HEADING } from "./home";
import { mailedCode } from "./mail"; // with: mail
import { newEmail } from "./passkey";

export const password = "violet tractor hums at noon";

/** The password field of a page's form: the modal and the button that shows it are called alike. */
export const passwordField = (page: Page) => page.getByRole("main").getByLabel("Password", { exact: true });

export async function signUpByPassword(page: Page, email = newEmail()): Promise<string> {
    await page.goto("/signup/password");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Your name").fill("Ann Example");
    await passwordField(page).fill(password);
    await page.getByRole("button", { name: "Continue" }).click();
    // with: mail {
    await expect(page.getByRole("heading", { name: "Confirm your address" })).toBeVisible();
    await page.getByLabel("Code").fill(await mailedCode(page, email));
    await page.getByRole("button", { name: "Create account" }).click();
    // with: mail }
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
    return email;
}

export async function signInByPassword(page: Page, email: string, secret = password) {
    await page.goto("/signin");
    await page.getByLabel("E-mail").fill(email);
    await passwordField(page).fill(secret);
    await page.getByRole("button", { name: "Sign in with password" }).click();
}
