import { execFileSync } from "node:child_process";
import { type Locator, type Page } from "@playwright/test";
import { outOfDate, problem } from "../../support/page";
import { Authenticator, confirm, expect, loseAnswers, newEmail, open, readOn, signUp, test } from "../../support/passkey";

async function fill(page: Page, amount = "25.00") {
    await page.getByLabel("Amount in dollars").fill(amount);
    await page.getByLabel("Note (optional)").fill("Bread");
}

const verifyReceipt = (file: string) => execFileSync("../target/debug/latchkey", ["verify-receipt", file], { encoding: "utf8" });
const send = (page: Page) => page.getByRole("button", { name: "Send", exact: true });
const history = (page: Page) => page.getByRole("region", { name: "History" }).getByRole("listitem");
const payee = (page: Page) => page.getByRole("combobox", { name: "To" });
const balance = (page: Page) => page.getByRole("region", { name: "Balance" });
const sent = (page: Page, text: string) => page.locator("#form .success").getByText(text);

/** What the browser sends as the key of each transfer. */
function watchKeys(page: Page) {
    const keys: string[] = [];
    page.on("request", (request) => {
        if (request.url().endsWith("/api/transfers/send")) keys.push(request.postDataJSON().idempotency_key);
    });
    return keys;
}

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
    await expect(modal.locator(".large").getByRole("definition")).toHaveText("$25.00");
    await expect(modal.getByRole("heading")).toBeFocused();
    await expect(history(page)).toHaveCount(1);
    await confirm(page);
    await expect(modal).toBeHidden();
    await expect(page.getByRole("main").getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    await expect(balance(page)).toContainText("$9,975.00");
    await expect(history(page)).toHaveCount(2);
    await expect(history(page).first()).toContainText("To Corner Bakery");
    await expect(send(page)).toBeFocused();
    await expect(page.getByLabel("Amount in dollars")).toHaveValue("");
    await expect(page.getByLabel("Note (optional)")).toHaveValue("");

    // The next one needs its own confirmation.
    await fill(page);
    await send(page).click();
    await expect(modal).toBeVisible();
});

