import { quote } from "../config/diagnostic.ts";
import { isGiven, lastGiven, placeOf, writtenItems } from "../config/place.ts";
import { type Family, familyOf } from "../core/ip.ts";
import type { UnicastPeer, VrrpInstancePlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { PlanContext } from "./plan-context.ts";

/** Whether an instance speaks to a list of routers. Without one it speaks to the group, whatever else of unicast it has. */
export const isUnicast = (block: VrrpInstance): boolean =>
  (block.unicast_peer ?? []).length > 0 || block.unicast_fault_no_peer;

/** The address that an instance's adverts come from, where one is given: the last that is. */
export function sourceOf(block: VrrpInstance): { readonly address: string; readonly keyword: string } | undefined {
  const keyword = lastGiven(block, "mcast_src_ip", "unicast_src_ip");
  const given = keyword && block[keyword];
  if (keyword && given !== undefined) return { address: given, keyword };
  const ofIpvlan = block.use_ipvlan?.address;
  return ofIpvlan === undefined ? undefined : { address: ofIpvlan, keyword: "use_ipvlan" };
}

type Unicast = Pick<VrrpInstancePlan, "unicast" | "oldUnicastChecksum" | "vrf">;

/** TTL of an advert to a peer; hop limit that the kernel gives where nothing else is asked for. RFC 9568 §5.1.1.3 */
const DEFAULT_TTL = { 4: 255, 6: 64 } as const;

export function planUnicast(block: VrrpInstance, family: Family, context: PlanContext): Unicast {
  const { global } = context;
  reportSources(block, context);
  if (!isUnicast(block)) {
    reportWithoutPeers(block, context);
    return {};
  }
  const lines = block.unicast_peer ?? [];
  return {
    unicast: {
      peers: planPeers(block, family, context),
      ttl: block.unicast_ttl ?? DEFAULT_TTL[family],
      checkSource: block.check_unicast_src || global.vrrp_check_unicast_src === true || lines.some((l) => l.ttlGiven),
    },
    ...(block.old_unicast_checksum !== undefined && { oldUnicastChecksum: block.old_unicast_checksum }),
    ...planVrf(block, context),
  };
}

function planVrf(block: VrrpInstance, { problems }: PlanContext): { readonly vrf?: string } {
  const { vrf } = block;
  if (vrf === undefined || !isGiven(block, "interface")) return vrf === undefined ? {} : { vrf };
  problems.warning("vrrp/vrf-unused", "`vrf` is not used: the interface says it", placeOf(block, "vrf"), {
    hint: "remove one of both",
  });
  return {};
}

function planPeers(block: VrrpInstance, family: Family, { problems }: PlanContext): readonly UnicastPeer[] {
  const own = sourceOf(block)?.address;
  const peers = new Map<string, UnicastPeer>();
  let strange = own !== undefined && familyOf(own) !== family; // which has been said of the source
  for (const { address, minTtl, maxTtl, at } of block.unicast_peer ?? []) {
    if (familyOf(address) !== family) {
      if (!strange)
        problems.error(
          "vrrp/mixed-families",
          `the peer ${quote(address)} is not IPv${family}, which the instance speaks`,
          at,
          {
            hint: "an instance for IPv4 and one for IPv6 have peers of their own",
          },
        );
      strange = true;
    } else if (address === own)
      problems.warning("vrrp/own-peer", `${quote(address)} is this router's own address: it is no peer`, at, {
        hint: "list the other routers only",
      });
    else if (peers.has(address))
      problems.warning("vrrp/peer-twice", `the peer ${quote(address)} is given twice: the first counts`, at, {
        hint: "remove one of both",
      });
    else peers.set(address, { address, minTtl, maxTtl });
  }
  return [...peers.values()];
}

function reportSources(block: VrrpInstance, { problems }: PlanContext): void {
  const { mcast_src_ip: multicast, unicast_src_ip: unicast } = block;
  if (multicast === undefined || unicast === undefined || multicast === unicast) return;
  const used = lastGiven(block, "mcast_src_ip", "unicast_src_ip");
  const other = used === "mcast_src_ip" ? "unicast_src_ip" : "mcast_src_ip";
  problems.warning("vrrp/two-sources", `\`${other}\` is not used: \`${used}\` is given too`, placeOf(block, other), {
    hint: isUnicast(block) ? "keep `unicast_src_ip` alone" : "keep `mcast_src_ip` alone",
  });
}

const NEED_PEERS = [
  "unicast_peer",
  "unicast_src_ip",
  "unicast_ttl",
  "check_unicast_src",
  "old_unicast_checksum",
  "vrf",
];

function reportWithoutPeers(block: VrrpInstance, { problems }: PlanContext): void {
  if (writtenItems(block, "unicast_peer") > 0) return; // what is wrong with its lines has been said
  const given = NEED_PEERS.find((keyword) => isGiven(block, keyword));
  if (given === undefined) return;
  const what =
    given === "unicast_peer" ? "`unicast_peer` is empty" : `\`${given}\` is for unicast, and there is no peer`;
  problems.warning("vrrp/no-peers", `${what}: advertisements go to the multicast group`, placeOf(block, given), {
    hint: "list the other routers in `unicast_peer`, or remove it",
  });
}
