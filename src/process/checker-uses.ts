import type { CheckerPlan, CheckerSubject } from "../checkers/model.ts";
import { type ShareGroup, shareGroups } from "../checkers/share.ts";
import { remembered } from "../core/remembered.ts";
import type { CheckerProcessPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import { realServerName, virtualServerKey } from "../virtual-server/names.ts";

/** The checkers of a plan that have a probe, by id, and who decides by them. */
export type CheckerUses = {
  readonly subjects: readonly CheckerSubject[];
  ids(): Iterable<string>;
  has(id: string): boolean;
  /** Keys of the virtual servers that use a checker. */
  virtualServersOf(id: string): Iterable<string>;
  /** How many checkers one probe answers: 1 for a checker that is alone with its probe. */
  readersOf(id: string): number;
};

export function checkerUses(plan: Pick<CheckerProcessPlan, "virtualServers" | "shareChecks">): CheckerUses {
  const shares = plan.shareChecks === false ? new Map<string, ShareGroup>() : shareGroups(allCheckers(plan));
  const uses = new Map<string, { readonly subject: CheckerSubject; readonly virtualServers: Set<string> }>();
  for (const vs of plan.virtualServers)
    for (const { checker, realServer } of checkersOf(vs)) {
      const share = shares.get(checker.id)?.key;
      const subject = { plan: checker, realServer, virtualServer: vs.name, ...(share !== undefined && { share }) };
      const use = uses.get(checker.id) ?? { subject, virtualServers: new Set() };
      use.virtualServers.add(virtualServerKey(vs));
      uses.set(checker.id, use);
    }
  return {
    subjects: [...uses.values()].map(({ subject }) => subject),
    ids: () => uses.keys(),
    has: (id) => uses.has(id),
    virtualServersOf: (id) => uses.get(id)?.virtualServers ?? [],
    readersOf: (id) => shares.get(id)?.readers ?? 1,
  };
}

/** Of a virtual server with its servers' names: a reload brings most of them again. */
const checkersOf = remembered((vs: VirtualServerPlan) =>
  vs.realServers.flatMap((rs) =>
    rs.checkers.length === 0 ? [] : rs.checkers.map((checker) => ({ checker, realServer: realServerName(vs, rs) })),
  ),
);

function* allCheckers({ virtualServers }: Pick<CheckerProcessPlan, "virtualServers">): Generator<CheckerPlan> {
  for (const vs of virtualServers) for (const { checker } of checkersOf(vs)) yield checker;
}

/** Ids of the checkers that `now` has and `before` has not. */
export const newIds = (now: CheckerUses, before: CheckerUses): string[] =>
  [...now.ids()].filter((id) => !before.has(id));
