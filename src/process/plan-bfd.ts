import { quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import { familyOf } from "../core/ip.ts";
import type { BfdInstance } from "../vrrp/bfd-options.ts";
import type { BfdInstancePlan } from "../vrrp/tracked-model.ts";
import type { PlanContext } from "./plan-context.ts";
import { reportDoubles } from "./plan-names.ts";

/** More than this is hardly meant: BFD is there to see a failure in less than a second. */
const LONG_INTERVAL_MS = 10_000;
const LARGE_MULTIPLIER = 10;

/** RFC 5881 §5: FRR and others take nothing less over a single hop. */
const SENT_TTL = 255;

/** keepalived sends over IPv6 with a hop limit of 64 where none is given, and is to be heard as well. */
const leastTtl = ({ ttl, max_hops: hops }: BfdInstance, neighbor: string): number =>
  Math.max(0, (ttl ?? (familyOf(neighbor) === 6 ? 64 : 255)) - hops);

/** BFD sessions with their defaults; one without what it cannot be without is left out, and the error has been told. */
export function planBfd(blocks: readonly BfdInstance[], context: PlanContext): readonly BfdInstancePlan[] {
  reportDoubles(blocks, "bfd_instance", context);
  const neighbors = new Map<string, BfdInstance>();
  return blocks.flatMap((block) => {
    if (!isUsable(block, neighbors, context)) return [];
    reportUnusual(block, context);
    const neighbor = block.neighbor_ip as string;
    const both = !block.vrrp && !block.checker;
    return [
      {
        name: block.argument,
        neighbor,
        ...(block.source_ip !== undefined && { source: block.source_ip }),
        minRxMs: block.min_rx,
        minTxMs: block.min_tx,
        idleTxMs: block.idle_tx,
        multiplier: block.multiplier,
        passive: block.passive,
        ttl: block.ttl ?? SENT_TTL,
        ...(block.max_hops >= 0 && { minTtl: leastTtl(block, neighbor) }),
        multihop: block.multihop,
        weight: block.weight.weight,
        reverse: block.weight.reverse,
        vrrp: both || block.vrrp === true,
        checker: both || block.checker === true,
      },
    ];
  });
}

function isUsable(block: BfdInstance, neighbors: Map<string, BfdInstance>, { problems }: PlanContext): boolean {
  const { neighbor_ip: neighbor, source_ip: source } = block;
  const name = quote(block.argument);
  if (neighbor === undefined) {
    if (!isGiven(block, "neighbor_ip"))
      problems.error("conf/missing-keyword", `bfd_instance ${name} has no \`neighbor_ip\``, blockPlace(block), {
        hint: "add `neighbor_ip ADDRESS`",
      });
    return false;
  }
  if (source !== undefined && familyOf(source) !== familyOf(neighbor)) {
    const message = `\`source_ip\` is IPv${familyOf(source)}, and \`neighbor_ip\` is IPv${familyOf(neighbor)}`;
    problems.error("bfd/mixed-families", message, placeOf(block, "source_ip"), {
      hint: "give both addresses of one family",
      related: [relatedAt("the neighbor", placeOf(block, "neighbor_ip"))],
    });
    return false;
  }
  const other = neighbors.get(neighbor);
  if (!other) neighbors.set(neighbor, block);
  else if (other.argument !== block.argument)
    problems.error(
      "bfd/duplicate-neighbor",
      `${quote(other.argument)} has this neighbor already`,
      placeOf(block, "neighbor_ip"),
      {
        hint: "one session is enough for each neighbor: remove one of them",
        related: [relatedAt("the other one", placeOf(other, "neighbor_ip"))],
      },
    );
  return other === undefined;
}

function reportUnusual(block: BfdInstance, { problems }: PlanContext): void {
  for (const keyword of ["min_rx", "min_tx", "idle_tx"] as const)
    if (block[keyword] > LONG_INTERVAL_MS)
      problems.warning(
        "bfd/long-interval",
        `\`${keyword}\` is ${block[keyword] / 1000} s: the unit is milliseconds`,
        placeOf(block, keyword),
        { hint: `write ${LONG_INTERVAL_MS} or less` },
      );
  if (block.multiplier > LARGE_MULTIPLIER)
    problems.warning(
      "bfd/large-multiplier",
      `${block.multiplier} packets have to be missed before the session is down`,
      placeOf(block, "multiplier"),
      { hint: `write ${LARGE_MULTIPLIER} or less` },
    );
}
