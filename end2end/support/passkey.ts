import { generateKeyPairSync, randomBytes } from "node:crypto";
import { test as base, expect, type BrowserContext, type CDPSession, type Locator, type Page } from "@playwright/test";
import type { Protocol } from "playwright-core/types/protocol";
import { HOME_HEADING } from "./home";
import { confirmAddress } from "./mail"; // with: mail

/** A person's authenticator, played by the browser's virtual one (CDP `WebAuthn`). */
export class Authenticator {
    private constructor(
        private cdp: CDPSession,
        private id: string,
    ) {}

    /** A platform authenticator that holds discoverable passkeys and verifies its user. */
    static async on(page: Page, passkeys: Protocol.WebAuthn.Credential[] = []): Promise<Authenticator> {
        const cdp = await page.context().newCDPSession(page);
        await cdp.send("WebAuthn.enable");
        const authenticator = await Authenticator.add(cdp, "internal", true);
        for (const credential of passkeys) await authenticator.hold(credential);
        return authenticator;
    }

    private static async add(cdp: CDPSession, transport: "internal" | "usb", synced: boolean) {
        const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
            options: {
                protocol: "ctap2",
                ctap2Version: "ctap2_1",
                transport,
                hasResidentKey: true,
                hasUserVerification: true,
                isUserVerified: true,
                automaticPresenceSimulation: true,
                defaultBackupEligibility: synced,
                defaultBackupState: synced,
            },
        });
        return new Authenticator(cdp, authenticatorId);
    }

    /** A second authenticator beside this one: a security key, whose passkeys stay on it unless they are synced. */
    async another(synced = false): Promise<Authenticator> {
        return Authenticator.add(this.cdp, "usb", synced);
    }

    async remove() {
        await this.cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: this.id });
    }

    async credentials() {
        const { credentials } = await this.cdp.send("WebAuthn.getCredentials", { authenticatorId: this.id });
        return credentials;
    }

    /** Whether the user passes the fingerprint, face or PIN check. */
    async verifiesUser(isUserVerified: boolean) {
        await this.cdp.send("WebAuthn.setUserVerified", { authenticatorId: this.id, isUserVerified });
    }

    /** Whether the user reacts to a prompt at all. */
    async answers(enabled: boolean) {
        await this.cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId: this.id, enabled });
    }

    /** Forgets every passkey, as a new device would not know any. */
    async forgetAll() {
        await this.cdp.send("WebAuthn.clearCredentials", { authenticatorId: this.id });
    }

    /** Holds a passkey of another one as well, which counts on from where that one cannot be. */
    async hold(credential: Protocol.WebAuthn.Credential) {
        credential.signCount += 100;
        await this.cdp.send("WebAuthn.addCredential", { authenticatorId: this.id, credential });
    }

    /** Holds one passkey for this address that the server has never seen. */
    async holdUnknown() {
        await this.forgetAll();
        const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        await this.cdp.send("WebAuthn.addCredential", {
            authenticatorId: this.id,
            credential: {
                credentialId: randomBytes(32).toString("base64"),
                isResidentCredential: true,
                rpId: "localhost",
                privateKey: privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
                userHandle: randomBytes(16).toString("base64"),
                signCount: 0,
                backupEligibility: true,
                backupState: true,
            },
        });
    }
}

/** The prompts that the page has opened and that have ended, in order. */
export const prompts = (page: Page) => page.evaluate(() => (window as unknown as { prompts: string[] }).prompts);

/**
 * Opens the sign-in page and waits for its suggestions to be armed. A prompt is answered as the
 * authenticator is set when it opens, so these stay open until something ends them.
 */
export async function openSignIn(page: Page, passkey: Authenticator, path = "/signin") {
    await passkey.answers(false);
    await page.goto(path);
    await expect.poll(() => prompts(page)).toEqual(["autofill"]);
    await passkey.answers(true);
}

/** Opens a page and waits until its scripts have taken over: before that the browser sends forms by itself. */
export async function open(page: Page, path: string) {
    await page.goto(path);
    await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
}

/** Signs in with the button. */
export async function signIn(page: Page, passkey: Authenticator, path = "/signin") {
    await openSignIn(page, passkey, path);
    await page.getByRole("button", { name: "Sign in with Passkey" }).click();
}

