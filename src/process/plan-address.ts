import { familyOf } from "../core/ip.ts";
import type { AddressLine } from "../vrrp/address-line-options.ts";
import type { VirtualAddress } from "../vrrp/model.ts";

/** An address line with its defaults: an IPv6 address is added without duplicate address detection, and one with the
 *  prefix length of a host never becomes the source of connections. The macvlan of `use_vmac` is not named yet. */
export function planAddress(line: AddressLine): VirtualAddress {
  const { at: _, duplicateDetection, preferredLifetimeS, useVmac: _vmac, trackGroup: _group, ...rest } = line;
  const six = familyOf(line.address) === 6;
  const lifetimeS = preferredLifetimeS ?? (six && line.prefixLength === 128 ? 0 : "forever");
  return {
    ...rest,
    ...(six && !duplicateDetection && { noDad: true as const }),
    ...(lifetimeS !== "forever" && { preferredLifetimeS: lifetimeS }),
  };
}
