import { expectOnly, lose } from "../../support/page";
import { confirm, signUp, test } from "../../support/passkey";

test("a transfer that went through and one that cannot are never said together", async ({ page, passkey }) => {
    await signUp(page);
    const amount = page.getByLabel("Amount in dollars");
    const send = page.getByRole("button", { name: "Send", exact: true });
    for (const cents of ["1", "2"]) {
        await amount.fill(cents);
        await send.click();
        await confirm(page);
        await expectOnly(page, `Sent $${cents}.00 to Corner Bakery.`);
        await amount.fill("ten");
        await send.click();
        await expectOnly(page, "Write the amount like ");
    }
    await amount.fill("3");
    await send.click();
    await confirm(page);
    await expectOnly(page, "Sent $3.00 to Corner Bakery.");
    await lose(page, "/api/transfers/send");
    await amount.fill("4");
    await send.click();
    await expectOnly(page, "You seem to be offline. Nothing was sent.");
});
