import { formatLink } from "netlink/dist/rt/gen_structs.js";
import { bytes, encodeAttrs, nested, text, u16, u32 } from "./attrs.ts";

/** Interfaces that are made on top of others, as rtnetlink asks for them (linux/if_link.h). */

/** A macvlan in private mode with a MAC address of its own, or an ipvlan of layer 2. */
export type OwnLinkKind =
  | { readonly kind: "macvlan"; readonly hardwareAddress: Uint8Array }
  | { readonly kind: "ipvlan"; readonly mode: "bridge" | "private" | "vepa" };

/** `lowerIndex` is the interface below, `vrfIndex` the VRF that it belongs to. */
export type OwnLinkRequest = OwnLinkKind & {
  readonly name: string;
  readonly lowerIndex: number;
  readonly group: number;
  readonly vrfIndex?: number;
};

/** What of such an interface can be changed while it stands. */
export type OwnLinkChange = OwnLinkKind & Pick<OwnLinkRequest, "group" | "vrfIndex">;

const macvlanData = { mode: [1, u32] } as const;
const ipvlanData = { mode: [1, u16], flags: [2, u16] } as const;
const MACVLAN_MODE_PRIVATE = 1;
const IPVLAN_MODE_L2 = 0;
const ipvlanFlags = { bridge: 0, private: 1, vepa: 2 } as const;

const requestAttrs = {
  hardwareAddress: [1, bytes],
  name: [3, text(16)],
  lowerIndex: [5, u32],
  master: [10, u32],
  linkInfo: [18, nested({ kind: [1, text(16)], data: [2, bytes] } as const)],
  group: [27, u32],
} as const;

/** RTM_NEWLINK that makes an interface, still down. RangeError for a name that is too long. */
export function encodeNewLink({ name, lowerIndex, ...rest }: OwnLinkRequest): Buffer {
  return Buffer.concat([formatLink({}), encodeAttrs(requestAttrs, { name, lowerIndex, ...attrsOf(rest) })]);
}

/** RTM_NEWLINK that changes one. */
export const encodeChangeLink = (index: number, change: OwnLinkChange): Buffer =>
  Buffer.concat([formatLink({ index }), encodeAttrs(requestAttrs, attrsOf(change))]);

/** RTM_NEWLINK that puts an interface into a group; where it is in that one already, its listeners are told of it again. */
export const encodeLinkGroup = (index: number, group: number): Buffer =>
  Buffer.concat([formatLink({ index }), encodeAttrs(requestAttrs, { group })]);

/** RTM_NEWLINK that sets an interface up. */
export const encodeLinkUp = (index: number): Buffer => formatLink({ index, flags: { up: true }, change: { up: true } });

/** RTM_DELLINK. */
export const encodeDeleteLink = (index: number): Buffer => formatLink({ index });

function attrsOf(change: OwnLinkChange) {
  const { kind, group, vrfIndex } = change;
  const data =
    change.kind === "macvlan"
      ? encodeAttrs(macvlanData, { mode: MACVLAN_MODE_PRIVATE })
      : encodeAttrs(ipvlanData, { mode: IPVLAN_MODE_L2, flags: ipvlanFlags[change.mode] });
  return {
    ...(change.kind === "macvlan" && { hardwareAddress: change.hardwareAddress }),
    ...(vrfIndex !== undefined && { master: vrfIndex }),
    linkInfo: { kind, data },
    group,
  };
}
