// A mail server for the tests. It listens on a port (0 for a free one), prints it, and then each mail that it
// took as a line of JSON. What the address begins with says what becomes of a mail: `later` is put off the
// first time, `never` refused, `listed` refused once for what we are, `hang` not answered, `slow` after three seconds, and of `lost` the answer gets
// lost the first time.
//
//   node smtp.mjs PORT [KEY CERTIFICATE]    with a key it speaks TLS from the first byte, and asks for a password
import { readFileSync } from "node:fs";
import { SMTPServer } from "smtp-server";

const [port, ...files] = process.argv.slice(2);
const [key, cert] = files.map((file) => readFileSync(file));
const seen = new Set();
const first = (address) => !seen.has(address) && seen.add(address);
const refusal = (code, text) => Object.assign(new Error(text), { responseCode: code });

const server = new SMTPServer({
    ...(key ? { secure: true, key, cert } : { disabledCommands: ["STARTTLS"], hideSTARTTLS: true }),
    authOptional: !key,
    onAuth: ({ username, password }, _session, done) =>
        username === "latchkey" && password === "canary-of-smtp" ? done(null, { user: username }) : done(refusal(535, "no")),
    onRcptTo({ address }, _session, done) {
        if (address.startsWith("never")) return done(refusal(550, "no such mailbox: " + address));
        if (address.startsWith("listed") && first(address)) return done(refusal(550, "5.7.1 you are on a list"));
        if (address.startsWith("later") && first(address)) return done(refusal(451, "later"));
        if (!address.startsWith("hang")) done();
    },
    onData(stream, { envelope }, done) {
        const parts = [];
        stream.on("data", (part) => parts.push(part));
        stream.on("end", () => {
            const [{ address: to }] = envelope.rcptTo;
            const text = Buffer.concat(parts).toString();
            console.log(JSON.stringify({ from: envelope.mailFrom.address, to, text }));
            if (to.startsWith("lost") && first(to)) server.connections.forEach((it) => it._socket.destroy());
            else setTimeout(done, to.startsWith("slow") ? 3000 : 0);
        });
    },
});
server.on("error", () => {});
server.listen(Number(port), "127.0.0.1", () => console.log(server.server.address().port));
process.stdin.on("end", () => process.exit()).resume();
