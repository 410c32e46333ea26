import type net from "node:net";
import { expect, test } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { createMailer } from "../../../src/process/mail.ts";
import type { RoomGlobals } from "../../../src/process/plan-global-model.ts";
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
  const hung = createMailer(
    globalWith(25),
    (record) => records.push(record),
    (_mail, subject) => {
      sent.push(subject);
      return new Promise(() => {});
    },
  );
  for (let n = 0; n < 150; n += 1) hung.send(String(n), "");
  expect(records.filter(({ event }) => event === "mail.dropped")).toHaveLength(49);
  await hung.close(10);
  expect([sent.length, records.length]).toEqual([1, 150]);
});
