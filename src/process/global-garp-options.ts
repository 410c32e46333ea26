import { clamped, corrected } from "../config/corrected.ts";
import { alias, row } from "../config/row.ts";
import { int, MAX_INT32, MAX_UINT32, optionalBool, seconds } from "../config/types.ts";
import { extraGarp } from "./global-values.ts";

const vrrp = { in: "global_defs", process: "vrrp" } as const;

const repeats = () => clamped(int({ min: 0, max: MAX_UINT32 }), { min: 1, max: MAX_UINT32 }, "at least one is sent");

/** Distribution files have 0 here, which keepalived complains about and takes as nothing given. */
const gap = () => ({
  ...corrected(seconds({ minS: 0, maxS: 4294.967295 }), (ms) =>
    ms === 0 ? { value: 0, shown: "no gap", why: "the least gap is 0.000001 s", hint: "remove the line" } : undefined,
  ),
  range: "0.000001..4294.967295",
});

const extraInterfaces = row({
  ...vrrp,
  name: "vrrp_garp_extra_if",
  type: extraGarp(),
  defaultText: "off",
  doc: "Send gratuitous ARPs this often on each VMAC that no advertisements leave by; with `all` on each such interface that has addresses.",
  example: "vrrp_garp_extra_if all 60",
  since: "2.2.3",
});

/** How addresses are made known after a change of master: gratuitous ARPs, and unsolicited neighbour advertisements. */
export const garpRows = [
  row({
    ...vrrp,
    name: "vrrp_garp_master_delay",
    type: seconds({ minS: 0, maxS: 4294, places: 0 }),
    default: 5000,
    doc: "After this the second batch of gratuitous ARPs of a new master; 0: no second batch.",
    example: "vrrp_garp_master_delay 5",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "vrrp_garp_master_repeat",
    type: repeats(),
    default: 5,
    doc: "Gratuitous ARPs in a batch; 0 is read as 1.",
    example: "vrrp_garp_master_repeat 5",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "vrrp_garp_master_refresh",
    type: seconds({ minS: 0, maxS: MAX_UINT32, places: 0 }),
    default: 0,
    doc: "Repeat gratuitous ARPs this often while master; 0: never.",
    example: "vrrp_garp_master_refresh 60",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "vrrp_garp_master_refresh_repeat",
    type: repeats(),
    default: 1,
    doc: "Gratuitous ARPs in a refresh; 0 is read as 1.",
    example: "vrrp_garp_master_refresh_repeat 2",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "vrrp_garp_lower_prio_delay",
    type: seconds({ minS: 0, maxS: 4294, places: 0 }),
    defaultText: "`vrrp_garp_master_delay`",
    doc: "Delay of the second batch after an advertisement of lower priority.",
    example: "vrrp_garp_lower_prio_delay 10",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "vrrp_garp_lower_prio_repeat",
    type: int({ min: 0, max: MAX_INT32 }),
    defaultText: "`vrrp_garp_master_repeat`",
    doc: "Gratuitous ARPs after an advertisement of lower priority; 0: none.",
    example: "vrrp_garp_lower_prio_repeat 1",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "vrrp_garp_interval",
    type: gap(),
    default: 0,
    doc: "Least gap between gratuitous ARPs on an interface.",
    example: "vrrp_garp_interval 0.001",
    since: "1.2.21",
  }),
  row({
    ...vrrp,
    name: "vrrp_gna_interval",
    type: gap(),
    default: 0,
    doc: "Least gap between unsolicited neighbour advertisements on an interface.",
    example: "vrrp_gna_interval 0.000001",
    since: "1.2.21",
    rfc: "RFC 4861 §7.2.6",
  }),
  row({
    ...vrrp,
    name: "vrrp_min_garp",
    type: optionalBool(),
    default: false,
    doc: "One gratuitous ARP, no second batch and no refresh, where nothing else is given.",
    example: "vrrp_min_garp",
    since: "2.0.12",
  }),
  extraInterfaces,
  alias({
    ...vrrp,
    name: "vrrp_vmac_garp_intvl",
    of: extraInterfaces,
    deprecated: "write `vrrp_garp_extra_if`",
    example: "vrrp_vmac_garp_intvl 60",
    since: "2.2.0",
  }),
] as const;
