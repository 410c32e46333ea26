import path from "node:path";
import type { Lab, LabProcess } from "../lib/lab.ts";
import { compiled, PROJECT } from "../lib/workspace.ts";
import { addresses, advertsOf, held, repliesOf, takeOvers, vipOf } from "./routers.ts";

/** What a client saw of a failover, in ms: the longest silence of the address, and from the last advert of the old master
 *  (its goodbye, where it said one) to the first answer of the new one. */
export type Failover = { readonly gapMs: number; readonly sinceAdvertMs: number };

/** How it begins: the cable of d1 is pulled, or its director is told to stop. */
export type Deed = "down" | { readonly stop: number };

const program = (name: string): string => compiled(path.join(PROJECT, `test/lab/failover/${name}.c`));

const FILTER = "vrrp or icmp[icmptype] = icmp-echoreply";

async function macOf(lab: Lab, at: "d1" | "d2"): Promise<string> {
  return (await lab.run(at, ["cat", "/sys/class/net/eth0/address"])).trim();
}

/** A failover that begins at the very moment of an advert of d1, while a client asks the address every `everyUs`. */
export async function failover(lab: Lab, deed: Deed, everyUs: number): Promise<Failover> {
  const mac = await macOf(lab, "d2");
  const capture = await lab.capture("cl", FILTER, ["-tt", "-e"]);
  const client = await lab.spawn("cl", [program("echo-every"), vipOf(), String(everyUs)], { name: "cl-echo" });
  await lab.eventually("d1 answers", 20_000, async () => (await capture.log()).includes("ICMP echo reply"));
  const what = deed === "down" ? deed : String(deed.stop);
  await lab.run(null, [program("after-advert"), "d1", addresses.d1, what]);
  await lab.eventually("d2 answers", 20_000, async () => repliesOf(await capture.log(), mac).length > 20);
  await client.signal("SIGTERM");
  await client.exited();
  await capture.signal("SIGINT");
  await capture.exited();
  const log = await capture.log();
  const first = Math.min(...repliesOf(log, mac));
  const lastAdvert = Math.max(
    ...advertsOf(log)
      .filter(({ from, at }) => from === addresses.d1 && at < first)
      .map(({ at }) => at),
  );
  const answers = [...log.matchAll(/^(\d+\.\d+) .* ICMP echo reply/gm)].map(([, at]) => Number(at) * 1000);
  const silences = answers.slice(1).map((at, i) => at - (answers[i] as number));
  return { gapMs: Math.max(...silences), sinceAdvertMs: first - lastAdvert };
}

/** The cable of d1 is pulled just after an advert of each, and every address moves: from the last advert of the old master to
 *  the first of the new one, the longest of all instances, in ms. */
export async function crashOfMany(lab: Lab, instances: number): Promise<number> {
  const capture = await lab.capture("cl", "vrrp", ["-tt", "-e"]);
  const last = `tcpdump -i d1 -nn --immediate-mode -c ${2 * instances} 'vrrp and src host ${addresses.d1}' >/dev/null 2>&1`;
  await lab.run(null, `${last}; ip link set d1 down`);
  await lab.eventually("d2 has all addresses", 20_000, async () => (await held(lab, "d2")) === instances);
  await capture.signal("SIGINT");
  await capture.exited();
  const over = takeOvers(advertsOf(await capture.log()), addresses.d1, addresses.d2);
  if (over.size !== instances) throw new Error(`${over.size} of ${instances} instances were seen to move`);
  return Math.max(...over.values());
}

/** The cable is back, and d1 has its addresses again. */
export async function restored(lab: Lab, instances = 1): Promise<void> {
  await lab.run(null, "ip link set d1 up");
  await settled(lab, instances);
}

export async function settled(lab: Lab, instances = 1): Promise<void> {
  await lab.eventually("d1 has all addresses, d2 none", 40_000, async () => {
    const [one, two] = await Promise.all([held(lab, "d1"), held(lab, "d2")]);
    if (one !== instances || two !== 0) throw new Error(`d1 has ${one}, d2 ${two}`);
    return true;
  });
}

/** In order, one after the other, so that nothing is left of either. */
export async function stopAll(directors: readonly LabProcess[]): Promise<void> {
  for (const director of directors) {
    await director.signal("SIGTERM");
    await director.exited();
  }
}
