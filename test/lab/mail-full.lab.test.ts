import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { addressOf, Lab, type LabProcess, NETWORK } from "./lib/lab.ts";
import { FLOOD_FILE, flooded, floodName, GATE, switched } from "./mail/alerts.ts";
import { certificateOf, emptyMailbox, type Mail, mailsOf, prepareExim, startExim } from "./mail/exim.ts";

// Mails through a real server, at length: each switch beside keepalived, servers that are away, slow, silent or choosy, and
// floods. The short form is mail.lab.test.ts.

const full = process.env.LVSKEEPER_LAB_FULL === "1";
const MAIL = addressOf("cl");
/** Packets to it are lost. */
const NOWHERE = `${NETWORK}.99`;
const CA = "/run/mail-ca.pem";

/** The first lines of the bodies, without the reasons, and without keepalived's arithmetic of a quorum that is lost. */
const wordsOf = (mails: readonly Mail[]): readonly string[] =>
  [
    ...new Set(
      mails.map(({ body }) =>
        (body.split("\n")[0] ?? "").replace(/ : .* <=$/, " : WHY <=").replace(/(Lost quorum) .*/, "$1"),
      ),
    ),
  ].toSorted();

describe.runIf(full)("mails", () => {
  let lab: Lab;
  let web: LabProcess | undefined;
  const started: LabProcess[] = [];
  beforeAll(async () => {
    lab = await Lab.start();
    await prepareExim(lab, "cl");
    await startExim(lab, "cl", { port: 25, tlsPort: 465 });
    await lab.writeFile(CA, await certificateOf(lab, "cl"), { at: "d1" });
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  const startWeb = async (): Promise<void> => {
    web = await lab.web("rs1");
  };
  const stopWeb = async (): Promise<void> => {
    await web?.signal("SIGKILL");
    await web?.exited();
    web = undefined;
  };
  const director = async (config: string): Promise<LabProcess> => {
    const one = await lab.director("d1", config);
    started.push(one);
    return one;
  };
  // After one that failed too.
  afterEach(async () => {
    for (const one of started.splice(0).filter(({ exit }) => exit === undefined)) {
      await one.signal("SIGTERM");
      await one.exited();
    }
    await stopWeb();
  });
  const says = (director: LabProcess, what: RegExp, timeoutMs = 120_000) =>
    lab.eventually(`it says ${what}`, timeoutMs, async () => what.test(await director.log()));
  const stop = async (...directors: readonly LabProcess[]): Promise<void> => {
    await Promise.all(directors.map((director) => director.signal("SIGTERM")));
    await Promise.all(directors.map((director) => director.exited()));
  };
  const times = async (director: LabProcess, what: RegExp): Promise<number> =>
    [...(await director.log()).matchAll(new RegExp(what, "g"))].length;

  const SETTINGS = [
    "",
    "smtp_alert",
    "smtp_alert no",
    "smtp_alert yes\n    smtp_alert_checker no\n    smtp_alert_vrrp no",
  ];

  test.each(SETTINGS)("with `%s` the mails are keepalived's", async (globals) => {
    await emptyMailbox(lab, "cl");
    for (const at of ["d1", "d2"] as const) await lab.run(at, `rm -f ${GATE}`);
    await startWeb();
    const smtp = `${MAIL} 25\n    smtp_connect_timeout 30`;
    const directors = await Promise.all([
      lab.keepalived("d1", switched({ from: "theirs@example.org", smtp, globals }, 51)),
      lab.director("d2", switched({ from: "ours@example.org", smtp, globals }, 61)),
    ]);
    started.push(...directors);
    const both = (what: string, condition: (director: LabProcess) => Promise<boolean>) =>
      lab.eventually(what, 120_000, async () => (await Promise.all(directors.map(condition))).every(Boolean));
    await both("all are checked", async (d) => (await times(d, /(succeed|succeeded|success)\b/)) >= 6);
    await both("they lead", async (d) => (await times(d, /Entering MASTER STATE/)) >= 2);
    for (const at of ["d1", "d2"] as const) await lab.run(at, `touch ${GATE}`);
    await stopWeb();
    await both("all are down", async (d) => (await times(d, /Removing service/)) >= 6);
    for (const at of ["d1", "d2"] as const) await lab.run(at, `rm -f ${GATE}`);
    await startWeb();
    await both("all are up", async (d) => (await times(d, /Adding service/)) >= 6);
    const of = async (from: string): Promise<readonly Mail[]> =>
      (await mailsOf(lab, "cl")).filter((mail) => mail.from.includes(from));
    // keepalived mails the first success of a MISC_CHECK as another UP, and loses what the server does not take at once.
    const subjectsOf = (mails: readonly Mail[]) => [...new Set(mails.map(({ subject }) => subject))].toSorted();
    const same = async () =>
      JSON.stringify(subjectsOf(await of("ours"))) === JSON.stringify(subjectsOf(await of("theirs")));
    await lab.eventually("the mails are the same", 60_000, same).catch(() => undefined);
    const [ours, theirs] = [await of("ours"), await of("theirs")];
    expect(subjectsOf(ours)).toEqual(subjectsOf(theirs));
    expect(wordsOf(ours)).toEqual(wordsOf(theirs));
    await stop(...directors);
    // keepalived's process is gone before its mails are sent; ours sends what omega asks for, as far as there is time.
    const farewell = (mails: readonly Mail[]) => mails.filter(({ body }) => body === "=> Shutting down <=");
    expect(farewell(await of("theirs"))).toEqual([]);
    const last = subjectsOf(farewell(await of("ours")));
    const log = (await directors[1]?.log()) ?? "";
    for (const what of ["Realserver .* of virtual server .*", "Virtualserver .*"]) {
      const subject = new RegExp(`^\\[lb\\] ${what}:tcp:82 - DOWN$`);
      const dropped = new RegExp(`Mail "\\[lb\\] ${what}:tcp:82 - DOWN" was not sent: the daemon is stopping`);
      expect(last.some((one) => subject.test(one)) || dropped.test(log)).toBe(true);
    }
  });

  test("a server that is away, and a checker that is killed meanwhile: each mail comes once", async () => {
    const count = 60;
    await emptyMailbox(lab, "cl");
    await lab.writeFile(FLOOD_FILE, "0\n", { at: "d1" });
    await startWeb();
    const smtp = `${MAIL} 2525\n    smtp_connect_timeout 5`;
    const one = await director(flooded({ from: "away@example.org", smtp, routerId: "away" }, count));
    await says(one, /TCP connection to .* success/);
    await lab.writeFile(FLOOD_FILE, "1\n", { at: "d1" });
    await lab.eventually("all are down", 60_000, async () => (await times(one, /Removing service/)) >= count);
    await says(one, /DOWN" could not be sent/);
    await lab.run("d1", "sleep 2"); // what waits for longer than a second is kept for a successor
    await lab.run("d1", "kill -KILL $(cat /run/lvskeeper/lvskeeper_checkers.pid)");
    await says(one, /(Starting Healthcheck child process[\s\S]*){2}/);
    const late = await startExim(lab, "cl", { port: 2525 });
    const wanted = Array.from({ length: count }, (_, i) => `[away] Realserver ${floodName(i)} of virtual server`);
    await lab.eventually("all mails", 240_000, async () => {
      const subjects = (await mailsOf(lab, "cl")).map(({ subject }) => subject);
      return wanted.every((one) => subjects.some((subject) => subject.startsWith(one)));
    });
    await stop(one, late);
    await stopWeb();
    const mails = (await mailsOf(lab, "cl")).filter(({ subject }) => subject.startsWith("[away] Realserver"));
    expect(new Set(mails.map(({ id }) => id)).size).toBe(mails.length);
    expect(mails).toHaveLength(count);
  });

  test("one recipient that is refused, and one that is to come later, cost the others nothing", async () => {
    await emptyMailbox(lab, "cl");
    await lab.run("cl", "touch /run/exim/full && chmod 644 /run/exim/full");
    const server = await startExim(lab, "cl", {
      port: 2526,
      recipients: `  deny local_parts = nobody
       message = there is no such mailbox
  defer local_parts = later
       condition = \${if exists{/run/exim/full}}
       message = come back later`,
    });
    const recipients = "nobody@example.org later@example.org fine@example.org";
    const smtp = `${MAIL} 2526`;
    const text = switched({ from: "part@example.org", smtp, recipients, routerId: "part" }, 71);
    const one = await director(text);
    for (const what of [
      /was not taken for nobody@example\.org by \S+, but for others: .*no such mailbox; check notification_email/,
      /was not taken for later@example\.org by \S+, but for others: .*come back later; it is tried again in 5 s/,
      /\[part\].*could not be sent.*come back later; it is tried again in 15 s/,
    ])
      await says(one, what);
    await lab.eventually("the mail is there", 60_000, async () => (await mailsOf(lab, "cl")).length > 0);
    const first = (await mailsOf(lab, "cl"))[0] as Mail;
    expect(first.to).toMatch(/nobody@example\.org.*fine@example\.org/);
    await lab.run("cl", "rm /run/exim/full");
    const copies = async () => (await mailsOf(lab, "cl")).filter(({ id }) => id === first.id);
    await lab.eventually(
      "the one that was to come later has it too",
      60_000,
      async () => (await copies()).length === 2,
    );
    expect((await copies()).map(({ to }) => to.includes("nobody"))).toEqual([true, false]);
    await stop(one, server);
  });

  test("a server that refuses all gets no second mail, and the log says why", async () => {
    await emptyMailbox(lab, "cl");
    const server = await startExim(lab, "cl", { port: 2527, recipients: "  deny message = we take nothing" });
    const one = await director(switched({ from: "x@example.org", smtp: `${MAIL} 2527`, routerId: "no" }, 73));
    await says(
      one,
      /\[no\] .*could not be sent through \S+: .*we take nothing; check smtp_server and notification_email/,
    );
    await stop(one, server);
    expect(await mailsOf(lab, "cl")).toEqual([]);
  });

  test.each([
    ["STARTTLS, a certificate of an authority nobody knows", "25\n    smtp_tls starttls", /certificate/],
    ["TLS from the start, the same", "465\n    smtp_tls tls", /certificate/],
    ["no STARTTLS is offered", "2528\n    smtp_tls starttls", /STARTTLS/],
    ["TLS from the start is asked of a server without", `25\n    smtp_tls tls ${CA}`, /wrong version number|TLS|SSL/],
  ])("%s: no mail goes out in the clear", async (_name, smtp, why) => {
    await emptyMailbox(lab, "cl");
    const plain = await startExim(lab, "cl", { port: 2528, withoutStartTls: true });
    const one = await director(switched({ from: "tls@example.org", smtp: `${MAIL} ${smtp}`, routerId: "tls" }, 75));
    await says(one, new RegExp(`could not be sent.*(?:${why.source}).*tried again`));
    await stop(one, plain);
    expect(await mailsOf(lab, "cl")).toEqual([]);
  });

  test("a server that says nothing, and one that is not reached: checks go on, and the log says so", async () => {
    await startWeb();
    const silent = await lab.spawn("cl", [
      process.execPath,
      "-e",
      "require('net').createServer(() => {}).listen(2529, () => console.log('listens'))",
    ]);
    await lab.eventually("it listens", 30_000, async () => (await silent.log()).includes("listens"));
    await lab.run("d1", `ip neigh replace ${NOWHERE} lladdr 02:00:00:00:99:99 dev eth0 nud permanent`);
    for (const [port, why] of [
      [2529, /Greeting never received|timed? ?out/i],
      [25, /ETIMEDOUT|timed? ?out/i],
    ] as const) {
      const smtp = `${port === 25 ? NOWHERE : MAIL} ${port}\n    smtp_connect_timeout 4`;
      const one = await director(switched({ from: "s@example.org", smtp, routerId: "silent" }, 77));
      await says(one, /TCP connection to .* success/);
      await stopWeb();
      await says(one, /Removing service .*:tcp:80 from VS .*:tcp:83/);
      await startWeb();
      await says(one, /Adding service .*:tcp:80 to VS .*:tcp:83/);
      await says(one, new RegExp(`could not be sent.*(?:${why.source}).*tried again`, "i"));
      await stop(one);
    }
    await stop(silent);
  });

  test("2,000 alerts at once: each comes, in order, and no check waits for them", async () => {
    const count = 2000;
    await lab.writeFile(FLOOD_FILE, "0\n", { at: "d1" });
    await startWeb();
    const sink = await lab.spawn("cl", [process.execPath, await lab.bundle("test/lab/mail/sink.ts"), "2531"]);
    await lab.eventually("it listens", 30_000, async () => (await sink.log()).includes("listens"));
    const smtp = `${MAIL} 2531\n    smtp_connect_timeout 30`;
    const one = await director(flooded({ from: "flood@example.org", smtp, routerId: "flood" }, count));
    await says(one, /TCP connection to .* success/);
    await lab.writeFile(FLOOD_FILE, "1\n", { at: "d1" });
    const subjects = async () =>
      (await sink.log())
        .split("\n")
        .flatMap((line) => /^subject \[flood\] Realserver (\S+:tcp:5\d+|\S+:tcp:6\d+) /.exec(line)?.[1] ?? []);
    await lab.eventually("the first are sent", 240_000, async () => (await subjects()).length > 10);
    await stopWeb();
    await says(one, /Removing service .*:tcp:80 from VS .*:tcp:83/);
    expect((await subjects()).length).toBeLessThan(count); // it was found out meanwhile
    await lab.eventually("all mails", 400_000, async () => (await subjects()).length >= count);
    expect(await subjects()).toEqual(Array.from({ length: count }, (_, i) => floodName(i)));
    expect(await one.log()).not.toMatch(/was not sent|could not be sent/);
    await stop(one, sink);
  });
});
