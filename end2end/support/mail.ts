import { expect, type Page } from "@playwright/test";

/** The mails to an address, newest first, as the mailbox of developers shows them. */
async function mails(page: Page, email: string): Promise<string[]> {
    const mailbox = await (await page.context().request.get("/mailbox")).text();
    return mailbox.split("<article").filter((mail) => mail.includes(`data-to="${email}"`));
}

/** The newest mail to an address. */
export async function newestMail(page: Page, email: string): Promise<string> {
    const [newest] = await mails(page, email);
    expect(newest, `a mail to ${email}`).toBeTruthy();
    return newest;
}

/** The code in the newest mail to an address. */
export async function mailedCode(page: Page, email: string): Promise<string> {
    const [code] = (await newestMail(page, email)).match(/[A-Z2-7]{4}-[A-Z2-7]{4}/) ?? [];
    expect(code, `a code in a mail to ${email}`).toBeTruthy();
    return code as string;
}

/** The address of the page to which the newest mail with a link to undo something leads. */
export async function undoLink(page: Page, email: string): Promise<string> {
    for (const mail of await mails(page, email)) {
        const [link] = mail.match(/\/undo\?token=[\w-]+/) ?? [];
        if (link) return link;
    }
    throw new Error(`no mail to ${email} has a link to undo something`);
}

/** Proves the address of the account that is signed in, past its pages. */
export async function confirmAddress(page: Page, email: string) {
    const code = await mailedCode(page, email);
    const answer = await page.context().request.post("/api/email/confirm", {
        data: { code },
        headers: { "sec-fetch-site": "same-origin" },
    });
    expect(answer.status(), await answer.text()).toBe(200);
}
