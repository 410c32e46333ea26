import { placeOf } from "../config/place.ts";
import type { ScriptSpec } from "../script/model.ts";
import type { VrrpSyncGroup } from "../vrrp/group-options.ts";
import type { VrrpInstancePlan, VrrpNotify } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { PlanContext } from "./plan-context.ts";
import { alertDefault } from "./plan-global.ts";

type Events = Pick<VrrpInstancePlan, "notify" | "smtpAlert"> & { readonly notifyPriorityChanges: boolean };

/** Who is told of an instance's or a group's changes. `group` is the one that an instance is in. */
export function planEvents(
  block: VrrpInstance | VrrpSyncGroup,
  context: PlanContext,
  group?: VrrpSyncGroup | undefined,
): Events {
  const { global } = context;
  return {
    notify: { ...planNotify(block, context), ...("notify_deleted" in block && planInstanceNotify(block, context)) },
    smtpAlert: block.smtp_alert ?? alertDefault(global, "vrrp", false),
    notifyPriorityChanges:
      block.notify_priority_changes ?? group?.notify_priority_changes ?? global.vrrp_notify_priority_changes,
  };
}

type Hooks = { -readonly [K in keyof VrrpNotify]: VrrpNotify[K] };

function planNotify(block: VrrpInstance | VrrpSyncGroup, { scripts }: PlanContext): VrrpNotify {
  const notify: Hooks = {};
  const hooks = [
    ["master", "notify_master"],
    ["backup", "notify_backup"],
    ["fault", "notify_fault"],
    ["stop", "notify_stop"],
    ["any", "notify"],
  ] as const;
  for (const [event, keyword] of hooks) {
    const line = block[keyword];
    const script: ScriptSpec | undefined = line && scripts.resolve(line, placeOf(block, keyword));
    if (script) notify[event] = script;
  }
  return notify;
}

function planInstanceNotify(block: VrrpInstance, { scripts }: PlanContext): VrrpNotify {
  const { notify_deleted: deleted, notify_master_rx_lower_pri: lower } = block;
  const onDeleted = deleted?.script && scripts.resolve(deleted.script, placeOf(block, "notify_deleted"));
  const onLower = lower && scripts.resolve(lower, placeOf(block, "notify_master_rx_lower_pri"));
  return {
    ...(deleted && { reportsDeleted: true as const }),
    ...(onDeleted && { deleted: onDeleted }),
    ...(onLower && { masterRxLowerPriority: onLower }),
  };
}
