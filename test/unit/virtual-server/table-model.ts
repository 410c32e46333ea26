import fc from "fast-check";
import { allServices } from "../../../src/virtual-server/group.ts";
import type { CheckerProcessPlan, RealServerPlan, VirtualServerPlan } from "../../../src/virtual-server/model.ts";
import { realServerKey, savedKey, virtualServerKey } from "../../../src/virtual-server/names.ts";
import type { RsCommand } from "../../../src/virtual-server/rs-command.ts";
import { processPlan, service, sorry } from "./plans.ts";
import { groupOf, guarded } from "./room.ts";

/** What the kernel's table is to be, said a second time and without a state: from the configuration, who is alive, and what
 *  was said of real servers at run time. */

/** What was said last, by savedKey() of the real server. */
export type Said = ReadonlyMap<string, RsCommand>;

/** "10.0.1.1:80" → its destinations as "10.0.0.2:80 w1", sorted. */
export type Rows = ReadonlyMap<string, readonly string[]>;

export const SERVERS = [2, 3, 4] as const;
export const numberOf = ({ address }: Pick<RealServerPlan, "address">): number => Number(address.split(".")[3]);

const withSorry = { sorryServer: sorry(9) };
const resyncMs = 1000;

/** 10.0.0.2 to 10.0.0.4 behind services of every shape; one is changed into another by a reload. */
export const plans: readonly CheckerProcessPlan[] = [
  [service(1, [guarded(2), guarded(3)], withSorry)],
  [service(1, [guarded(3), guarded(4)], withSorry), service(2, [guarded(2)])],
  [service(2, [guarded(2), guarded(4)], { quorum: 2, sorryServer: sorry(9) })],
  [service(1, [{ ...guarded(2), weight: 7, inhibitOnFailure: true, slowStartMs: 3000 }, guarded(3)])],
  [service(1, [guarded(2), guarded(3)], { ...withSorry, group: groupOf("10.0.1.1", 2) })],
  [service(3, [guarded(3), guarded(4)], { ...withSorry, group: groupOf("10.0.1.3", 2, 80, 81) })],
  [service(1, [guarded(2), guarded(3)], { sorryServer: sorry(9, { inhibit: true }) })],
  [service(1, [{ ...guarded(2), upperThreshold: 9 }, guarded(3), guarded(4)], { scheduler: "wlc" })],
  [service(1, [guarded(2), { ...guarded(3), inhibitOnFailure: true }], { quorum: 2, sorryServer: sorry(3) })],
  [
    service(1, [guarded(2), guarded(3)], { ...withSorry, group: groupOf("10.0.1.1", 2) }),
    service(1, [{ ...guarded(3), weight: 5 }, guarded(4)], { group: { ...groupOf("10.0.1.1", 2), position: 1 } }),
  ],
  [],
].map((virtualServers) => processPlan(virtualServers, { resyncMs }));

export function rowsOf(plan: CheckerProcessPlan, isUp: (server: number) => boolean, said: Said): Rows {
  const rows = new Map<string, readonly string[]>();
  for (const vs of plan.virtualServers)
    for (const id of allServices(vs)) {
      if (id.kind !== "address") continue;
      const name = `${id.address}:${id.port}`;
      rows.set(name, joined(rows.get(name) ?? [], destinationsOf(vs, isUp, said), id.port));
    }
  return rows;
}

/** A service of several virtual servers has the real servers of all, each as the first has it by whom it serves. */
function joined(row: readonly string[], more: readonly [string, number][], port: number): readonly string[] {
  const texts = new Map(row.map((text) => [text.split(" ")[0], text]));
  for (const [address, weight] of more) {
    const place = `${address}:${port}`;
    if (texts.get(place)?.endsWith(" w0") !== false) texts.set(place, `${place} w${weight}`);
  }
  return [...texts.values()].sort();
}

