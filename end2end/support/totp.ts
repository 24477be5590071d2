import { createHmac } from "node:crypto";
import { expect, type Page } from "@playwright/test";
import { password } from "./password";

const STEP_MS = 30_000;

/** The six digits that an authenticator app shows for a secret (RFC 6238), so many steps from now. */
export function codeOf(secret: string, steps = 0): string {
    const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
    const key = Buffer.from((bits.match(/.{8}/g) as string[]).map((byte) => parseInt(byte, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + steps));
    const hash = createHmac("sha1", key).update(counter).digest();
    const number = hash.readUInt32BE(hash[hash.length - 1] & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
}

/** The field for a code on a page: the modal has one that is called alike. */
export const codeField = (page: Page) => page.getByRole("main").getByLabel("Six digits from your app");

/** A code that is none of those around now. */
export function wrongCode(secret: string): string {
    const near = [-2, -1, 0, 1, 2].map((steps) => codeOf(secret, steps));
    return ["000000", "111111", "222222", "333333", "444444", "555555"].find((code) => !near.includes(code)) as string;
}

/**
 * Sets one-time codes up for the account that is signed in and has a password alone, past its pages, and returns
 * the secret. The code of this half minute is used up.
 */
export async function setUpCodes(page: Page): Promise<string> {
    const post = (path: string, data: object) =>
        page.context().request.post(path, { data, headers: { "sec-fetch-site": "same-origin" } });
    const { action } = await (await post("/api/totp/start", {})).json();
    expect((await post("/api/reauth/password", { password, action })).status()).toBe(200);
    const { secret } = await (await post("/api/totp/start", {})).json();
    const confirmed = await post("/api/totp/confirm", { code: codeOf(secret) });
    expect(confirmed.status(), await confirmed.text()).toBe(200);
    return secret;
}
