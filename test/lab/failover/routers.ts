import { addressOf, type Host, type Lab, type LabProcess, NETWORK } from "../lib/lab.ts";

// Two directors of one make that share addresses by VRRP alone, d1 before d2, as whole daemons.

export type Make = "ours" | "keepalived";
export type Timing = { readonly name: string; readonly version: 2 | 3; readonly intervalMs: number };

export const TIMINGS = [
  { name: "v2 1 s", version: 2, intervalMs: 1000 },
  { name: "v3 100 ms", version: 3, intervalMs: 100 },
  { name: "v3 10 ms", version: 3, intervalMs: 10 },
] as const satisfies readonly Timing[];

export const PRIORITIES = { d1: 150, d2: 100 } as const;
export type Side = keyof typeof PRIORITIES;

/** The address of an instance, the first one unless another is asked for. */
export const vipOf = (instance = 1): string =>
  instance <= 100 ? `${NETWORK}.${100 + instance}` : `10.77.0.${instance}`;
/** What counts as an instance's VRID. */
const vridOf = (instance: number): number => instance;

/** A file of that many instances, of one address each. */
export const configuration = (side: Side, { version, intervalMs }: Timing, instances = 1): string =>
  [
    "global_defs {\n vrrp_garp_master_delay 1\n}\n",
    ...Array.from({ length: instances }, (_, i) => i + 1).map(
      (n) => `vrrp_instance VI_${n} {
 interface eth0
 virtual_router_id ${vridOf(n)}
 version ${version}
 advert_int ${intervalMs / 1000}
 priority ${PRIORITIES[side]}
 virtual_ipaddress {
  ${vipOf(n)}/32
 }
}
`,
    ),
  ].join("");

/** A director of either make; VRRP only. */
export const start = (lab: Lab, make: Make, at: Side, text: string): Promise<LabProcess> =>
  make === "ours" ? lab.director(at, text, ["-P"]) : lab.keepalived(at, text, ["-P"]);

/** How many of the instances' addresses a host has. */
export async function held(lab: Lab, at: Host): Promise<number> {
  const shown = await lab.run(at, "ip -4 -o addr show dev eth0 | grep -c '/32 '; true");
  return Number(shown);
}

/** What a capture (tcpdump -tt -e) saw: when adverts of which priority came from whom, in ms. */
export type SeenAdvert = {
  readonly at: number;
  readonly from: string;
  readonly vrid: number;
  readonly priority: number;
};

export const advertsOf = (log: string): SeenAdvert[] =>
  [...log.matchAll(/^(\d+\.\d+) .* ([\d.]+) > 224\.0\.0\.18: .*Advertisement, vrid (\d+), prio (\d+)/gm)].map(
    ([, time, from, vrid, priority]) => ({
      at: Number(time) * 1000,
      from: from as string,
      vrid: Number(vrid),
      priority: Number(priority),
    }),
  );

/** When echo replies of an address came from a hardware address, in ms. */
export const repliesOf = (log: string, hardwareAddress: string): number[] =>
  [...log.matchAll(/^(\d+\.\d+) (\S+) > .* ICMP echo reply/gm)]
    .filter(([, , from]) => from === hardwareAddress)
    .map(([, time]) => Number(time) * 1000);

/** From the last advert of `from` before `to` leads, to the first of `to`: for each VRID, in ms. */
export function takeOvers(adverts: readonly SeenAdvert[], from: string, to: string): Map<number, number> {
  const last = new Map<number, number>();
  const over = new Map<number, number>();
  for (const { at, from: source, vrid, priority } of adverts) {
    if (source === from && priority > 0 && !over.has(vrid)) last.set(vrid, at);
    const since = last.get(vrid);
    if (source === to && since !== undefined && !over.has(vrid)) over.set(vrid, at - since);
  }
  return over;
}

export const addresses = { d1: addressOf("d1"), d2: addressOf("d2") } as const;

/** CPU that a director and its processes have used, in ms, and their memory (PSS) in MB. */
export async function usage(
  lab: Lab,
  at: Side,
  director: LabProcess,
): Promise<{ readonly cpuMs: number; readonly pssMb: number }> {
  const script = `for p in ${director.pid} $(pgrep -P ${director.pid}); do
      sed 's/.*) //' /proc/$p/stat | awk '{ print "cpu", ($12 + $13) * 10 }'
      awk '/^Pss:/ { print "pss", $2 }' /proc/$p/smaps_rollup
    done`;
  const lines = (await lab.run(at, script, { timeoutMs: 60_000 })).trim().split("\n");
  const sum = (word: string): number =>
    lines.filter((line) => line.startsWith(word)).reduce((total, line) => total + Number(line.split(" ")[1]), 0);
  return { cpuMs: sum("cpu"), pssMb: sum("pss") / 1024 };
}

/** The pid of a director's vrrp process. */
export async function vrrpProcess(lab: Lab, at: Side, director: LabProcess, make: Make): Promise<number> {
  const children = (await lab.run(at, ["pgrep", "-a", "-P", String(director.pid)])).trim().split("\n");
  const one = make === "ours" ? children.find((line) => line.includes(": vrrp")) : children[0];
  return Number.parseInt(one ?? "", 10);
}
