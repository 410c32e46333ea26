import { type Placed, quote } from "../config/diagnostic.ts";
import { blockPlace, placeOf } from "../config/place.ts";
import type { GarpGroup, LinkDelayLine } from "../vrrp/interface-options.ts";
import type { VrrpInstancePlan, VrrpProcessPlan } from "../vrrp/model.ts";
import type { GarpGroupPlan, LinkDelayPlan } from "../vrrp/tracked-model.ts";
import type { Root } from "./options.ts";
import type { PlanContext } from "./plan-context.ts";

type Interfaces = Pick<VrrpProcessPlan, "garpGroups" | "linkDelays" | "linkbeat">;

/** What is set for interfaces, whatever instances are on them. */
export function planInterfaces(root: Root, instances: readonly VrrpInstancePlan[], context: PlanContext): Interfaces {
  const garpGroups = planGarpGroups(root.garp_group, context);
  const linkDelays = planLinkDelays(root.interface_up_down_delays ?? [], instances, context);
  const linkbeat = [...new Map((root.linkbeat_interfaces ?? []).map((line) => [line.interface, line])).values()];
  return {
    ...(garpGroups.length > 0 && { garpGroups }),
    ...(linkDelays.length > 0 && { linkDelays }),
    ...(linkbeat.length > 0 && { linkbeat }),
  };
}

function planGarpGroups(blocks: readonly GarpGroup[], context: PlanContext): readonly GarpGroupPlan[] {
  const { problems, global } = context;
  const seen = new Set<string>();
  return blocks.flatMap((block) => {
    const { interface: one, interfaces: several = [], garp_interval: garp, gna_interval: gna } = block;
    if (one !== undefined && several.length > 0)
      problems.warning(
        "vrrp/garp-interfaces",
        "`interface` stands beside `interfaces`: all are one group",
        placeOf(block, "interface"),
        {
          hint: "write it into `interfaces`",
        },
      );
    const named: { name: string; at: Placed }[] =
      one === undefined ? [] : [{ name: one, at: placeOf(block, "interface") }];
    const interfaces = [...named, ...several].flatMap(({ name, at }) => {
      if (!seen.has(name)) {
        seen.add(name);
        return [name];
      }
      problems.warning("vrrp/garp-twice", `${quote(name)} is in a garp_group already`, at, { hint: "remove it here" });
      return [];
    });
    if (interfaces.length === 0) {
      problems.warning("vrrp/empty-group", "the garp_group has no interface: ignored", blockPlace(block), {
        hint: "add `interfaces { IFNAME }`, or remove it",
      });
      return [];
    }
    if (garp === undefined && gna === undefined)
      problems.warning("vrrp/garp-interval", "the garp_group sets no interval", blockPlace(block), {
        hint: "add `garp_interval SECONDS`",
      });
    return [
      {
        interfaces,
        garpIntervalMs: garp ?? global.vrrp_garp_interval,
        gnaIntervalMs: gna ?? global.vrrp_gna_interval ?? 0,
      },
    ];
  });
}

/** A later line for an interface wins. Delays that are as long as a backup waits are set to 0, or it would become MASTER
 *  while this director still takes itself for one. */
function planLinkDelays(
  lines: readonly LinkDelayLine[],
  instances: readonly VrrpInstancePlan[],
  { problems }: PlanContext,
): readonly LinkDelayPlan[] {
  const plans = new Map<string, LinkDelayPlan>();
  for (const line of lines) {
    const shortest = Math.min(
      ...instances
        .filter((instance) => instance.interface === line.interface || instance.vmac?.interface === line.interface)
        .map(({ downTimerAdverts, advertIntervalMs }) => (downTimerAdverts - 1) * advertIntervalMs),
    );
    const fits = (delayMs: number): number => (delayMs < shortest ? delayMs : 0);
    const { interface: name, downMs, upMs = 0, at } = line;
    if (fits(downMs) !== downMs || fits(upMs) !== upMs)
      problems.warning(
        "vrrp/link-delay",
        `a delay of ${quote(name)} is not below ${shortest / 1000} s, in which a backup takes over: it is left out`,
        at,
        { hint: "write less than `(down_timer_adverts - 1) * advert_int` of the instances on it" },
      );
    if (plans.has(name))
      problems.warning("vrrp/link-delay-twice", `${quote(name)} has delays already: these count`, at, {
        hint: "remove one of the lines",
      });
    plans.set(name, { interface: name, downMs: fits(downMs), upMs: fits(upMs) });
  }
  return [...plans.values()];
}
