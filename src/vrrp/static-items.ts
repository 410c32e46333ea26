import type { Fib, FibItems } from "./fib.ts";
import type { VrrpProcessPlan } from "./model.ts";
import type { Network } from "./network.ts";
import { routeText, ruleText } from "./route-requests.ts";
import { keyOf, type PlacedAddress, placedOn } from "./vip-plan.ts";
import type { Vips } from "./vips.ts";

type StaticPlan = Pick<VrrpProcessPlan, "staticAddresses" | "staticRoutes" | "staticRules" | "trackGroups">;

/** The addresses, routes and rules that stand as long as the director runs, and the instances that depend on some. */
export type StaticItems = {
  /** Brings the host to this plan. */
  configure(plan: StaticPlan): void;
  /** What an instance depends on (track_group) and is not there, in words. */
  missing(instanceName: string): readonly string[];
  remove(): Promise<void>;
};

const OWNER = "static items";

export type StaticOptions = {
  readonly network: Pick<Network, "addresses" | "link">;
  readonly vips: Pick<Vips, "hold" | "release">;
  readonly fib: Pick<Fib, "hold" | "release" | "has">;
  /** missing() may say something else now. */
  readonly onSettled: () => void;
};

export function createStaticItems({ network, vips, fib, onSettled }: StaticOptions): StaticItems {
  let plan: StaticPlan = {};
  let settled = false;
  const addressesOf = (p: StaticPlan): PlacedAddress[] => placedOn("", p.staticAddresses ?? []);
  const itemsOf = (p: StaticPlan): FibItems => ({ routes: p.staticRoutes ?? [], rules: p.staticRules ?? [] });
  const isEmpty = (p: StaticPlan): boolean => addressesOf(p).length + Object.values(itemsOf(p)).flat().length === 0;

  const isThere = (wanted: PlacedAddress): boolean => {
    const index = network.link(wanted.interface)?.index;
    return network.addresses().some((a) => a.interfaceIndex === index && a.address === wanted.address);
  };

  return {
    configure(next) {
      const before = plan;
      plan = next;
      if (isEmpty(before) && isEmpty(next)) return;
      settled = false;
      const keys = new Set(addressesOf(next).map(keyOf));
      const gone = addressesOf(before).filter((a) => !keys.has(keyOf(a)));
      const work = async (): Promise<void> => {
        await Promise.all([vips.hold(OWNER, addressesOf(next)), gone.length > 0 && vips.release(OWNER, gone)]);
        await fib.hold(OWNER, itemsOf(next));
        settled = true;
        onSettled();
      };
      void work();
    },
    missing(instanceName) {
      if (!settled) return [];
      const groups = (plan.trackGroups ?? []).filter((g) => g.members.includes(instanceName)).map((g) => g.name);
      if (groups.length === 0) return [];
      const counts = ({ trackGroup }: { readonly trackGroup?: string }): boolean =>
        trackGroup !== undefined && groups.includes(trackGroup);
      const { routes, rules } = itemsOf(plan);
      return [
        ...addressesOf(plan)
          .filter((a) => counts(a) && !isThere(a))
          .map((a) => `the static address ${a.address}`),
        ...routes.filter((r) => counts(r) && !fib.has(r)).map(routeText),
        ...rules.filter((r) => counts(r) && !fib.has(r)).map(ruleText),
      ].map((what) => `${what} is missing`);
    },
    async remove() {
      if (isEmpty(plan)) return;
      await fib.release(OWNER, itemsOf(plan));
      await vips.release(OWNER, addressesOf(plan));
    },
  };
}
