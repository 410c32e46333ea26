import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import type { ScriptSpec } from "../script/model.ts";
import type { VirtualServerPlan } from "../virtual-server/model.ts";
import type { VirtualServer } from "../virtual-server/options.ts";
import type { ServerContext } from "./plan-context.ts";
import { alertDefault } from "./plan-global.ts";
import { planQuorum, planSorry, withEqualInhibit } from "./plan-quorum.ts";
import { planRealServers } from "./plan-real-server.ts";
import { planFlags, planMethod, planPersistence, planScheduler } from "./plan-scheduling.ts";
import { planService } from "./plan-service.ts";

/** One virtual_server block. Undefined for one that cannot be, or that has no real servers and so is left out. */
export function planVirtualServer(block: VirtualServer, context: ServerContext): VirtualServerPlan | undefined {
  const { problems } = context;
  const service = planService(block, context);
  if (!service) return undefined;
  if (block.real_server.length === 0) {
    if (!isGiven(block, "real_server"))
      problems.warning("vs/no-real-server", "a virtual server without real servers is left out", blockPlace(block), {
        hint: "add `real_server ADDRESS PORT { … }`",
      });
    return undefined;
  }
  const { name, id, group } = service;
  const method = planMethod(block, context);
  const realServers = planRealServers(block, service, method, context);
  const up = scriptOf(block, "quorum_up", context);
  const down = scriptOf(block, "quorum_down", context);
  const sorry = planSorry(block, service, method, context);
  return {
    name,
    id,
    ...(group && { group }),
    scheduler: planScheduler(block, context),
    flags: planFlags(block, service, context),
    ...planPersistence(block, service, context),
    ...planQuorum(block, realServers, context),
    omega: block.omega,
    ...(block.ha_suspend && { haSuspend: true }),
    notify: { ...(up && { quorumUp: up }), ...(down && { quorumDown: down }) },
    smtpAlert: block.smtp_alert ?? alertDefault(context.global, "checker", false),
    ...withEqualInhibit(block, realServers, sorry, context),
    realServers,
  };
}

function scriptOf(
  block: VirtualServer,
  keyword: "quorum_up" | "quorum_down",
  { scripts }: ServerContext,
): ScriptSpec | undefined {
  const line = block[keyword];
  return line && scripts.resolve(line, placeOf(block, keyword));
}
