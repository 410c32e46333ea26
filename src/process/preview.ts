import type { CheckerPlan, CheckerState } from "../checkers/model.ts";
import { initialState } from "../checkers/state.ts";
import { diffTables } from "../ipvs/diff.ts";
import { type Command, serviceKey, type Table } from "../ipvs/model.ts";
import { changeText } from "../virtual-server/changes.ts";
import { desiredTable } from "../virtual-server/entries.ts";
import { reloadFleet, startFleet } from "../virtual-server/fleet.ts";
import { allServices } from "../virtual-server/group.ts";
import { wantedSettings } from "../virtual-server/kernel-settings.ts";
import type {
  CheckerProcessPlan,
  CheckerProcessSaved,
  SavedVerdicts,
  VirtualServerPlan,
} from "../virtual-server/model.ts";
import { withOverrides } from "../virtual-server/overrides.ts";
import type { VirtualAddress, VrrpProcessPlan } from "../vrrp/model.ts";
import { verdictsIn } from "./checker-saved.ts";
import type { Change } from "./preview-change.ts";
import { checkChanges } from "./preview-checks.ts";
import { syncChanges } from "./preview-sync.ts";

/** What a director runs: its plan, and what a successor of its checker process would be told. */
export type Running = {
  readonly checker: CheckerProcessPlan;
  readonly vrrp: VrrpProcessPlan;
  readonly saved?: CheckerProcessSaved;
};

/** The part of a plan that is previewed. */
export type Next = Pick<Running, "checker" | "vrrp">;

/** What the kernel has: the whole table, and the addresses of this host. */
export type Kernel = { readonly table: Table; readonly isLocal: (address: string) => boolean };

/** What a reload (or without a running director: a start) would do. */
export type Preview = {
  readonly table: readonly (Change & { readonly op: Command["op"] })[];
  readonly addresses: readonly Change[];
  readonly checks: readonly Change[];
  /** The kernel's connection sync daemons. */
  readonly sync: readonly Change[];
  /** Timeouts and values of net.ipv4.vs. */
  readonly settings: readonly Change[];
};

export const isEmpty = (preview: Preview): boolean => Object.values(preview).every((list) => list.length === 0);

/** Pure: the same decisions that the checker process takes at a reload, carried out on paper. */
export const previewOf = (next: Next, running: Running | undefined, kernel: Kernel, wallMs: number): Preview => ({
  table: tableChanges(next.checker, running, kernel, wallMs),
  addresses: addressChanges(next.vrrp, running?.vrrp, kernel),
  checks: checkChanges(next.checker.virtualServers, running?.checker.virtualServers ?? []),
  sync: syncChanges(next.checker, running?.checker),
  settings: settingChanges(next.checker, running?.checker),
});

function tableChanges(
  next: CheckerProcessPlan,
  running: Running | undefined,
  kernel: Kernel,
  wallMs: number,
): Preview["table"] {
  const overrides = running?.saved?.overrides ?? {};
  const overridden = (plans: readonly VirtualServerPlan[]) => plans.map((plan) => withOverrides(plan, overrides));
  const plans = overridden(next.virtualServers);
  const before = overridden(running?.checker.virtualServers ?? []);
  const saved = verdictsIn(running?.saved);
  const states = saved?.checkers ?? {};
  const serving = servingCheckers(before, saved);
  const fresh = new Map<string, CheckerState>();
  for (const checker of checkersOf(plans))
    fresh.set(checker.id, initialState({ alpha: checker.alpha && !serving.has(checker.id) }, wallMs));
  const view = (id: string): CheckerState | undefined => states[id] ?? fresh.get(id);
  const now = startFleet(before, view, wallMs, { saved }).fleet;
  const { fleet } = reloadFleet(now, before, plans, view, wallMs);
  const desired = desiredTable(plans, fleet);
  const ours = new Set([...desired.keys(), ...before.flatMap((plan) => allServices(plan).map(serviceKey))]);
  const flushes = running === undefined && next.flushAtStart;
  const actual = new Map([...kernel.table].filter(([key]) => flushes || ours.has(key)));
  return diffTables(desired, actual).map((command) => tableChange(command, actual));
}