/** Signs up with a passkey, and proves the address. */
export async function signUp(page: Page, email = newEmail(), name = "Ann Example"): Promise<string> {
    await signUpUnconfirmed(page, email, name);
    await confirmAddress(page, email); // with: mail
    return email;
}

/** Signs up with a passkey, and leaves the mail with the code unread. */
export async function signUpUnconfirmed(page: Page, email = newEmail(), name = "Ann Example"): Promise<string> {
    await page.goto("/signup");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Your name").fill(name);
    await page.getByRole("button", { name: "Create account with a passkey" }).click();
    await expect(page.getByRole("heading", { name: HOME_HEADING, exact: true })).toBeVisible();
    return email;
}

/** Asks for an act that takes a confirmation, on the page of the account. */
export async function changeNumber(page: Page, number = "+442079460000") {
    await page.getByLabel("New phone number").fill(number);
    await page.getByRole("button", { name: "Change number" }).click();
}

/** Confirms what the modal asks for. */
export async function confirm(page: Page) {
    await page.getByRole("button", { name: "Confirm with passkey" }).click();
}

export async function signOut(page: Page) {
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
}

/** Loses the answers to a call which the server has carried out, once it does without asking for a confirmation. */
export async function loseAnswers(page: Page, path: string) {
    await page.route(`**${path}`, async (route) => {
        const response = await route.fetch();
        if (response.status() === 403) await route.fulfill({ response });
        else await route.abort("connectionreset");
    });
}

/** Reads on in the modal until what is signed can be confirmed, however little of it is in view. */
export async function readOn(modal: Locator) {
    const more = modal.getByRole("button", { name: "Read on" });
    for (let press = 0; press < 20 && (await more.isVisible()); press++) {
        await more.click();
        await modal.page().waitForTimeout(100);
    }
    await expect(more).toBeHidden();
}

/** Answers a call as if it had been made too often, until the page has waited. */
export async function makeWait(page: Page, path: string, seconds: number) {
    const message = `Too many attempts. Try again in ${seconds} seconds.`;
    await page.route(`**${path}`, (route) =>
        route.fulfill({ status: 429, json: { code: "rate_limited", message, retry_after: seconds } }),
    );
}

/** What the page tells the password manager by one of the signals, also before it was loaded anew. */
export async function watchSignals(page: Page, signal: string) {
    const signals: unknown[] = [];
    await page.exposeFunction(`record_${signal}`, (told: unknown) => void signals.push(told));
    await page.addInitScript((signal) => {
        const { [`record_${signal}`]: record } = window as unknown as Record<string, (told: unknown) => Promise<void>>;
        Object.assign(PublicKeyCredential, { [signal]: record });
    }, signal);
    return signals;
}

/** base64url of the base64 that the browser's debugging protocol speaks. */
export const urlSafe = (text: string) => text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

let counter = 0;
export const newEmail = () => `user-${process.pid}-${Date.now()}-${counter++}@example.com`;

/** Tests with an authenticator on the page, which fail on any error in the browser's console, and on whatever it says of a policy. */
export const test = base.extend<{ passkey: Authenticator; noConsoleErrors: void }>({
    passkey: async ({ page }, use) => {
        await page.addInitScript(() => {
            const prompts: string[] = [];
            Object.assign(window, { prompts });
            const get = navigator.credentials.get.bind(navigator.credentials);
            navigator.credentials.get = async (options) => {
                const kind = options?.mediation === "conditional" ? "autofill" : "button";
                prompts.push(kind);
                try {
                    return await get(options);
                } finally {
                    prompts.push(`${kind} ended`);
                }
            };
        });
        await use(await Authenticator.on(page));
    },
    noConsoleErrors: [
        async ({ browser, context }, use) => {
            const errors: string[] = [];
            const watch = (context: BrowserContext) => {
                context.on("weberror", (problem) => errors.push(problem.error().message));
                context.on("console", (message) => {
                    // The browser logs every refused call; those are asked for by the tests.
                    const refused = message.text().startsWith("Failed to load resource");
                    const violation = /policy/i.test(message.text());
                    if ((message.type() === "error" && !refused) || violation) errors.push(message.text());
                });
                return context;
            };
            watch(context);
            const newContext = browser.newContext.bind(browser);
            browser.newContext = async (options) => watch(await newContext(options));
            await use();
            browser.newContext = newContext;
            expect(errors).toEqual([]);
        },
        { auto: true },
    ],
});

export { expect };
