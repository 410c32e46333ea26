import { quote } from "../config/diagnostic.ts";
import { blockPlace, isGiven, lastGiven, placeOf } from "../config/place.ts";
import type { VrrpTrackProcess } from "../vrrp/track-process-options.ts";
import type { TrackProcessPlan } from "../vrrp/tracked-model.ts";
import type { PlanContext } from "./plan-context.ts";
import { reportDoubles } from "./plan-names.ts";

/** TASK_COMM_LEN of linux/sched.h without the NUL at its end: the kernel keeps so many bytes of a process's name. */
const MAX_NAME_BYTES = 15;

export function planTrackProcesses(
  blocks: readonly VrrpTrackProcess[],
  context: PlanContext,
): readonly TrackProcessPlan[] {
  reportDoubles(blocks, "vrrp_track_process", context);
  return blocks.flatMap((block) => {
    if (!block.process) {
      if (!isGiven(block, "process")) reportNoProcess(block, context);
      return [];
    }
    const { name, args } = block.process;
    const match = matchOf(block, args.length > 0, name.startsWith("/"));
    const { weight, reverse } = block.weight;
    const quorumMax = planQuorumMax(block, context);
    return [
      {
        name: block.argument,
        process: match === "name" ? shortName(name, block, context) : name,
        args,
        match,
        weight,
        reverse,
        quorum: quorumMax === 0 && !isGiven(block, "quorum") ? 0 : block.quorum,
        ...(quorumMax !== undefined && { quorumMax }),
        terminateDelayMs: delayOf(block, "terminate_delay"),
        forkDelayMs: delayOf(block, "fork_delay"),
      },
    ];
  });
}

function reportNoProcess(block: VrrpTrackProcess, { problems }: PlanContext): void {
  const message = `vrrp_track_process ${quote(block.argument)} has no \`process\``;
  problems.error("conf/missing-keyword", message, blockPlace(block), { hint: "add `process NAME`" });
}

/** A name with a directory is never the name of a process, but its command. */
function matchOf(block: VrrpTrackProcess, hasArguments: boolean, isPath: boolean): TrackProcessPlan["match"] {
  if (block.param_match !== undefined) return block.param_match;
  if (hasArguments) return "exact";
  return block.full_command || isPath ? "command" : "name";
}

function shortName(name: string, block: VrrpTrackProcess, { problems }: PlanContext): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= MAX_NAME_BYTES) return name;
  const short = bytes
    .subarray(0, MAX_NAME_BYTES)
    .toString()
    .replace(/\ufffd+$/, "");
  problems.warning(
    "vrrp/process-name",
    `the kernel keeps ${MAX_NAME_BYTES} characters of a process's name: ${quote(short)} is looked for`,
    placeOf(block, "process"),
    { hint: "add `full_command` to compare with the whole command" },
  );
  return short;
}

/** A maximum below the minimum can never be kept to: it is passed over. */
function planQuorumMax(block: VrrpTrackProcess, { problems }: PlanContext): number | undefined {
  const { quorum, quorum_max: most } = block;
  if (most === undefined || most >= quorum || (most === 0 && !isGiven(block, "quorum"))) return most;
  problems.warning(
    "vrrp/quorum-max",
    `\`quorum_max ${most}\` is below \`quorum ${quorum}\`: ignored`,
    placeOf(block, "quorum_max"),
    { hint: `write \`quorum_max ${quorum}\` or more` },
  );
  return undefined;
}

/** `delay` stands for both; of it and the more special one the later counts. */
function delayOf(block: VrrpTrackProcess, keyword: "terminate_delay" | "fork_delay"): number {
  const [own, both] = [block[keyword], block.delay];
  if (own === undefined || both === undefined) return own ?? both ?? 0;
  return lastGiven(block, keyword, "delay") === keyword ? own : both;
}
