import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import type net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { createMailer } from "../../../src/process/mail.ts";
import type { MailPlan, RoomGlobals } from "../../../src/process/plan-global-model.ts";
import { serve, unusedPort } from "../checkers/servers.ts";

const globalWith = (port: number, timeoutMs = 1000): RoomGlobals => ({
  routerId: "mysql_ha01",
  watchdogTimeoutMs: 3000,
  childWaitMs: 5000,
  mail: {
    recipients: ["a@example.org", "b@example.org"],
    from: "lb@example.org",
    host: "127.0.0.1",
    port,
    heloName: "lb1.example.org",
    timeoutMs,
    withoutFaults: false,
  },
});

/** A mail server that takes everything, and offers TLS and a login that nobody is to use. */
function smtp(socket: net.Socket): void {
  let body = false;
  socket.write("220 mail.example ESMTP\r\n");
  socket.on("data", (data) => {
    for (const line of data.toString("latin1").split("\r\n").filter(Boolean)) {
      if (body) {
        body = line !== ".";
        if (!body) socket.write("250 taken\r\n");
      } else if (/^EHLO/i.test(line)) socket.write("250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n");
      else if (/^DATA/i.test(line)) {
        body = true;
        socket.write("354 go on\r\n");
      } else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
      else socket.write("250 ok\r\n");
    }
  });
}

test("a mail goes to all recipients, in plain SMTP without TLS or login, with keepalived's subject", async () => {
  await using server = await serve(smtp);
  const mailer = createMailer(globalWith(server.port), () => {});
  mailer.send(
    "Realserver [10.0.0.2]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN",
    "=> CHECK failed on service <=",
  );
  await expect.poll(() => server.received[0], { timeout: 5000 }).toContain("\r\n.\r\n");
  const session = server.received[0] ?? "";
  expect(session).toMatch(/^(EHLO|HELO) lb1\.example\.org\r\n/);
  expect(session).toContain("MAIL FROM:<lb@example.org>");
  expect(session).toContain("RCPT TO:<a@example.org>");
  expect(session).toContain("RCPT TO:<b@example.org>");
  expect(session.replaceAll(/\r\n +/g, " ")).toContain(
    "Subject: [mysql_ha01] Realserver [10.0.0.2]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN",
  );
  expect(session).not.toMatch(/STARTTLS|AUTH/);
  await mailer.close(1000);
});

test("a server that refuses is told in the log; the stop tries once more, and says what was lost", async () => {
  const records: LogRecord[] = [];
  const mailer = createMailer(globalWith(await unusedPort()), (record) => records.push(record));
  mailer.send("one", "");
  mailer.send("two", "");
  await expect.poll(() => records.length, { timeout: 5000 }).toBe(1);
  expect(records[0]?.text).toMatch(/ECONNREFUSED.*; it is tried again in 5 s$/);
  await mailer.close(2000);
  expect(records.slice(1).map(({ event, text }) => [event, text.includes("ECONNREFUSED")])).toEqual([
    ["mail.failed", true],
    ["mail.failed", true],
  ]);
});

test("a server that never answers costs smtp_connect_timeout, not more", async () => {
  await using server = await serve(() => {});
  const records: LogRecord[] = [];
  const mailer = createMailer(globalWith(server.port, 200), (record) => records.push(record));
  const started = performance.now();
  mailer.send("one", "");
  await expect.poll(() => records.length, { timeout: 5000 }).toBe(1);
  expect(performance.now() - started).toBeLessThan(2000);
  await mailer.close(1000);
});

test("without recipients nothing is connected to; a reload may bring them", async () => {
  await using server = await serve(smtp);
  const { mail: _mail, ...silent } = globalWith(server.port);
  const mailer = createMailer(silent, () => {});
  mailer.send("one", "");
  mailer.configure(globalWith(server.port));
  mailer.send("two", "");
  await expect.poll(() => server.received.length, { timeout: 5000 }).toBe(1);
  await mailer.close(2000);
  expect(server.received[0]).toContain("[mysql_ha01] two");
});

test("waiting mails are bounded, and dropped at the end", async () => {
  const records: LogRecord[] = [];
  const sent: string[] = [];
  const hung = createMailer(globalWith(25), (record) => records.push(record), {
    deliver: (_plan, { subject }) => {
      sent.push(subject);
      return new Promise(() => {});
    },
  });
  for (let n = 0; n < 2050; n += 1) hung.send(String(n), "");
  expect(records.filter(({ event }) => event === "mail.dropped")).toHaveLength(49);
  await hung.close(10);
  expect([sent.length, records.length]).toEqual([1, 2050]);
});

/** The mail server above, with other answers to some commands; undefined: silence. */
const smtpBut = (answer: (line: string) => string | null | undefined) => (socket: net.Socket) => {
  let body = false;
  socket.on("error", () => {});
  socket.write("220 mail.example ESMTP\r\n");
  socket.on("data", (data) => {
    for (const line of data.toString("latin1").split("\r\n").filter(Boolean)) {
      if (body && line !== ".") continue;
      const other = answer(line);
      if (other !== undefined) {
        if (other !== null) socket.write(other);
      } else if (body) socket.write("250 taken\r\n");
      else if (/^DATA/i.test(line)) socket.write("354 go on\r\n");
      else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
      else socket.write("250 ok\r\n");
      body = /^DATA/i.test(line);
    }
  });
};

