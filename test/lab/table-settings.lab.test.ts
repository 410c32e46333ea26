import { afterAll, beforeAll, expect, test } from "vitest";
import { Lab, type LabProcess } from "./lib/lab.ts";
import { SERVERS } from "./table/blocks.ts";
import { FOREIGN, SAY, type SettingsCase, type SettingsStep, settingsCases, TELL, TOLD } from "./table/settings.ts";

const full = process.env.LVSKEEPER_LAB_FULL === "1";
/** Longer than it takes a check to notice anything. */
const STILL_MS = 2000;
const DIRECTORS = { d1: "keepalived", d2: "lvskeeper" } as const;
type At = keyof typeof DIRECTORS;

const SHOWN = `ipvsadm -Sn; ipvsadm -L --timeout; ipvsadm -L --daemon; sort ${TOLD} 2>/dev/null || true`;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
  const switches = await lab.bundle("test/lab/guest/switches.ts");
  for (const { host, last } of Object.values(SERVERS)) {
    await lab.exec(host, `ip addr add 192.168.122.${last}/24 dev eth0`);
  }
  for (const host of ["rs1", "rs2"] as const) await lab.spawn(host, [process.execPath, switches]);
  // Each director's own, so that they do not hear each other.
  for (const at of ["d1", "d2"] as const)
    await lab.run(
      at,
      "ip link add alone type veth peer name far && ip link set far up && ip link set alone up && ip addr add 10.77.0.1/24 dev alone",
    );
  await lab.writeFile(TELL, `#!/bin/sh\necho "$*" >> ${TOLD}\n`);
  await lab.writeFile(SAY, '#!/bin/sh\nexit "$(cat "/run/$1")"\n');
  await lab.run(null, `chmod 755 ${TELL} ${SAY}`);
  await lab.eventually("the ports can be opened", 20_000, async () => answering([]).then(() => true));
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** Lets exactly these real servers answer. */
async function answering(who: readonly ("a" | "b")[]): Promise<void> {
  for (const host of ["rs1", "rs2"] as const) {
    const ports = who.map((name) => SERVERS[name]).filter((at) => at.host === host);
    const list = ports.map(({ port }) => port).join(",");
    await lab.run(host, ["curl", "-sS", "-f", "-m", "3", `http://127.0.0.1:7000/?open=${list}`]);
  }
}

/** Table, timeouts, sync daemons, and what scripts were run for, once all of it stands still. */
async function settled(at: At): Promise<readonly string[]> {
  let last = "";
  let since = performance.now();
  for (;;) {
    const now = await lab.run(at, SHOWN);
    if (now !== last) since = performance.now();
    last = now;
    if (performance.now() - since > STILL_MS) return now.split("\n").filter(Boolean).sort();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What both show after each step, side by side. */
async function lead(what: SettingsCase): Promise<Record<string, Record<At, readonly string[]>>> {
  const directors: LabProcess[] = [];
  try {
    return await leadOn(what, directors);
  } finally {
    for (const director of directors) if (!director.exit) await director.signal("SIGTERM");
    for (const director of directors) await director.exited();
  }
}

/** `started`: those who are to be stopped in the end. */
async function leadOn(
  { config, args, ready, steps }: SettingsCase,
  started: LabProcess[],
): Promise<Record<string, Record<At, readonly string[]>>> {
  const each = async <T>(work: (at: At) => Promise<T>): Promise<Record<At, T>> => {
    const [d1, d2] = await Promise.all([work("d1"), work("d2")]);
    return { d1, d2 };
  };
  await answering(["a", "b"]);
  await each((at) =>
    lab.run(
      at,
      `rm -f ${TOLD}; echo 0 > /run/a; echo 0 > /run/b; ipvsadm -C; ipvsadm --set 900 120 300; ${FOREIGN[0]}`,
    ),
  );
  const directors = await each((at) =>
    DIRECTORS[at] === "lvskeeper" ? lab.director(at, config, args) : lab.keepalived(at, config, args),
  );
  started.push(...Object.values(directors));
  await each((at) =>
    lab.eventually(`${DIRECTORS[at]} has made its table`, 30_000, async () => {
      if (directors[at].exit) throw new Error(await directors[at].log());
      return (await lab.run(at, "ipvsadm -Sn")).includes("10.9.1.1");
    }),
  );
  if (ready !== undefined) await each((at) => lab.run(at, ready));
  const seen: Record<string, Record<At, readonly string[]>> = { start: await each(settled) };
  for (const step of steps) {
    await take(step, directors);
    seen[step.name] = await each(settled);
  }
  return seen;
}

async function take(step: SettingsStep, directors: Record<At, LabProcess>): Promise<void> {
  if ("up" in step) return answering(step.up);
  for (const at of ["d1", "d2"] as const) {
    if ("run" in step) await lab.run(at, step.run);
    else await directors[at].signal("SIGTERM");
  }
  if (!("run" in step)) for (const director of Object.values(directors)) await director.exited();
}

test.runIf(full).each(settingsCases)("the same as Debian's keepalived: $name", { timeout: 200_000 }, async (each) => {
  for (const [step, { d1, d2 }] of Object.entries(await lead(each)))
    expect.soft({ step, seen: d2 }).toEqual({ step, seen: d1 });
});
