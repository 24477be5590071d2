import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, type Browser, type Page } from "@playwright/test";
import { Authenticator, newEmail, open, signUp } from "./passkey";

/** Makes the owner of a proven address an owner of the app, by the command of its operators. */
export function makeOwner(email: string) {
    const folder = process.env.LATCHKEY_TEST_FOLDER as string;
    const env = { ...process.env, DATABASE_URL: `sqlite://${join(folder, "latchkey.db")}`, RUST_LOG: "warn" };
    const said = execFileSync("target/debug/latchkey", ["owner", email], { cwd: "..", env, encoding: "utf8" });
    expect(said).toBe(`${email} is an owner.\n`);
}

interface Person {
    page: Page;
    email: string;
    passkey: Authenticator;
}

/** Somebody else, who has signed up in a browser of their own. */
export async function somebody(browser: Browser, name: string): Promise<Person> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const passkey = await Authenticator.on(page);
    const email = await signUp(page, newEmail(), name);
    return { page, email, passkey };
}

/** Signs somebody in with the button. */
export async function signInAgain({ page, passkey }: Person) {
    // The suggestions of the page are not taken.
    await passkey.answers(false);
    await open(page, "/signin");
    await passkey.answers(true);
    await page.getByRole("button", { name: "Sign in with Passkey" }).click();
}
