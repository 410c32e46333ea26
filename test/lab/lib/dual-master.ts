import { recipe } from "../recipes.ts";
import { addressOf, type Host, type Lab, type LabProcess, NETWORK } from "./lab.ts";

/** Two directors, each master of one VIP and backup of the other, in front of the same two web servers (LVS-DR): one VIP's
 *  real servers are checked by TCP_CHECK, the other's by HTTP_GET. */
export const VIPS = { one: `${NETWORK}.100`, two: `${NETWORK}.110` } as const;

export type PairOptions = {
  /** Seconds that a client stays with its real server; 0: every connection is balanced anew. */
  readonly persistenceS?: number;
  readonly advertIntS?: number;
  readonly delayLoopS?: number;
  readonly version?: 2 | 3;
};

/** The configuration of director "A" (master of VIP one) or "B" (master of VIP two): the recipe's own files
 *  (docs/ha-recipes.md), with other times where they are asked for. */
export function pairConfig(side: "A" | "B", options: PairOptions = {}): string {
  const { persistenceS = 50, advertIntS = 3, delayLoopS = 3, version = 2 } = options;
  const text = recipe("dual-master", side === "A" ? "d1" : "d2")
    .replaceAll(/persistence_timeout \d+/g, persistenceS > 0 ? `persistence_timeout ${persistenceS}` : "")
    .replaceAll(/advert_int \d+/g, `advert_int ${advertIntS}`)
    .replaceAll(/delay_loop \d+/g, `delay_loop ${delayLoopS}`);
  if (version === 2) return text;
  return text
    .replaceAll(/ *authentication \{[^}]*\}\n/g, "")
    .replace("global_defs {", "global_defs {\n    vrrp_version 3");
}

export type Program = "lvskeeper" | "keepalived";

/** One side of the pair, ours or Debian's, with the same file. */
export const startDirector = (lab: Lab, at: Host, program: Program, config: string): Promise<LabProcess> =>
  program === "lvskeeper" ? lab.director(at, config) : lab.keepalived(at, config);

export const REAL_SERVERS = ["rs1", "rs2"] as const satisfies readonly Host[];

/** Both web servers with both VIPs on lo. */
export async function startWebServers(lab: Lab): Promise<Record<(typeof REAL_SERVERS)[number], LabProcess>> {
  const vips = [VIPS.one, VIPS.two];
  const [rs1, rs2] = await Promise.all(
    REAL_SERVERS.map(async (rs) => {
      await lab.drRealServer(rs, vips);
      return lab.web(rs);
    }),
  );
  return { rs1: rs1 as LabProcess, rs2: rs2 as LabProcess };
}

/** Which director holds which VIP, by `ip addr`: "d1", "d2", "none" or "both". */
export async function placement(lab: Lab): Promise<{ readonly one: string; readonly two: string }> {
  const holder = async (vip: string): Promise<string> => {
    const [d1, d2] = await Promise.all([lab.owns("d1", vip), lab.owns("d2", vip)]);
    return d1 && d2 ? "both" : d1 ? "d1" : d2 ? "d2" : "none";
  };
  const [one, two] = await Promise.all([holder(VIPS.one), holder(VIPS.two)]);
  return { one, two };
}

/** Waits until the VIPs are where they should be. */
export function settle(lab: Lab, one: string, two: string, timeoutMs = 30_000): Promise<number> {
  return lab.eventually(`VIP ${VIPS.one} on ${one} and ${VIPS.two} on ${two}`, timeoutMs, async () => {
    const now = await placement(lab);
    return now.one === one && now.two === two;
  });
}

/** The table by ipvsadm without what traffic changes: services and destinations with their settings. */
export async function tableOf(lab: Lab, at: Host): Promise<string> {
  return lab.run(at, ["ipvsadm", "-Sn"]);
}

/** Waits until exactly these real servers stand behind both VIPs on the given directors. */
export function serving(
  lab: Lab,
  directors: readonly Host[],
  servers: readonly Host[],
  timeoutMs = 30_000,
): Promise<number> {
  const expected = [VIPS.one, VIPS.two]
    .flatMap((vip) => servers.map((rs) => `${vip}:80 -r ${addressOf(rs)}:80`))
    .sort();
  return lab.eventually(
    `${servers.join(" and ")} behind both VIPs on ${directors.join(" and ")}`,
    timeoutMs,
    async () => {
      for (const at of directors) {
        const found = [...(await tableOf(lab, at)).matchAll(/^-a -t (\S+ -r \S+)/gm)].map((line) => line[1]).sort();
        if (found.join("\n") !== expected.join("\n")) throw new Error(`${at} has ${found.join(", ") || "none"}`);
      }
      return true;
    },
  );
}