/** Mails, after which nothing of them is left open on either side. */
async function exchange(
  answer: (line: string) => string | null | undefined,
  change: Partial<MailPlan> = {},
  finished: (records: readonly LogRecord[]) => boolean = (records) => records.length > 0,
) {
  const open = new Set<net.Socket>();
  await using server = await serve((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    smtpBut(answer)(socket);
  });
  const records: LogRecord[] = [];
  const global = globalWith(server.port, 300);
  const mailer = createMailer({ ...global, mail: { ...(global.mail as MailPlan), ...change } }, (r) => records.push(r));
  mailer.send("one", "body\n.\n..dots\n");
  await expect.poll(() => finished(records), { timeout: 10_000 }).toBe(true);
  await expect.poll(() => open.size, { timeout: 10_000 }).toBe(0);
  const result = { records: [...records], received: [...server.received] };
  await mailer.close(1);
  return result;
}

const events = (records: readonly LogRecord[]) =>
  records.map(({ event, fields }) => [event, fields.recipient, fields.againMs]);

test.for<[string, (line: string) => string | null | undefined]>([
  ["is silent after HELO", (line) => (/^EHLO/.test(line) ? null : undefined)],
  ["is silent after the mail", (line) => (line === "." ? null : undefined)],
  ["answers 421", (line) => (/^MAIL/.test(line) ? "421 too busy\r\n" : undefined)],
  ["answers 451 to the mail", (line) => (line === "." ? "451 no room\r\n" : undefined)],
  ["takes no recipient yet", (line) => (/^RCPT/.test(line) ? "450 greylisted\r\n" : undefined)],
  ["answers with an endless line", (line) => (/^MAIL/.test(line) ? "x".repeat(3_000_000) : undefined)],
])("a server that %s: the mail is tried again, and the connection is closed", async ([, answer]) => {
  const { records } = await exchange(answer);
  expect(events(records)).toEqual([["mail.failed", undefined, 5000]]);
  expect(records[0]?.text.length).toBeLessThan(1000);
});

test("a server that drips its answer is left after three times smtp_connect_timeout, and holds no connection", async () => {
  const drips = new Set<NodeJS.Timeout>();
  const open = new Set<net.Socket>();
  await using server = await serve((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    const drip = setInterval(() => socket.write("220-still here\r\n"), 50);
    drips.add(drip);
    socket.once("close", () => {
      clearInterval(drip);
      open.delete(socket);
    });
  });
  const records: LogRecord[] = [];
  const mailer = createMailer(globalWith(server.port, 200), (record) => records.push(record));
  mailer.send("one", "");
  await expect.poll(() => records.length, { timeout: 10_000 }).toBe(1);
  expect(records[0]?.text).toContain("could not be sent");
  await expect.poll(() => open.size, { timeout: 5000 }).toBe(0);
  await mailer.close(1);
});

test("a refusal for good is told, and not tried again", async () => {
  const { records } = await exchange((line) => (line === "." ? "554 spam\r\n" : undefined));
  expect(events(records)).toEqual([["mail.failed", undefined, undefined]]);
  expect(records[0]?.text).toContain("554 spam");
});

test("of several recipients each is told for itself", async () => {
  const answer = (line: string) => {
    if (/<b@/.test(line)) return "450 later\r\n";
    return /<c@/.test(line) ? "550 nobody\r\n" : undefined;
  };
  const recipients = ["a@example.org", "b@example.org", "c@example.org"];
  const { records } = await exchange(answer, { recipients }, (all) => all.length === 3);
  expect(events(records)).toEqual([
    ["mail.sent", undefined, undefined],
    ["mail.refused", "b@example.org", 5000],
    ["mail.refused", "c@example.org", undefined],
  ]);
});

test("addresses without a domain, in brackets and with a name go as they are", async () => {
  const change = { recipients: ["root", "<ops@example.org>", "Night <night@example.org>"], from: "root" };
  const { received } = await exchange(() => undefined, change);
  const session = received.join("");
  expect(session).toContain("MAIL FROM:<root>\r\n");
  for (const to of ["root", "ops@example.org", "night@example.org"]) expect(session).toContain(`RCPT TO:<${to}>\r\n`);
  expect(session).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  expect(session).toContain("\r\n\r\nbody\r\n..\r\n...dots\r\n");
});

test("a certificate's file that nobody can read to its end holds up one attempt, not the mailer", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "mail-"));
  const caFile = path.join(folder, "ca.pem");
  execFileSync("mkfifo", [caFile]);
  const { records } = await exchange(() => undefined, { tls: { mode: "starttls", caFile } });
  expect(records[0]?.text).toContain("no end of the delivery within 0.9 s");
  closeSync(openSync(caFile, constants.O_RDWR)); // whoever waits for it goes on
  rmSync(folder, { recursive: true });
});