/** A new alpha check of a server that serves takes it for good. */
function servingCheckers(before: readonly VirtualServerPlan[], saved: SavedVerdicts | undefined): Set<string> {
  const known = new Set(checkersOf(before).map(({ id }) => id));
  const up = [...known].filter((id) => saved?.checkers[id]?.up !== false);
  return new Set(up);
}

const checkersOf = (plans: readonly VirtualServerPlan[]): CheckerPlan[] =>
  plans.flatMap((plan) => plan.realServers.flatMap((rs) => rs.checkers));

const kindOf = { add: "add", set: "change", del: "remove" } as const;

const tableChange = (command: Command, actual: Table): Preview["table"][number] => ({
  op: command.op,
  kind: kindOf[command.op.slice(0, 3) as keyof typeof kindOf],
  text: changeText(command, actual),
});

type Held = { readonly instance: string; readonly address: string; readonly text: string };

export function addressChanges(
  next: VrrpProcessPlan,
  running: VrrpProcessPlan | undefined,
  kernel: Pick<Kernel, "isLocal">,
): Change[] {
  const [after, before] = [heldAddresses(next), running ? heldAddresses(running) : new Map<string, Held>()];
  const changes: Change[] = [];
  for (const [key, { text, address }] of after)
    if (!before.has(key)) {
      const here = kernel.isLocal(address) ? ", which is on this host now" : "";
      changes.push({ kind: "add", text: `${text}${here}` });
    }
  for (const [key, { text, address }] of before)
    if (!after.has(key)) {
      const here = kernel.isLocal(address) ? ", which is on this host now" : "";
      changes.push({ kind: "remove", text: `${text}${here}` });
    }
  return changes;
}

function heldAddresses(plan: VrrpProcessPlan): Map<string, Held> {
  const held = new Map<string, Held>();
  for (const instance of plan.instances)
    for (const virtual of [...instance.addresses, ...instance.excludedAddresses]) {
      const text = `${addressText(virtual, instance.interface)} of ${instance.name}`;
      held.set(text, { instance: instance.name, address: virtual.address, text });
    }
  return held;
}

const addressText = ({ address, prefixLength, interface: own }: VirtualAddress, device: string): string =>
  `${address}/${prefixLength} on ${own ?? device}`;

export function settingChanges(next: CheckerProcessPlan, running: CheckerProcessPlan | undefined): Change[] {
  const [after, before] = [wantedSettings(next), running ? wantedSettings(running) : {}];
  const nameOf = (name: string): string => (name.startsWith("timeout ") ? name : `net.ipv4.vs.${name}`);
  const set = Object.entries(after).flatMap(([name, value]): Change[] => {
    const was = before[name];
    if (was === value) return [];
    return was === undefined
      ? [{ kind: "add", text: `${nameOf(name)} = ${value}` }]
      : [{ kind: "change", text: `${nameOf(name)}: ${was} → ${value}` }];
  });
  const gone = Object.keys(before).filter((name) => after[name] === undefined);
  return [...set, ...gone.map((name): Change => ({ kind: "remove", text: `${nameOf(name)}, back to what it was` }))];
}

const TITLES = {
  table: "IPVS table",
  addresses: "Virtual addresses",
  checks: "Checks",
  sync: "Connection sync",
  settings: "Settings of IPVS",
} as const satisfies Record<keyof Preview, string>;
const SIGNS = { add: "+", change: "~", remove: "-" } as const;

/** For people. */
export function previewText(preview: Preview): string {
  const sections = (Object.keys(TITLES) as (keyof Preview)[])
    .filter((name) => preview[name].length > 0)
    .map((name) => [TITLES[name], ...preview[name].map(({ kind, text }) => `  ${SIGNS[kind]} ${text}`)].join("\n"));
  return sections.length === 0 ? "nothing changes\n" : `${sections.join("\n\n")}\n`;
}