/** Address and weight. */
function destinationsOf(vs: VirtualServerPlan, isUp: (server: number) => boolean, said: Said): [string, number][] {
  const servers = vs.realServers.map((rs) => {
    const given = said.get(savedKey(virtualServerKey(vs), realServerKey(rs)));
    const out = given?.do === "disable" || (given?.do === "drain" && given.after === "remove");
    const weight = given?.do === "weight" ? given.weight : given?.do === "drain" ? 0 : rs.weight;
    return { rs, out, weight, kept: given?.do === "drain", alive: isUp(numberOf(rs)) };
  });
  const sum = servers.reduce((total, { out, weight, alive }) => (alive && !out ? total + weight : total), 0);
  const standIn = vs.sorryServer && !(sum > 0 && sum >= vs.quorum);
  const there = new Map(
    servers.flatMap(({ rs, out, weight, kept, alive }): [string, number][] => {
      if (out) return [];
      if (alive && (!standIn || kept)) return [[rs.address, weight]];
      return rs.inhibitOnFailure ? [[rs.address, 0]] : [];
    }),
  );
  const { sorryServer } = vs;
  if (sorryServer && standIn) there.set(sorryServer.address, 1);
  else if (sorryServer?.inhibit && !there.has(sorryServer.address)) there.set(sorryServer.address, 0);
  return [...there];
}

export const serves = (row: readonly string[] | undefined): boolean =>
  row?.some((destination) => !destination.endsWith(" w0")) === true;

type RsWords = RsCommand extends infer C ? (C extends RsCommand ? Omit<C, "server" | "service"> : never) : never;

/** What happens to a checker process: a server's health, a reload, a word of the administrator. */
export type Event =
  | { readonly server: number; readonly up: boolean }
  | { readonly plan: number }
  | { readonly said: RsCommand };

/** What somebody else does to the table: of the n-th entry there is. `ours` goes, changes its weight, gets a stranger. */
export type Meddling = {
  readonly meddle: "remove" | "weight" | "stranger" | "service" | "clear" | "foreign";
  readonly n: number;
};

/** `crash`: the process dies when the kernel has carried out so many commands of what `during` brings about, and has told
 *  its parent of it or not; another one continues, after `meanwhile`; `again`: which dies in its turn as it starts, after so
 *  many commands. `refuse`: which of the next commands the kernel refuses, in one
 *  round or over several. */
export type Happening =
  | Event
  | Meddling
  | {
      readonly crash: number;
      readonly during?: Event;
      readonly told: boolean;
      readonly meanwhile?: Meddling;
      readonly again?: number;
    }
  | { readonly refuse: readonly boolean[] };

const anySaid: fc.Arbitrary<RsCommand> = fc
  .tuple(
    fc.constantFrom(...SERVERS).map((n) => ({ address: `10.0.0.${n}` })),
    fc.constantFrom<RsWords>(
      { do: "drain", after: "remove" },
      { do: "drain", after: "stay" },
      { do: "disable" },
      { do: "enable" },
      { do: "weight", weight: 0 },
      { do: "weight", weight: 9 },
    ),
  )
  .map(([named, words]): RsCommand => ({ server: named, ...words }));

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ server: fc.constantFrom(...SERVERS), up: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ plan: fc.nat(plans.length - 1) }) },
  { weight: 3, arbitrary: fc.record({ said: anySaid }) },
);

const anyMeddling: fc.Arbitrary<Meddling> = fc.record({
  meddle: fc.constantFrom("remove", "weight", "stranger", "service", "clear", "foreign"),
  n: fc.nat(5),
});

export const anyHappenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: anyEvent },
    { weight: 2, arbitrary: anyMeddling },
    {
      weight: 2,
      arbitrary: fc.record(
        { crash: fc.nat(4), during: anyEvent, told: fc.boolean(), meanwhile: anyMeddling, again: fc.nat(4) },
        { requiredKeys: ["crash", "told"] },
      ),
    },
    { weight: 1, arbitrary: fc.record({ refuse: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }) }) },
  ),
  { maxLength: 12 },
);
