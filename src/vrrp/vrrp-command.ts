import type { InstanceStateName } from "./model.ts";

/** What is asked at run time of a VRRP instance: to hand it over to its peer, or to take part again. */
export type VrrpCommand = { readonly do: "failover" | "resume"; readonly instance: string };

/** What it came to. Times are wall-clock ms since the epoch and ms. */
export type VrrpAnswer =
  | {
      readonly did: "failover";
      readonly instance: string;
      /** The state it had before. */
      readonly was: InstanceStateName;
      readonly sinceWallMs: number;
      /** Whose first advert came so long after our last one; absent where we were not MASTER. */
      readonly takenBy?: { readonly address: string; readonly priority: number; readonly afterMs: number };
    }
  | { readonly did: "resume"; readonly instance: string; readonly downMs: number };

const MAX_NAME = 1024;

/** A command out of what came through the control socket: from a process that nobody has to trust. */
export function parseVrrpCommand(value: unknown): VrrpCommand | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { do: what, instance } = value as Readonly<Record<string, unknown>>;
  if (what !== "failover" && what !== "resume") return undefined;
  if (typeof instance !== "string" || instance === "" || instance.length > MAX_NAME) return undefined;
  return { do: what, instance };
}
