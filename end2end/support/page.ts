import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";

export async function expectAccessible(page: Page) {
    // What fades in has its colours in the end.
    await page.evaluate(async () => {
        const ending = document.getAnimations().filter((it) => it.effect?.getComputedTiming().endTime !== Infinity);
        await Promise.allSettled(ending.map((it) => it.finished));
    });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) }))).toEqual([]);
}

/** Why something did not work, as the page says it. */
export const problem = (page: Page | Locator) => page.getByRole("alert").filter({ hasText: /./ });

/** What a page says of what was done: that it worked, or why it did not. */
const outcomes = (page: Page) => page.locator("main").locator("[role=alert], .success").filter({ hasText: /./ });

export async function expectOnly(page: Page, text: string) {
    await expect(outcomes(page).filter({ hasText: text })).toBeVisible();
    await expect(outcomes(page)).toHaveCount(1);
}

/** Loses the calls to an address before the server hears of them. */
export const lose = (page: Page, path: string) => page.route(`**${path}`, (route) => route.abort("internetdisconnected"));

/** Holds what is asked of an address, by one method, until it is released. */
export async function hold(page: Page, path: string, method: "GET" | "POST") {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route(`**${path}`, async (route) => {
        if (route.request().method() !== method) return route.fallback();
        await held;
        await route.continue();
    });
    return () => release();
}

/** What a page says when the network is lost that it reads from. */
export const outOfDate = (page: Page) => page.getByText("You seem to be offline. This page may be out of date.");

/** Tells a page that it is looked at again: the tests' browser shows every tab at once. */
export const lookAgain = (page: Page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));

/** What was last said aloud of what came of a form. */
export const aloud = (page: Page) => page.locator("#status");

/** The button by which a page reads again. */
export const again = (page: Page) => page.getByRole("button", { name: "Try again" });

/** Keeps a page's scripts from running until it is released. */
export function holdScripts(page: Page) {
    return hold(page, "/*.wasm", "GET");
}
