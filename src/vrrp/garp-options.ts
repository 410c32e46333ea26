import type { Arguments } from "../config/arguments.ts";
import { clamped } from "../config/corrected.ts";
import { alias, row, type ValueType } from "../config/row.ts";
import { int, readInt, seconds } from "../config/types.ts";

/** Announcements on interfaces that no adverts leave by: on `all` with addresses of an instance, or on its VMACs. 0 ms:
 *  none. */
export type ExtraGarp = { readonly all: boolean; readonly intervalMs: number };

/** `[all] SECONDS`, `minS` to 86,400 s, in any order. */
const extraGarp = (minS: 0 | 1): ValueType<ExtraGarp> => ({
  syntax: `[all] SECONDS ${minS}..86400`,
  body: "none",
  unit: "s",
  range: `${minS}..86400`,
  read: (words: Arguments) => {
    const first = takeAll(words);
    const number = words.need("a number of whole seconds");
    const interval = number && readInt(words, number, minS, 86_400);
    const all = takeAll(words) || first;
    return interval === undefined ? undefined : { all, intervalMs: interval * 1000 };
  },
});

function takeAll(words: Arguments): boolean {
  const isThere = words.peek()?.text === "all";
  if (isThere) words.take();
  return isThere;
}

const instance = { in: "vrrp_instance", process: "vrrp" } as const;
const MAX_UINT32 = 4_294_967_295;

const repeats = () => clamped(int({ min: 0, max: MAX_UINT32 }), { min: 1, max: MAX_UINT32 }, "at least one is sent");

const garpExtraIf = row({
  ...instance,
  name: "garp_extra_if",
  type: extraGarp(0),
  defaultText: "`vrrp_garp_extra_if`",
  doc: "While MASTER, announce an address on each VMAC that no advertisements leave by, this often, so that switches keep its port; with `all` on every such interface that has addresses of the instance. 0: never.",
  example: "garp_extra_if all 60",
  since: "2.2.3",
});

/** Gratuitous ARPs, and unsolicited neighbour advertisements for IPv6: "announcements" here. */
export const garpRows = [
  row({
    ...instance,
    name: "garp_master_delay",
    type: seconds({ minS: 0, maxS: 4294, places: 0 }),
    defaultText: "`vrrp_garp_master_delay`",
    doc: "After this the second batch of gratuitous ARPs of a new master; 0: no second batch.",
    example: "garp_master_delay 10",
    since: "<=1.1.0",
  }),
  row({
    ...instance,
    name: "garp_master_repeat",
    type: repeats(),
    defaultText: "`vrrp_garp_master_repeat`",
    doc: "Gratuitous ARPs in a batch.",
    example: "garp_master_repeat 3",
    since: "1.2.14",
  }),
  row({
    ...instance,
    name: "garp_master_refresh",
    type: seconds({ minS: 0, maxS: MAX_UINT32, places: 0 }),
    defaultText: "`vrrp_garp_master_refresh`",
    doc: "Repeat gratuitous ARPs this often while MASTER; 0: never.",
    example: "garp_master_refresh 60",
    since: "1.2.10",
  }),
  row({
    ...instance,
    name: "garp_master_refresh_repeat",
    type: repeats(),
    defaultText: "`vrrp_garp_master_refresh_repeat`",
    doc: "Gratuitous ARPs in a refresh.",
    example: "garp_master_refresh_repeat 2",
    since: "1.2.14",
  }),
  row({
    ...instance,
    name: "garp_lower_prio_delay",
    type: seconds({ minS: 0, maxS: 4294, places: 0 }),
    defaultText: "`vrrp_garp_lower_prio_delay`",
    doc: "Delay of the second batch after an advertisement of lower priority.",
    example: "garp_lower_prio_delay 2",
    since: "1.2.20",
  }),
  row({
    ...instance,
    name: "garp_lower_prio_repeat",
    type: int({ min: 0, max: 2_147_483_647 }),
    defaultText: "`vrrp_garp_lower_prio_repeat`; 0 in strict mode",
    doc: "Gratuitous ARPs after an advertisement of lower priority; 0: none.",
    example: "garp_lower_prio_repeat 1",
    since: "1.2.20",
  }),
  garpExtraIf,
  alias({
    ...instance,
    name: "vmac_garp_intvl",
    of: garpExtraIf,
    deprecated: "write `garp_extra_if`",
    example: "vmac_garp_intvl 60",
    since: "2.2.0",
  }),
] as const;
