import { addressPort } from "../config/addresses.ts";
import { command } from "../config/command.ts";
import { row } from "../config/row.ts";
import { flag, int, optionalBool, seconds, word } from "../config/types.ts";
import { lbKind } from "./argument-options.ts";

const MAX_INT32 = 2_147_483_647;
const MAX_UINT32 = 4_294_967_295;

const vs = { in: "virtual_server", process: "checker" } as const;

const script = <const N extends "quorum_up" | "quorum_down">(name: N, doc: string) =>
  row({
    ...vs,
    name,
    type: command({ account: true }),
    repeat: "first",
    doc,
    example: `${name} "/etc/keepalived/quorum.sh ${name === "quorum_up" ? "up" : "down"}"`,
    since: "1.1.16",
  });

/** How many live servers are enough, what happens when they are not, and who is told. */
export const quorumRows = [
  row({
    ...vs,
    name: "weight",
    type: int({ min: 1, max: MAX_INT32 }),
    default: 1,
    doc: "Default weight of its real servers.",
    example: "weight 100",
    since: "1.3.7",
  }),
  row({
    ...vs,
    name: "inhibit_on_failure",
    type: flag(),
    default: false,
    doc: "Failed servers stay in the table with weight 0, so that connections to them go on.",
    example: "inhibit_on_failure",
    since: "1.3.7",
  }),
  row({
    ...vs,
    name: "alpha",
    type: flag(),
    default: false,
    doc: "Servers join only after their first successful check.",
    example: "alpha",
    since: "1.1.16",
  }),
  row({
    ...vs,
    name: "omega",
    type: flag(),
    default: false,
    doc: "Run notify_down and quorum_down at a stop, which is silent otherwise.",
    example: "omega",
    since: "1.1.16",
  }),
  row({
    ...vs,
    name: "quorum",
    type: int({ min: 1, max: MAX_UINT32 }),
    default: 1,
    doc: "Least sum of weights of live servers.",
    example: "quorum 2",
    since: "1.1.16",
  }),
  row({
    ...vs,
    name: "hysteresis",
    type: int({ min: 0, max: MAX_UINT32 }),
    default: 0,
    doc: "Up again at quorum plus this, down below quorum minus this. Less than the quorum.",
    example: "hysteresis 1",
    since: "1.1.16",
  }),
  script("quorum_up", "Run when the quorum is gained, at start too."),
  script("quorum_down", "Run when the quorum is lost."),
  row({
    ...vs,
    name: "sorry_server",
    type: addressPort(),
    repeat: "first",
    doc: "Takes connections while there is no quorum.",
    example: "sorry_server 192.168.1.99 80",
    since: "<=1.1.0",
  }),
  row({
    ...vs,
    name: "sorry_server_inhibit",
    type: flag(),
    default: false,
    doc: "The sorry server stands in the table with weight 0 all the time.",
    example: "sorry_server_inhibit",
    since: "1.2.13",
  }),
  row({
    ...vs,
    name: "sorry_server_lvs_method",
    type: lbKind(),
    defaultText: "`lb_kind`",
    doc: "How packets are forwarded to the sorry server.",
    example: "sorry_server_lvs_method NAT",
    since: "1.3.6",
  }),
  row({
    ...vs,
    name: "virtualhost",
    type: word("HOST"),
    doc: "Host header of its HTTP_GET and SSL_GET.",
    example: "virtualhost www.example.org",
    since: "<=1.1.0",
  }),
  row({
    ...vs,
    name: "smtp_alert",
    type: optionalBool(),
    defaultText: "off",
    doc: "Mail when the quorum is gained or lost. Where it is not given, `smtp_alert_checker` and `smtp_alert` of global_defs decide.",
    example: "smtp_alert",
    since: "2.0.0",
  }),
  row({
    ...vs,
    name: "slow_start",
    type: seconds({ minS: 0, maxS: 86_400, places: 3 }),
    default: 0,
    doc: "How long the weight of a real server rises, from 1 to the full one, after it came back; 0: not at all. It takes a scheduler that looks at weights. Not known to keepalived.",
    example: "slow_start 60",
  }),
  row({
    ...vs,
    name: "ha_suspend",
    type: flag(),
    default: false,
    doc: "Check only while the address is on this host.",
    example: "ha_suspend",
    since: "<=1.1.0",
  }),
  row({
    ...vs,
    name: "snmp_name",
    type: word("NAME"),
    doc: "Name in SNMP.",
    example: "snmp_name web",
    since: "2.2.3",
    noEffect: "there is no SNMP agent",
  }),
  row({
    ...vs,
    name: "nat_mask",
    type: word("NETMASK"),
    doc: "A leftover of old examples.",
    example: "nat_mask 255.255.255.0",
    noEffect: "NAT has no mask, nor has it in keepalived",
  }),
] as const;
