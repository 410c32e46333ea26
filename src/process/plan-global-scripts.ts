import type { CommandLine } from "../config/command.ts";
import { quote } from "../config/diagnostic.ts";
import { placeOf } from "../config/place.ts";
import type { ScriptSpec, ScriptUser } from "../script/model.ts";
import type { FifoLine } from "./global-values.ts";
import type { PlanContext } from "./plan-context.ts";
import type { FifoPlan, FifosPlan, ScriptsPlan, TimedScript } from "./plan-global-model.ts";

export function planGlobalScripts(context: PlanContext): ScriptsPlan {
  const { global } = context;
  const { user, secure } = context.scripts.policy;
  const timed = (keyword: "startup_script" | "shutdown_script"): TimedScript | undefined => {
    const script = resolved(global[keyword], keyword, context);
    return script && { script, timeoutMs: global[`${keyword}_timeout`] };
  };
  const startup = timed("startup_script");
  const shutdown = timed("shutdown_script");
  return {
    ...(user && { user }),
    secure,
    supplementaryGroups: global.set_supplementary_groups,
    ...(startup && { startup }),
    ...(shutdown && { shutdown }),
  };
}

const resolved = (line: CommandLine | undefined, keyword: string, context: PlanContext): ScriptSpec | undefined =>
  line && context.scripts.resolve(line, placeOf(context.global, keyword));

export function planFifos(context: PlanContext, allReadBy: FifosPlan["allReadBy"]): FifosPlan {
  const { global, problems } = context;
  const all = planFifo("notify_fifo", context);
  const own = (keyword: "vrrp_notify_fifo" | "lvs_notify_fifo"): FifoPlan | undefined => {
    const fifo = planFifo(keyword, context);
    if (!fifo || fifo.path !== all?.path) return fifo;
    problems.warning(
      "script/same-fifo",
      `${quote(keyword)} is \`notify_fifo\`: it is not used`,
      placeOf(global, keyword),
      {
        hint: "give it a path of its own, or remove it",
      },
    );
    return undefined;
  };
  const vrrp = own("vrrp_notify_fifo");
  const checker = own("lvs_notify_fifo");
  return {
    ...(all && { all }),
    ...(vrrp && { vrrp }),
    ...(checker && { checker }),
    vrrpStatesOnReload: global.fifo_write_vrrp_states_on_reload,
    allReadBy,
  };
}

function planFifo(
  keyword: "notify_fifo" | "vrrp_notify_fifo" | "lvs_notify_fifo",
  context: PlanContext,
): FifoPlan | undefined {
  const { global, problems } = context;
  const readerKeyword = `${keyword}_script` as const;
  const line = global[keyword];
  if (!line) {
    if (global[readerKeyword])
      problems.warning(
        "script/no-fifo",
        `${quote(readerKeyword)} has nothing to read`,
        placeOf(global, readerKeyword),
        {
          hint: `add ${quote(`${keyword} PATH`)}`,
        },
      );
    return undefined;
  }
  const owner = ownerOf(line, keyword, context);
  const reader = resolved(global[readerKeyword], readerKeyword, context);
  return { path: line.path, ...(owner && { owner }), ...(reader && { reader }) };
}

const ownerOf = (line: FifoLine, keyword: string, { global, scripts }: PlanContext): ScriptUser | undefined =>
  line.user === undefined
    ? undefined
    : scripts.account({ user: line.user, group: line.group }, placeOf(global, keyword));
