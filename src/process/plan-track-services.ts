import { isDeepStrictEqual } from "node:util";
import { quote, relatedAt } from "../config/diagnostic.ts";
import type { VrrpSyncGroup } from "../vrrp/group-options.ts";
import type { VrrpInstancePlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { ServiceLine } from "../vrrp/service-options.ts";
import type { TrackServicePlan } from "../vrrp/tracked-model.ts";
import type { Root } from "./options.ts";
import type { PlanContext } from "./plan-context.ts";

/** What is tried on this host, each service once. */
export function planTrackServices(
  root: Root,
  instances: readonly VrrpInstancePlan[],
  context: PlanContext,
): readonly TrackServicePlan[] {
  const lines = new Map<string, ServiceLine>();
  const blocks: readonly (VrrpInstance | VrrpSyncGroup)[] = [...root.vrrp_instance, ...root.vrrp_sync_group];
  for (const line of blocks.flatMap((block) => block.track_service)) {
    const first = lines.get(line.name);
    if (!first) lines.set(line.name, line);
    reportHttpOnly(line, context);
    reportVirtual(line, instances, context);
    if (first && !isDeepStrictEqual(first.probe, line.probe))
      context.problems.warning(
        "vrrp/service-differs",
        `${quote(line.name)} is tracked with other settings already: those count`,
        line.at,
        { hint: "write the same settings in both lines", related: [relatedAt("the other line", first.at)] },
      );
  }
  const used = new Set(instances.flatMap(({ trackServices = [] }) => trackServices.map(({ name }) => name)));
  return [...lines.values()].filter(({ name }) => used.has(name)).map(({ name, probe }) => ({ name, ...probe }));
}

function reportHttpOnly({ httpOnly, at }: ServiceLine, { problems }: PlanContext): void {
  const [option] = httpOnly;
  if (option !== undefined)
    problems.warning("vrrp/http-only", `\`${option}\` has no effect on a \`tcp\` service`, at, {
      hint: "write `http` for `tcp`, or remove it",
    });
}

/** Whoever is not MASTER does not have a virtual address. */
function reportVirtual(
  { name, probe, at }: ServiceLine,
  instances: readonly VrrpInstancePlan[],
  { problems }: PlanContext,
): void {
  const own = instances.find(
    ({ trackServices = [], addresses, excludedAddresses }) =>
      trackServices.some((track) => track.name === name) &&
      [...addresses, ...excludedAddresses].some(({ address }) => address === probe.address),
  );
  if (own)
    problems.warning(
      "vrrp/service-on-vip",
      `${probe.address} is a virtual address of ${quote(own.name)}: a backup never finds the service there`,
      at,
      { hint: "leave `address` out, or name one of the host's own" },
    );
}
