import { addressBytes, type Family } from "../core/ip.ts";
import { bytes, encodeAttrs, text, u8, u32 } from "./attrs.ts";
import { type Prefix, type Realms, realmsValue, tableByte, u64be } from "./fib-messages.ts";
import { writeU16, writeU32 } from "./host-order.ts";
import { AF } from "./message.ts";

/** Policy rules as rtnetlink's messages (linux/fib_rules.h). */

type Range = { readonly from: number; readonly to: number };

export type RuleRequest = {
  readonly family: Family;
  readonly invert: boolean;
  readonly from?: Prefix;
  readonly to?: Prefix;
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  readonly mark?: { readonly mark: number; readonly mask: number };
  readonly tos: number;
  readonly ipProtocol?: number;
  readonly sourcePorts?: Range;
  readonly destinationPorts?: Range;
  readonly users?: Range;
  /** 64 bits in decimal. */
  readonly tunnelId?: string;
  readonly preference: number;
  readonly realms?: Realms;
  readonly suppressPrefixLength?: number;
  readonly suppressInterfaceGroup?: number;
  /** RTPROT_*: 18 is keepalived's. */
  readonly protocol: number;
  readonly action:
    | { readonly do: "table"; readonly table: number }
    | { readonly do: "l3mdev" | "blackhole" | "unreachable" | "prohibit" | "nop" }
    | { readonly do: "goto"; readonly target: number };
};

/** FR_ACT_* */
const ACTIONS = { table: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8, l3mdev: 1 } as const;
const FIB_RULE_INVERT = 2;

const range16 = {
  write: (r: Range, into: Buffer, at: number) => writeU16(into, r.to, writeU16(into, r.from, at)),
  read: () => undefined,
} as const;
const range32 = {
  write: (r: Range, into: Buffer, at: number) => writeU32(into, r.to, writeU32(into, r.from, at)),
  read: () => undefined,
} as const;
const ruleAttrs = {
  to: [1, bytes],
  from: [2, bytes],
  inputInterface: [3, text(16)],
  target: [4, u32],
  preference: [6, u32],
  mark: [10, u32],
  realms: [11, u32],
  tunnelId: [12, u64be],
  suppressInterfaceGroup: [13, u32],
  suppressPrefixLength: [14, u32],
  table: [15, u32],
  mask: [16, u32],
  outputInterface: [17, text(16)],
  l3mdev: [19, u8],
  users: [20, range32],
  protocol: [21, u8],
  ipProtocol: [22, u8],
  sourcePorts: [23, range16],
  destinationPorts: [24, range16],
} as const;

/** The payload of RTM_NEWRULE and RTM_DELRULE. RangeError for a value that no attribute can hold. */
export function encodeRule(rule: RuleRequest): Buffer {
  const { action, mark } = rule;
  const table = action.do === "table" ? action.table : 0;
  const header = Buffer.alloc(12);
  header.writeUInt8(AF[rule.family], 0);
  header.writeUInt8(rule.to?.prefixLength ?? 0, 1);
  header.writeUInt8(rule.from?.prefixLength ?? 0, 2);
  header.writeUInt8(rule.tos, 3);
  header.writeUInt8(tableByte(table), 4);
  header.writeUInt8(ACTIONS[action.do], 7);
  writeU32(header, rule.invert ? FIB_RULE_INVERT : 0, 8);
  const attrs = encodeAttrs(ruleAttrs, {
    ...(rule.to && rule.to.prefixLength > 0 && { to: addressBytes(rule.to.address) }),
    ...(rule.from && rule.from.prefixLength > 0 && { from: addressBytes(rule.from.address) }),
    ...(rule.inputInterface !== undefined && { inputInterface: rule.inputInterface }),
    ...(action.do === "goto" && { target: action.target }),
    preference: rule.preference,
    ...(mark && { mark: mark.mark, mask: mark.mask }),
    ...(rule.realms && { realms: realmsValue(rule.realms) }),
    ...(rule.tunnelId !== undefined && { tunnelId: BigInt(rule.tunnelId) }),
    ...(rule.suppressInterfaceGroup !== undefined && { suppressInterfaceGroup: rule.suppressInterfaceGroup }),
    ...(rule.suppressPrefixLength !== undefined && { suppressPrefixLength: rule.suppressPrefixLength }),
    ...(action.do === "table" && { table }),
    ...(rule.outputInterface !== undefined && { outputInterface: rule.outputInterface }),
    ...(action.do === "l3mdev" && { l3mdev: 1 }),
    ...(rule.users && { users: rule.users }),
    protocol: rule.protocol,
    ...(rule.ipProtocol !== undefined && { ipProtocol: rule.ipProtocol }),
    ...(rule.sourcePorts && { sourcePorts: rule.sourcePorts }),
    ...(rule.destinationPorts && { destinationPorts: rule.destinationPorts }),
  });
  return Buffer.concat([header, attrs]);
}
