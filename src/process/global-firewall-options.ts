import type { Arguments } from "../config/arguments.ts";
import { row, type ValueType } from "../config/row.ts";
import { flag, int, MAX_INT32, MAX_UINT32, optional, word } from "../config/types.ts";

const vrrp = { in: "global_defs", process: "vrrp" } as const;
const checker = { in: "global_defs", process: "checker" } as const;

const NO_IPTABLES = "rules are made by nftables, in the table `keepalived` or that of `nftables`";
const NO_MARKS = "each member of a virtual_server_group is a service of its own";

/** Names of chains and sets: XT_EXTENSION_MAXNAMELEN of linux/netfilter/x_tables.h, IPSET_MAXNAMELEN of linux/netfilter/
 *  ipset/ip_set.h, NFT_NAME_MAXLEN of linux/netfilter/nf_tables.h, each less its terminating NUL. */
const MAX_CHAIN_NAME = 28;
const MAX_SET_NAME = 31;
const MAX_TABLE_NAME = 255;

/** Up to `most` names, none longer than `max` bytes. */
const names = (syntax: string, most: number, max: number): ValueType<readonly string[]> => ({
  syntax,
  body: "none",
  range: `names of 1..${max} characters`,
  show: (list) => list.join(" "),
  read: (words: Arguments) => {
    const list: string[] = [];
    while (list.length < most) {
      const token = words.take();
      if (!token) break;
      if (token.text === "" || Buffer.byteLength(token.text) > max)
        return words.bad(token, `a name of 1 to ${max} characters`);
      list.push(token.text);
    }
    return list;
  },
});

const BASE_PRIORITY = {
  type: int({ min: -MAX_INT32 - 1, max: MAX_INT32 }),
  default: -1,
  rfc: "priority of a base chain, nft(8)",
} as const;

/** Rules of the kernel's firewall: for addresses that take no traffic, for VMACs, and for groups of virtual servers. */
export const firewallRows = [
  row({
    ...vrrp,
    name: "vrrp_iptables",
    type: names("[INCHAIN [OUTCHAIN]]", 2, MAX_CHAIN_NAME),
    defaultText: "off; INPUT and OUTPUT where no chain is given",
    doc: "Drop traffic to the virtual addresses of instances with `no_accept` by rules in these chains of iptables.",
    example: "vrrp_iptables INPUT OUTPUT",
    since: "1.2.20",
    noEffect: NO_IPTABLES,
  }),
  row({
    ...vrrp,
    name: "vrrp_ipsets",
    type: names("[SET4 [SET6 [IF6 [IGMP [MLD [ND]]]]]]", 6, MAX_SET_NAME),
    defaultText: "keepalived, keepalived6, keepalived_if6 and so on; none where the keyword stands alone",
    doc: "Names of the ipsets that `vrrp_iptables` uses: for IPv4, IPv6, link-local addresses, IGMP, MLD and neighbour discovery. Names that are left out follow from the first.",
    example: "vrrp_ipsets lvs lvs6",
    since: "1.2.20",
    noEffect: NO_IPTABLES,
  }),
  row({
    ...vrrp,
    name: "nftables",
    type: optional(word("TABLE", MAX_TABLE_NAME), "keepalived"),
    defaultText: "keepalived",
    doc: "Drop traffic to the virtual addresses of instances with `no_accept` by rules in a table of nftables of this name. A reload cannot change it.",
    example: "nftables lvs",
    since: "2.0.11",
  }),
  row({
    ...vrrp,
    ...BASE_PRIORITY,
    name: "nftables_priority",
    doc: "Priority of the base chains of that table.",
    example: "nftables_priority -10",
    since: "2.0.11",
  }),
  row({
    ...vrrp,
    name: "nftables_ifindex",
    type: flag(),
    default: false,
    doc: "Sets hold the numbers of interfaces instead of their names.",
    example: "nftables_ifindex",
    since: "2.0.11",
  }),
  row({
    ...vrrp,
    name: "nftables_counters",
    process: "all",
    type: flag(),
    default: false,
    doc: "Rules count what they match.",
    example: "nftables_counters",
    since: "2.0.11",
  }),
  row({
    ...checker,
    name: "nftables_ipvs",
    type: optional(word("TABLE", MAX_TABLE_NAME), "keepalived_ipvs"),
    defaultText: "keepalived_ipvs where no table is given; off without the keyword",
    doc: "Make a virtual_server_group of several members one service of a firewall mark, which rules in this table of nftables set. A reload cannot change it.",
    example: "nftables_ipvs lvs_marks",
    since: "2.2.2",
    noEffect: NO_MARKS,
  }),
  row({
    ...checker,
    ...BASE_PRIORITY,
    name: "nftables_ipvs_priority",
    doc: "Priority of the base chains of that table.",
    example: "nftables_ipvs_priority -10",
    since: "2.2.2",
    noEffect: NO_MARKS,
  }),
  row({
    ...checker,
    name: "nftables_ipvs_start_fwmark",
    type: int({ min: 1, max: MAX_UINT32 }),
    default: 1000,
    doc: "First of the firewall marks that those groups get.",
    example: "nftables_ipvs_start_fwmark 2000",
    since: "2.2.2",
    noEffect: NO_MARKS,
  }),
] as const;
