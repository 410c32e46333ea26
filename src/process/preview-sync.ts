import type { SyncPlan } from "../virtual-server/sync.ts";
import { type Change, changesBetween, factsBetween } from "./preview-change.ts";

type Facts = Readonly<Record<string, unknown>>;

/** The kernel's connection sync daemons: those that run all the time, and those that follow an instance. */
export const syncChanges = (next: SyncPlan, running: SyncPlan | undefined): Change[] =>
  changesBetween(
    running ? daemonsOf(running) : new Map(),
    daemonsOf(next),
    ({ who }) => who,
    (was, now) => factsBetween(was.facts, now.facts),
  );

function daemonsOf({
  syncAlways,
  syncInstances,
}: SyncPlan): Map<string, { readonly who: string; readonly facts: Facts }> {
  const daemons = new Map(
    syncInstances.map((sync) => {
      const facts = factsOf(sync);
      return [
        sync.instance,
        { who: `the sync daemon that ${sync.instance} makes master or backup (${line(facts)})`, facts },
      ];
    }),
  );
  if (!syncAlways) return daemons;
  const facts = factsOf(syncAlways);
  return daemons.set("", { who: `the master and the backup sync daemon (${line(facts)})`, facts });
}

type Sync = NonNullable<SyncPlan["syncAlways"]>;

const factsOf = ({ interface: device, syncId, maxLength, port, ttl, group }: Sync): Facts => ({
  interface: device,
  id: syncId,
  ...(maxLength !== undefined && { maxlen: maxLength }),
  ...(port !== undefined && { port }),
  ...(ttl !== undefined && { ttl }),
  ...(group !== undefined && { group }),
});

const line = (facts: Facts): string =>
  Object.entries(facts)
    .map(([name, fact]) => `${name} ${fact}`)
    .join(", ");
