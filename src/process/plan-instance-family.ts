import { quote } from "../config/diagnostic.ts";
import { firstWritten, placeOf } from "../config/place.ts";
import { canonicalAddress, type Family, familyOf } from "../core/ip.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { PlanContext } from "./plan-context.ts";
import { sourceOf } from "./plan-instance-unicast.ts";

/** IPv4 or IPv6: as its first address is; without addresses as `native_ipv6`, the source address or the first peer say. */
export function planFamily(block: VrrpInstance, { problems }: PlanContext): Family {
  const source = sourceOf(block);
  const first = firstAddress(block);
  const family = first === undefined ? familyWithout(block, source?.address) : familyOf(first);
  if (first !== undefined && block.native_ipv6 && family === 4)
    problems.error("vrrp/mixed-families", "`native_ipv6` is for IPv6 addresses", placeOf(block, "native_ipv6"), {
      hint: `remove it, or put ${quote(first)} into \`virtual_ipaddress_excluded\``,
    });
  if (source && familyOf(source.address) !== family)
    problems.error(
      "vrrp/mixed-families",
      `the source ${quote(source.address)} is not IPv${family}, which the instance speaks`,
      placeOf(block, source.keyword),
      { hint: `give an IPv${family} address of the interface, or remove it` },
    );
  return family;
}

/** The first address as it is written: a line with a mistake in its options counts here, so that it is one mistake. */
function firstAddress(block: VrrpInstance): string | undefined {
  const written = firstWritten(block, "virtual_ipaddress")?.split("/")[0];
  return (written && canonicalAddress(written)) ?? block.virtual_ipaddress?.[0]?.address;
}

function familyWithout(block: VrrpInstance, source: string | undefined): Family {
  if (block.native_ipv6) return 6;
  const other = source ?? block.unicast_peer?.[0]?.address;
  return other === undefined ? 4 : familyOf(other);
}