test("the receipt of a transfer says who signed what, and can be saved and checked", async ({ page, passkey }) => {
    const ann = await signUp(page);
    await fill(page);
    await send(page).click();
    await confirm(page);
    await page.getByRole("link", { name: "Receipt of −$25.00, To Corner Bakery" }).click();
    await expect(page).toHaveURL(/\/transfer\/receipt\/[\w-]+$/);
    await expect(page).toHaveTitle("Receipt · Latchkey");
    const receipt = page.getByRole("article", { name: "Receipt" });
    await expect(receipt).toContainText("Send $25.00 to Corner Bakery");
    for (const [label, value] of [
        ["Amount", "$25.00"],
        ["To", "Corner Bakery"],
        ["From", ann],
        ["Note", "Bread"],
        ["Signed by", "Your passkey “Chrome on Linux”"],
    ]) {
        const row = receipt.locator("dl > div").filter({ has: page.getByText(label, { exact: true }) });
        await expect(row.getByRole("definition")).toHaveText(value);
    }
    const when = receipt.locator("dl > div").filter({ has: page.getByText("When", { exact: true }) }).locator("time");
    await expect(when).toHaveText(/^\w+ \d+, \d{4} at \d+:\d\d [AP]M$/);
    const signedAt = Date.parse((await when.getAttribute("datetime")) ?? "");
    expect(Math.abs(Date.now() - signedAt)).toBeLessThan(60_000);
    await expect(receipt).toContainText("The signature is good");
    await expect(receipt.getByRole("button", { name: "Print" })).toBeEnabled();

    const saved = page.waitForEvent("download");
    await receipt.getByRole("link", { name: "Download as JSON" }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toMatch(/^receipt-[\w-]+\.json$/);
    const verified = verifyReceipt(await file.path());
    expect(verified).toContain("The signature is good.");
    expect(verified).toContain("Confirmed: Send $25.00 to Corner Bakery");
    expect(verified).toContain(`    From: ${ann}`);

    await receipt.getByRole("link", { name: "Back" }).click();
    await expect(history(page)).toHaveCount(2);
});

test("a receipt is for the two parties of its transfer", async ({ page, passkey, browser }) => {
    const context = await browser.newContext();
    const bob = await context.newPage();
    await Authenticator.on(bob);
    const bobs = await signUp(bob, newEmail(), "Bob");
    await signUp(page);
    await payee(page).selectOption("Somebody else, by e-mail");
    await page.getByLabel("Their e-mail").fill(bobs);
    await fill(page);
    await send(page).click();
    await confirm(page);
    await page.getByRole("link", { name: `Receipt of −$25.00, To ${bobs}` }).click();
    await expect(page.getByRole("article", { name: "Receipt" })).toContainText("The signature is good");
    const address = page.url();

    await bob.reload();
    await bob.getByRole("link", { name: /^Receipt of \+\$25\.00, From / }).click();
    await expect(bob.getByRole("article", { name: "Receipt" })).toContainText("The signature is good");
    await expect(bob.getByRole("article", { name: "Receipt" })).toContainText("A passkey of the payer");
    expect(bob.url()).toBe(address);
    const saved = bob.waitForEvent("download");
    await bob.getByRole("link", { name: "Download as JSON" }).click();
    expect(verifyReceipt(await (await saved).path())).toContain(`Confirmed: Send $25.00 to ${bobs}`);

    const anybody = await browser.newContext();
    const carol = await anybody.newPage();
    await Authenticator.on(carol);
    await signUp(carol, newEmail(), "Carol");
    const refused = await carol.goto(address);
    expect(refused?.status()).toBe(404);
    await expect(carol.getByRole("heading", { name: "There is no such page" })).toBeVisible();
    await expect(carol.getByText("The signature is good")).toHaveCount(0);
    await Promise.all([context.close(), anybody.close()]);
});

test("the e-mail address is asked for only where the payee is in no list", async ({ page, passkey }) => {
    await signUp(page);
    await expect(page.getByLabel("Their e-mail")).toBeHidden();
    await expect(payee(page).locator("optgroup")).toHaveCount(2);
    for (const group of ["Businesses", "People"]) {
        await expect(payee(page).locator(`optgroup[label="${group}"]`)).toHaveCount(1);
    }
    await payee(page).selectOption("Somebody else, by e-mail");
    await expect(page.getByLabel("Their e-mail")).toBeVisible();
    await payee(page).selectOption("Corner Bakery");
    await expect(page.getByLabel("Their e-mail")).toBeHidden();
});

test("money reaches another person", async ({ page, passkey, browser }) => {
    const ann = await signUp(page, newEmail(), "Ann");
    const context = await browser.newContext();
    const bob = await context.newPage();
    await Authenticator.on(bob);
    const bobs = await signUp(bob, newEmail(), "Bob");

    await payee(page).selectOption("Somebody else, by e-mail");
    await page.getByLabel("Their e-mail").fill(bobs);
    await fill(page, "1,234.56");
    await send(page).click();
    await expect(page.getByRole("dialog")).toContainText(`Send $1,234.56 to ${bobs}`);
    await expect(page.getByRole("definition").nth(1)).toHaveText(`${bobs} (Bob)`);
    await confirm(page);
    await expect(page.getByRole("main").getByText(`Sent $1,234.56 to ${bobs}.`)).toBeVisible();

    await bob.reload();
    await expect(balance(bob)).toContainText("$11,234.56");
    await expect(history(bob).first()).toContainText(`From ${ann}`);

    // Who was paid is in the list for the next time.
    const recent = payee(page).locator('optgroup[label="Recent"] option');
    await expect(recent).toHaveText([bobs]);
    await payee(page).selectOption(bobs);
    await expect(page.getByLabel("Their e-mail")).toBeHidden();
    await fill(page, "1");
    await send(page).click();
    await confirm(page);
    await expect(sent(page, `Sent $1.00 to ${bobs}.`)).toBeVisible();
    await expect(recent).toHaveText([bobs]);
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
    await expect(page.getByRole("main").getByText("Sent $25.00")).toBeVisible();
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
    await expect(page.getByRole("main").getByText("Sent $25.00")).toBeVisible();
    await expect(problem(page)).toHaveCount(0);
});

test("earlier transfers are on pages of their own", async ({ page, context, passkey }) => {
    test.slow();
    await signUp(page);
    for (let sent = 1; sent <= 20; sent++) {
        await fill(page, `${sent}`);
        await send(page).click();
        await confirm(page);
        await expect(page.getByRole("main").getByText(`Sent $${sent}.00`)).toBeVisible();
    }
    await expect(history(page)).toHaveCount(20);

    // What cannot be read leaves what is there.
    await context.setOffline(true);
    await page.getByRole("link", { name: "Earlier" }).click();
    await expect(outOfDate(page)).toBeVisible();
    await expect(history(page)).toHaveCount(20);
    await context.setOffline(false);

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
    const keys = watchKeys(page);
    await fill(page);
    await send(page).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    // The transfer is carried out, but its answer never arrives.
    await page.route("**/api/transfers/send", async (route) => {
        await route.fetch();
        await route.abort("connectionreset");
    });
    await confirm(page);
    await expect(problem(page)).toHaveText("We don't know whether it went through.");
    await expect(history(page)).toHaveCount(2);
    await expect(page.getByLabel("Amount in dollars")).toHaveValue("25.00");
    await expect(page.getByLabel("Note (optional)")).toHaveValue("Bread");
    await expect(send(page)).toBeFocused();
    await page.unroute("**/api/transfers/send");
    await send(page).click();
    await expect(page.getByRole("main").getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    await expect(problem(page)).toHaveCount(0);
    await expect(history(page)).toHaveCount(2);
    await expect(balance(page)).toContainText("$9,975.00");
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);

    // The next order is another one, even with the same content.
    await fill(page);
    await send(page).click();
    await confirm(page);
    await expect(history(page)).toHaveCount(3);
    await expect(balance(page)).toContainText("$9,950.00");
    expect(new Set(keys).size).toBe(2);
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

/** The amount says what is wrong with it, and has the focus. */
async function expectInvalid(page: Page, sentence: string) {
    const amount = page.getByLabel("Amount in dollars");
    await expect(amount).toHaveAttribute("aria-invalid", "true");
    await expect(amount).toHaveAccessibleDescription(sentence);
    await expect(amount).toBeFocused();
}

test("what cannot be sent is said before any prompt", async ({ page, passkey }) => {
    const ann = await signUp(page);
    for (const amount of ["ten", "-1", "1.234", "1,23,4"]) {
        await fill(page, amount);
        await send(page).click();
        await expect(problem(page)).toHaveText("Write the amount like 1234.50 or 1,234.50.");
        await expectInvalid(page, "Write the amount like 1234.50 or 1,234.50.");
    }
    for (const amount of ["0", "5,000.01"]) {
        await fill(page, amount);
        await send(page).click();
        await expect(problem(page)).toHaveText("Enter an amount from 0.01 to 5,000.00, within 20,000.00 a day.");
        await expectInvalid(page, "Enter an amount from 0.01 to 5,000.00, within 20,000.00 a day.");
    }
    await payee(page).selectOption("Somebody else, by e-mail");
    for (const [address, sentence] of [
        ["nobody@exmaple.org", "We know nobody by that name. Check the payee."],
        [ann, "You cannot send money to yourself."],
    ]) {
        await page.getByLabel("Their e-mail").fill(address);
        await fill(page);
        await send(page).click();
        await expect(problem(page)).toHaveText(sentence);
        const email = page.getByLabel("Their e-mail");
        await expect(email).toHaveAttribute("aria-invalid", "true");
        await expect(email).toHaveAccessibleDescription(sentence);
        await expect(email).toBeFocused();
        await expect(email).toHaveValue(address);
        await expect(payee(page)).not.toHaveAttribute("aria-invalid");
    }
    await expect(page.getByRole("dialog")).toBeHidden();
});

test("two tabs confirm their own transfers", async ({ page, context, passkey }) => {
    await signUp(page);
    const other = await context.newPage();
    await Authenticator.on(other, await passkey.credentials());
    await open(other, "/transfer");
    await fill(page, "10.00");
    await send(page).click();
    await expect(page.getByRole("dialog")).toContainText("Send $10.00");
    await fill(other, "20.00");
    await send(other).click();
    await expect(other.getByRole("dialog")).toContainText("Send $20.00");
    await confirm(page);
    await expect(page.getByRole("main").getByText("Sent $10.00")).toBeVisible();
    await confirm(other);
    await expect(other.getByRole("main").getByText("Sent $20.00")).toBeVisible();
    await expect(balance(other)).toContainText("$9,970.00");
});

test("the history is grouped by day, and each row says its hour", async ({ page, passkey }) => {
    await signUp(page);
    await fill(page);
    await send(page).click();
    await confirm(page);
    await expect(history(page)).toHaveCount(2);
    const days = page.getByRole("region", { name: "History" }).getByRole("heading", { level: 3 });
    await expect(days).toHaveText([/^\w+ \d+, \d{4}$/]);
    for (const row of await history(page).all()) await expect(row).toContainText(/\d+:\d\d [AP]M/);
    await expect(history(page).first()).toContainText("Bread");
});

/** For the box of a part of the page, or for each line of its text: is it in view as a whole, not cut by what scrolls around it? */
const inView = (part: Locator, what: "box" | "lines") =>
    part.evaluate((element, what) => {
        const text = document.createRange();
        text.selectNodeContents(element);
        let [minX, maxX, minY, maxY] = [0, innerWidth, 0, innerHeight];
        for (let around = element.parentElement; around; around = around.parentElement) {
            if (getComputedStyle(around).overflowY === "visible") continue;
            const box = around.getBoundingClientRect();
            [minX, maxX] = [Math.max(minX, box.left), Math.min(maxX, box.right)];
            [minY, maxY] = [Math.max(minY, box.top), Math.min(maxY, box.bottom)];
            if (around.tagName === "DIALOG") break;
        }
        const aPixel = 1;
        const boxes = what === "box" ? [element.getBoundingClientRect()] : [...text.getClientRects()];
        return boxes.map(
            ({ left, right, top, bottom }) =>
                bottom > top && left >= minX - aPixel && right <= maxX + aPixel && top >= minY - aPixel && bottom <= maxY + aPixel,
        );
    }, what);
const isInView = async (part: Locator) => (await inView(part, "box"))[0];

for (const [width, height, where] of [
    [320, 568, "on a small phone"],
    [844, 390, "on a phone held sideways"],
    [320, 180, "at a zoom of 400 %"],
] as const) {
    test(`all that is signed is read before it can be confirmed, ${where}`, async ({ page, passkey }) => {
        const ann = await signUp(page);
        await page.setViewportSize({ width, height });
        const note = "A note of many words, ".repeat(7).slice(0, 139) + "!";
        await page.getByLabel("Amount in dollars").fill("25");
        await page.getByLabel("Note (optional)").fill(note);
        await send(page).click();
        const modal = page.getByRole("dialog", { name: "Let's make sure it's you" });
        await expect(modal).toBeVisible();
        const [more, confirming] = ["Read on", "Confirm with passkey"].map((name) => modal.getByRole("button", { name }));
        const values = modal.getByRole("definition");
        await expect(values).toHaveText(["$25.00", "Corner Bakery", ann, note]);
        const parts = [modal.locator("#step-up-summary"), ...(await values.all())];

        // A line counts as shown once all of it was in view.
        const shown: boolean[][] = parts.map(() => []);
        const look = async () => {
            for (const [at, part] of parts.entries()) {
                for (const [line, isShown] of (await inView(part, "lines")).entries()) shown[at][line] ||= isShown;
            }
        };
        await look();
        for (let press = 0; press < 20 && (await more.isVisible()); press++) {
            await expect(confirming).toBeHidden();
            expect(await isInView(more)).toBe(true);
            expect(await isInView(modal.getByRole("button", { name: "Cancel" }))).toBe(true);
            await more.click();
            await page.waitForTimeout(100);
            await look();
        }
        await expect(more).toBeHidden();
        await expect(confirming).toBeVisible();
        expect(await isInView(confirming)).toBe(true);
        expect(await isInView(modal.getByRole("button", { name: "Cancel" }))).toBe(true);
        const text = modal.locator("#step-up-text");
        expect(await text.evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight)).toBeLessThanOrEqual(4);
        expect(shown[4].length).toBeGreaterThan(1);
        expect(shown).toEqual(shown.map((lines) => lines.map(() => true)));
        await confirm(page);
        await expect(page.getByRole("main").getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
        await expect(history(page)).toHaveCount(2);
    });
}

test("the keyboard reads on to the end as well", async ({ page, passkey }) => {
    await signUp(page);
    await page.setViewportSize({ width: 320, height: 320 });
    await page.getByLabel("Amount in dollars").fill("25");
    await page.getByLabel("Note (optional)").fill("A note of many words, ".repeat(7).slice(0, 140));
    await send(page).click();
    const modal = page.getByRole("dialog", { name: "Let's make sure it's you" });
    const more = modal.getByRole("button", { name: "Read on" });
    await expect(more).toBeVisible();
    await more.focus();
    for (let press = 0; press < 20 && (await more.isVisible()); press++) {
        await page.keyboard.press("Enter");
        await page.waitForTimeout(100);
    }
    const confirming = modal.getByRole("button", { name: "Confirm with passkey" });
    await expect(confirming).toBeVisible();
    // The focus does not fall out of the modal with the button that went, nor on what signs without being meant.
    expect(await modal.evaluate((it) => it.contains(document.activeElement))).toBe(true);
    await expect(page.getByRole("main").getByText("Sent $25.00")).toHaveCount(0);
    await confirming.focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("main").getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
});

test("a window that grows over the modal shows all that is signed, which can then be confirmed", async ({ page, passkey }) => {
    await signUp(page);
    await page.setViewportSize({ width: 320, height: 180 });
    await fill(page);
    await send(page).click();
    const modal = page.getByRole("dialog", { name: "Let's make sure it's you" });
    const more = modal.getByRole("button", { name: "Read on" });
    await expect(more).toBeVisible();
    // As when the zoom is taken back: nothing is left to scroll.
    await page.setViewportSize({ width: 1280, height: 720 });
    const text = modal.locator("#step-up-text");
    await expect.poll(() => text.evaluate((it) => it.scrollHeight - it.clientHeight)).toBeLessThanOrEqual(4);
    for (let press = 0; press < 5 && (await more.isVisible()); press++) {
        await more.click();
        await page.waitForTimeout(100);
    }
    await expect(more).toBeHidden();
    await confirm(page);
    await expect(page.getByRole("main").getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
});

test.describe("west of Greenwich", () => {
    test.use({ timezoneId: "America/Los_Angeles" });

    test("each row of the history is under the reader's day, not the server's", async ({ page, passkey }) => {
        await signUp(page);
        await fill(page);
        await send(page).click();
        await confirm(page);
        await expect(history(page)).toHaveCount(2);
        // The page as the server writes it for two times of one day in UTC, which are of two days here.
        const [newer, older] = ["2026-11-21T12:00:00Z", "2026-11-21T05:00:00Z"];
        await page.route("**/transfer", async (route) => {
            const response = await route.fetch();
            const times = [newer, newer, older];
            const body = (await response.text()).replace(/<time datetime="[^"]*"/g, () => `<time datetime="${times.shift()}"`);
            expect(times).toEqual([]);
            await route.fulfill({ response, body });
        });
        await open(page, "/transfer");
        await expect(history(page)).toHaveCount(2);
        await expect(history(page).first()).toContainText(/4:00\sAM/);
        await expect(history(page).last()).toContainText(/9:00\sPM/);
        const days = page.getByRole("region", { name: "History" }).getByRole("heading", { level: 3 });
        await expect(days).toHaveText(["November 21, 2026", "November 20, 2026"]);
    });
});

test("an e-mail address that is asked for and missing is not sent, and one that is not asked for holds up nothing", async ({
    page,
    passkey,
}) => {
    await signUp(page);
    const keys = watchKeys(page);
    await fill(page);
    await payee(page).selectOption("Somebody else, by e-mail");
    await send(page).click();
    await page.waitForTimeout(300);
    expect(keys).toEqual([]);
    await expect(page.getByLabel("Their e-mail")).toBeFocused();
    await payee(page).selectOption("Corner Bakery");
    await send(page).click();
    await expect(page.getByRole("dialog")).toContainText("Send $25.00 to Corner Bakery");
});

test("a form whose answer was lost pays once, also if another form is sent meanwhile", async ({ page, passkey }) => {
    await signUp(page);
    await open(page, "/transfer");
    await loseAnswers(page, "/api/transfers/send");
    await fill(page);
    await send(page).click();
    await confirm(page);
    await expect(problem(page)).toHaveText("We don't know whether it went through.");
    await page.getByRole("region", { name: "Suggestion" }).getByRole("button", { name: "Not now" }).click();
    await expect(page.getByRole("region", { name: "Suggestion" })).toHaveCount(0);
    await page.unroute("**/api/transfers/send");
    await send(page).click();
    await expect(page.getByRole("main").getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    await expect(history(page)).toHaveCount(2);
    await expect(balance(page)).toContainText("$9,975.00");
});

for (const height of [256, 180]) {
    test(`a transfer without a note can be read and confirmed in a window of 320 by ${height}`, async ({ page, passkey }) => {
        await signUp(page);
        await page.setViewportSize({ width: 320, height });
        await page.getByLabel("Amount in dollars").fill("25");
        await send(page).click();
        await expect(page.getByRole("dialog")).toBeVisible();
        await readOn(page.getByRole("dialog"));
        await confirm(page);
        await expect(page.getByRole("main").getByText("Sent $25.00 to Corner Bakery.")).toBeVisible();
    });
}

test("a receipt on paper is the receipt alone", async ({ page, passkey }) => {
    await signUp(page);
    await fill(page);
    await send(page).click();
    await confirm(page);
    await page.getByRole("link", { name: "Receipt of −$25.00, To Corner Bakery" }).click();
    await expect(page.getByRole("article", { name: "Receipt" })).toBeVisible();
    await page.emulateMedia({ media: "print" });
    await expect(page.getByRole("article", { name: "Receipt" })).toContainText("Send $25.00 to Corner Bakery");
    await expect(page.getByText("The signature is good")).toBeVisible();
    for (const part of ["header", "footer", "article button", "article .button", "article details"]) {
        for (const element of await page.locator(part).all()) await expect(element).toBeHidden();
    }
});
