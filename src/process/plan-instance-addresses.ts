import { quote } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf, writtenItems } from "../config/place.ts";
import { type Family, familyOf } from "../core/ip.ts";
import type { AddressLine } from "../vrrp/address-line-options.ts";
import type { VirtualAddress, VrrpInstancePlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import { planAddress } from "./plan-address.ts";
import type { PlanContext } from "./plan-context.ts";

/** What an instance's addresses have to fit. `vmacOf` names the macvlan that an address of another interface is put on. */
export type AddressFrame = {
  /** Empty: the instance has no interface. */
  readonly device: string;
  readonly family: Family;
  readonly version: 2 | 3;
  readonly strict: boolean;
  readonly hmac: boolean;
  readonly vmacOf: (line: AddressLine) => string | undefined;
};

type Addresses = Pick<VrrpInstancePlan, "addresses" | "excludedAddresses">;

export function planAddresses(block: VrrpInstance, frame: AddressFrame, context: PlanContext): Addresses {
  const { problems } = context;
  const seen = new Set<string>();
  const carried = usable(block, "virtual_ipaddress", seen, frame, context);
  const excluded = usable(block, "virtual_ipaddress_excluded", seen, frame, context);
  reportFamilies(block.virtual_ipaddress ?? [], frame.family, context);
  reportNone(block, carried.length, frame, context);
  if (frame.device === "") reportNowhere(block, context);
  const most = mostAdvertised(frame);
  if (carried.length > most)
    problems.warning(
      "vrrp/many-addresses",
      `only ${most} addresses fit into an advertisement: the others are held without it`,
      block.virtual_ipaddress?.[most]?.at ?? placeOf(block, "virtual_ipaddress"),
      { hint: "put the others into `virtual_ipaddress_excluded` on all routers of the group" },
    );
  return { addresses: carried.slice(0, most), excludedAddresses: [...carried.slice(most), ...excluded] };
}

/** Bytes of a packet on Ethernet, and of the headers before the addresses of an advertisement: IP, and VRRP's own. */
const ETHERNET_MTU = 1500;
const HEADER_BYTES = { 4: 20 + 8, 6: 40 + 8 } as const;
const HMAC_TRAILER_BYTES = 28;
/** The count of addresses is one byte. RFC 9568 §5.2.5. */
const MOST_COUNTED = 255;

function mostAdvertised({ family, hmac }: AddressFrame): number {
  const room = ETHERNET_MTU - HEADER_BYTES[family] - (hmac ? HMAC_TRAILER_BYTES : 0);
  return Math.min(MOST_COUNTED, Math.floor(room / (family === 6 ? 16 : 4)));
}

/** Without the addresses that are there already. */
function usable(
  block: VrrpInstance,
  keyword: "virtual_ipaddress" | "virtual_ipaddress_excluded",
  seen: Set<string>,
  { vmacOf }: AddressFrame,
  { problems }: PlanContext,
): readonly VirtualAddress[] {
  return (block[keyword] ?? []).flatMap((line): VirtualAddress[] => {
    const key = `${line.address} ${line.interface ?? ""}`;
    if (seen.has(key)) {
      problems.warning("vrrp/address-twice", `${quote(line.address)} is given twice: once counts`, line.at);
      return [];
    }
    seen.add(key);
    const vmac = vmacOf(line);
    return [{ ...planAddress(line), ...(vmac !== undefined && { vmac }) }];
  });
}

/** One finding an instance: where the first of them belongs, the others belong too. */
function reportFamilies(lines: readonly AddressLine[], family: Family, { problems }: PlanContext): void {
  const others = lines.filter(({ address }) => familyOf(address) !== family);
  const [first] = others;
  if (!first) return;
  const more = others.length > 1 ? `, nor are ${others.length - 1} more` : "";
  problems.error(
    "vrrp/mixed-families",
    `${quote(first.address)} is not IPv${family}, which the instance speaks${more}`,
    first.at,
    { hint: "put it into `virtual_ipaddress_excluded`, or into an instance of its own" },
  );
}

function reportNone(block: VrrpInstance, count: number, frame: AddressFrame, { problems }: PlanContext): void {
  if (count > 0 || block.no_virtual_ipaddress) return;
  if (writtenItems(block, "virtual_ipaddress") > 0) return; // what is wrong with its lines has been said
  const message = `vrrp_instance ${quote(block.argument)} has no addresses`;
  const at = isGiven(block, "virtual_ipaddress") ? placeOf(block, "virtual_ipaddress") : blockPlace(block);
  const hint = "add `virtual_ipaddress { ADDRESS }`, or `no_virtual_ipaddress` if it is meant so";
  const severity = frame.version === 3 || frame.strict ? "error" : "warning";
  problems[severity]("vrrp/no-addresses", message, at, { hint });
}

/** An instance without interface has none to put addresses on that do not name theirs. */
function reportNowhere(block: VrrpInstance, { problems }: PlanContext): void {
  const lines = [...(block.virtual_ipaddress ?? []), ...(block.virtual_ipaddress_excluded ?? [])];
  const first = lines.find((line) => line.interface === undefined);
  if (first)
    problems.error("vrrp/no-device", `the instance has no interface to put ${quote(first.address)} on`, first.at, {
      hint: "add `dev IFNAME` to each address, or `interface IFNAME` to the instance",
    });
}
