import { brief, quote } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import type { VrrpInstancePlan, VrrpScriptPlan } from "../vrrp/model.ts";
import type { VrrpScript } from "../vrrp/script-options.ts";
import type { PlanContext } from "./plan-context.ts";

/** The scripts that an instance tracks, and that can be run. */
export function planScripts(
  blocks: readonly VrrpScript[],
  instances: readonly VrrpInstancePlan[],
  context: PlanContext,
): readonly VrrpScriptPlan[] {
  const used = new Set(instances.flatMap(({ trackScripts }) => trackScripts.map(({ name }) => name)));
  return blocks.flatMap((block) => {
    if (!block.script) {
      if (!isGiven(block, "script")) reportNoScript(block, context);
      return [];
    }
    const script = context.scripts.resolve(block.script, placeOf(block, "script"), {
      user: block.user?.user,
      group: block.user?.group,
      userAt: placeOf(block, "user", "script"),
      leftOut: "it is not tracked until a reload finds it",
    });
    // Beside errors nobody knows whether the line that tracks it is one of them.
    if (!used.has(block.argument) && !context.problems.unreadable) reportUnused(block, context);
    if (!script || !used.has(block.argument)) return [];
    reportZeroTimes(block, context);
    const intervalMs = block.interval || 1000;
    return [
      {
        name: block.argument,
        script,
        intervalMs,
        timeoutMs: block.timeout === undefined ? intervalMs : block.timeout || 1000,
        weight: block.weight.weight,
        reverse: block.weight.reverse,
        rise: block.rise,
        fall: block.fall,
        initFail: block.init_fail,
      },
    ];
  });
}

function reportNoScript(block: VrrpScript, { problems }: PlanContext): void {
  const message = `vrrp_script ${quote(block.argument)} has no \`script\``;
  problems.error("conf/missing-keyword", message, blockPlace(block), { hint: 'add `script "/path/command"`' });
}

function reportUnused(block: VrrpScript, { problems }: PlanContext): void {
  const message = `no instance tracks ${quote(block.argument)}: it is not run`;
  problems.warning("vrrp/unused-script", message, blockPlace(block), {
    hint: `add \`track_script { ${brief(block.argument)} }\` to a vrrp_instance`,
  });
}

function reportZeroTimes(block: VrrpScript, { problems }: PlanContext): void {
  for (const keyword of ["interval", "timeout"] as const)
    if (block[keyword] === 0)
      problems.warning("vrrp/zero-time", `\`${keyword} 0\` is read as 1 second`, placeOf(block, keyword), {
        hint: `write \`${keyword} 1\``,
      });
}
