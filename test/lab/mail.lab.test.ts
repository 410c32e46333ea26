import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, Lab, type LabProcess, NETWORK } from "./lib/lab.ts";
import { certificateOf, emptyMailbox, MAILBOX, prepareExim, startExim } from "./mail/exim.ts";

const VIP = `${NETWORK}.122`;

const config = (smtp: string, routerId = "lb1"): string => `
global_defs {
    router_id ${routerId}
    notification_email { ops@example.org second@example.org }
    notification_email_from lb1@example.org
    smtp_server ${smtp}
    smtp_connect_timeout 5
    smtp_alert
}
track_file gate {
    file /run/gate
    weight 0
}
vrrp_sync_group G {
    group {
        VI_1
    }
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    track_file {
        gate
    }
    virtual_ipaddress {
        ${VIP}
    }
}
virtual_server ${VIP} 80 {
    delay_loop 1
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server ${addressOf("rs1")} 80 {
        TCP_CHECK {
            retry 0
            connect_timeout 2
        }
    }
}
`;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
  await prepareExim(lab, "cl");
  await startExim(lab, "cl", { port: 25, tlsPort: 465 });
  await lab.writeFile("/run/mail-ca.pem", await certificateOf(lab, "cl"), { at: "d1" });
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

const mails = async (): Promise<string> => lab.readFile(MAILBOX, { at: "cl" }).catch(() => "");

/** The subjects in the mailbox, a subject folded over lines as one, each of both copies once. */
const subjects = async (): Promise<string[]> => [
  ...new Set(
    (await mails())
      .replaceAll(/\n[ \t]+/g, " ")
      .split("\n")
      .flatMap((line) => /^Subject: (.*)/.exec(line)?.[1] ?? []),
  ),
];

/** A director's start, a fault of its instance, the death of its real server and its return, and what was mailed of them. */
async function story(start: () => Promise<LabProcess>): Promise<string[]> {
  await emptyMailbox(lab, "cl");
  await lab.writeFile("/run/gate", "0\n", { at: "d1" });
  let web = await lab.web("rs1");
  const director = await start();
  const told = (...what: string[]) =>
    lab.eventually(what.join(", "), 30_000, async () => {
      const all = (await subjects()).join("\n");
      return what.every((one) => all.includes(one));
    });
  await told("Instance VI_1 - Entering MASTER state", "Group G - ");
  await lab.writeFile("/run/gate", "1\n", { at: "d1" });
  await told("FAULT");
  await lab.writeFile("/run/gate", "0\n", { at: "d1" });
  await lab.eventually("its server is in the table", 20_000, async () => (await lab.table("d1")).includes(":80"));
  await web.signal("SIGKILL");
  await told(`of virtual server [${VIP}]:tcp:80 - DOWN`, `Virtualserver [${VIP}]:tcp:80 - DOWN`);
  web = await lab.web("rs1");
  await told(`of virtual server [${VIP}]:tcp:80 - UP`, `Virtualserver [${VIP}]:tcp:80 - UP`);
  await director.signal("SIGTERM");
  await director.exited();
  await web.signal("SIGKILL");
  await web.exited();
  return subjects();
}

test("Debian's keepalived and ours mail the same subjects through Exim", async () => {
  const plain = config(addressOf("cl"));
  const theirs = await story(() => lab.keepalived("d1", plain));
  const ours = await story(() => lab.director("d1", plain));
  expect(theirs.length).toBeGreaterThanOrEqual(3);
  expect(new Set(ours)).toEqual(new Set(theirs));
  expect(ours.join("\n")).toMatch(/^\[lb1\] VRRP Instance VI_1 - Entering MASTER state$/m);
  for (const what of ["Instance VI_1 - .*BACKUP", "Instance VI_1 - .*FAULT", "Group G - .*MASTER", "Group G - .*FAULT"])
    expect(ours.join("\n")).toMatch(new RegExp(what));
  expect(await mails()).toMatch(/^To: ops@example\.org, ?second@example\.org$/m);
});

const WAYS = [
  ["STARTTLS", `${addressOf("cl")} 25\n    smtp_tls starttls /run/mail-ca.pem`],
  ["TLS from the first byte", `${addressOf("cl")} 465\n    smtp_tls tls /run/mail-ca.pem`],
] as const;
test.each(process.env.LVSKEEPER_LAB_FULL ? WAYS : WAYS.slice(0, 1))(
  "%s, with the server's certificate verified",
  async (_name, smtp) => {
    const director = await lab.director("d1", config(smtp, "lb-tls"));
    // Exim may still be delivering what was sent before, without TLS.
    const ours = async () => (await mails()).split(/^From /m).filter((mail) => mail.includes("[lb-tls]"));
    await lab.eventually("mail", 30_000, async () => (await ours()).some((mail) => mail.includes("MASTER state")));
    await director.signal("SIGTERM");
    await director.exited();
    for (const mail of await ours()) expect(mail).toMatch(/^Received: by exim with e?smtps/m);
  },
);

test("a certificate that is nobody's gets no mail, and the log says why", async () => {
  const director = await lab.director("d1", config(`${addressOf("cl")} 25\n    smtp_tls starttls`, "lb-none"));
  await lab.eventually("it is told", 30_000, async () => /could not be sent.*certificate/.test(await director.log()));
  await director.signal("SIGTERM");
  await director.exited();
  expect(await mails()).not.toContain("[lb-none]");
});
