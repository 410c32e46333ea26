import { clamped } from "../config/corrected.ts";
import { alias, row, type ValueType } from "../config/row.ts";
import { flag, int, MAX_INT32, MAX_UINT32, microseconds, optionalInt } from "../config/types.ts";
import { cpuList, processName } from "./global-values.ts";

const NO_AUTO = "no priority is raised by itself: write vrrp_rt_priority";

const all = { in: "global_defs", process: "all" } as const;
const vrrp = { in: "global_defs", process: "vrrp" } as const;
const checker = { in: "global_defs", process: "checker" } as const;
const bfd = { in: "global_defs", process: "bfd" } as const;

/** Priorities of SCHED_RR, sched(7). */
const REALTIME = { min: 1, max: 99 } as const;
const realtimePriority = () => ({
  ...clamped(int({ min: -MAX_INT32, max: MAX_INT32 }), REALTIME),
  range: `${REALTIME.min}..${REALTIME.max}`,
});
const nice = () => int({ min: -20, max: 19 });
const runTime = () => microseconds({ min: 1, max: MAX_UINT32 });

/** Switched off it is what this version does; only a number is worth a warning. */
const autoPriority = (): ValueType<number> => {
  const type = optionalInt({ min: -1, max: 99, bare: 99 });
  return {
    ...type,
    read: (words) => {
      const at = words.peek() ?? words.statement.words[0];
      const highest = type.read(words);
      if (highest !== undefined && highest > 0)
        words.problems.warning("conf/no-effect", `this has no effect: ${NO_AUTO}`, at);
      return highest;
    },
  };
};

const PRIORITY = {
  type: nice(),
  default: 0,
  doc: "Nice value of the process, and of the scripts it runs: -20 is served first, 19 last.",
  since: "1.2.20",
  rfc: "setpriority(2)",
} as const;
const NO_SWAP = {
  type: flag(),
  default: false,
  doc: "Keep the code of the process in memory. Its heap is not locked: the JavaScript engine gives pages back, which the kernel refuses for locked memory. Where nothing at all may be swapped, set `MemorySwapMax=0` in the unit.",
  since: "1.2.20",
  rfc: "mlock(2)",
} as const;
const REALTIME_PRIORITY = {
  type: realtimePriority(),
  defaultText: "none: no realtime scheduling",
  doc: "Run the process as SCHED_RR with this priority; not the scripts that it runs.",
  since: "2.0.0",
  rfc: "sched(7)",
} as const;
const AFFINITY = {
  type: cpuList(),
  defaultText: "all",
  doc: "Processors that the process may run on, and the scripts that it runs.",
  since: "2.0.17",
  rfc: "sched_setaffinity(2)",
} as const;
const RUN_TIME = {
  type: runTime(),
  default: 10_000,
  doc: "With a realtime priority: processor time without a pause that is worth a line in the log. keepalived's process is killed by it.",
  since: "2.1.0",
  rfc: "RLIMIT_RTTIME of getrlimit(2)",
} as const;

const checkerName = row({
  ...checker,
  name: "checker_process_name",
  type: processName(),
  defaultText: "`process_name`",
  doc: "Short name of the checker process.",
  example: "checker_process_name lvs_checker",
  since: "2.2.0",
});

const vrrpRunTime = row({
  ...vrrp,
  ...RUN_TIME,
  name: "vrrp_rlimit_rttime",
  example: "vrrp_rlimit_rttime 10000",
});

const checkerRunTime = row({
  ...checker,
  ...RUN_TIME,
  name: "checker_rlimit_rttime",
  example: "checker_rlimit_rttime 10000",
});

const bfdRunTime = row({
  ...bfd,
  ...RUN_TIME,
  name: "bfd_rlimit_rttime",
  example: "bfd_rlimit_rttime 10000",
});

/** What `ps` calls the processes. */
const nameRows = [
  row({
    ...all,
    name: "process_names",
    type: flag(),
    default: false,
    doc: "Short names by role: keepalived_vrrp, keepalived_lvs and keepalived_bfd.",
    example: "process_names",
    since: "2.0.16",
  }),
  row({
    ...all,
    name: "process_name",
    process: "parent",
    type: processName(),
    defaultText: "keepalived or lvskeeper, as the program is called",
    doc: "Short name of the parent process.",
    example: "process_name director",
    since: "2.0.16",
  }),
  row({
    ...vrrp,
    name: "vrrp_process_name",
    type: processName(),
    defaultText: "`process_name`",
    doc: "Short name of the vrrp process.",
    example: "vrrp_process_name lvs_vrrp",
    since: "2.0.16",
  }),
  checkerName,
  alias({
    ...checker,
    name: "lvs_process_name",
    of: checkerName,
    deprecated: "write `checker_process_name`",
    example: "lvs_process_name lvs_checker",
    since: "2.0.16",
  }),
  row({
    ...bfd,
    name: "bfd_process_name",
    type: processName(),
    defaultText: "`process_name`",
    doc: "Short name of the BFD process.",
    example: "bfd_process_name lvs_bfd",
    since: "2.0.16",
  }),
] as const;

/** How the kernel schedules the processes, and what it calls them. */
export const schedulingRows = [
  ...nameRows,
  row({
    ...all,
    name: "max_auto_priority",
    type: autoPriority(),
    default: 0,
    doc: "A process whose timers run late is given a realtime priority, raised step by step up to this; 0 and -1: never, as it is always here. Without a number: up to 99.",
    example: "max_auto_priority -1",
    since: "2.1.0",
  }),
  row({
    ...all,
    name: "min_auto_priority_delay",
    type: microseconds({ min: 1, max: 10_000_000 }),
    default: 1_000_000,
    doc: "A timer as late as this makes `max_auto_priority` act.",
    example: "min_auto_priority_delay 500000",
    since: "2.1.0",
    noEffect: NO_AUTO,
  }),
  row({ ...vrrp, ...PRIORITY, name: "vrrp_priority", example: "vrrp_priority -10" }),
  row({ ...vrrp, ...NO_SWAP, name: "vrrp_no_swap", example: "vrrp_no_swap" }),
  row({
    ...vrrp,
    ...REALTIME_PRIORITY,
    name: "vrrp_rt_priority",
    example: "vrrp_rt_priority 50",
  }),
  row({
    ...vrrp,
    ...AFFINITY,
    name: "vrrp_cpu_affinity",
    example: "vrrp_cpu_affinity 0 1",
  }),
  vrrpRunTime,
  alias({
    ...vrrp,
    name: "vrrp_rlimit_rtime",
    of: vrrpRunTime,
    deprecated: "write `vrrp_rlimit_rttime`",
    example: "vrrp_rlimit_rtime 10000",
    since: "2.0.0",
  }),
  row({
    ...checker,
    ...PRIORITY,
    name: "checker_priority",
    example: "checker_priority -10",
  }),
  row({ ...checker, ...NO_SWAP, name: "checker_no_swap", example: "checker_no_swap" }),
  row({
    ...checker,
    ...REALTIME_PRIORITY,
    name: "checker_rt_priority",
    example: "checker_rt_priority 50",
  }),
  row({
    ...checker,
    ...AFFINITY,
    name: "checker_cpu_affinity",
    example: "checker_cpu_affinity 2 3",
  }),
  checkerRunTime,
  alias({
    ...checker,
    name: "checker_rlimit_rtime",
    of: checkerRunTime,
    deprecated: "write `checker_rlimit_rttime`",
    example: "checker_rlimit_rtime 10000",
    since: "2.0.0",
  }),
  row({ ...bfd, ...PRIORITY, name: "bfd_priority", since: "2.0.0", example: "bfd_priority -10" }),
  row({ ...bfd, ...NO_SWAP, name: "bfd_no_swap", since: "2.0.0", example: "bfd_no_swap" }),
  row({ ...bfd, ...REALTIME_PRIORITY, name: "bfd_rt_priority", example: "bfd_rt_priority 50" }),
  row({ ...bfd, ...AFFINITY, name: "bfd_cpu_affinity", example: "bfd_cpu_affinity 1" }),
  bfdRunTime,
  alias({
    ...bfd,
    name: "bfd_rlimit_rtime",
    of: bfdRunTime,
    deprecated: "write `bfd_rlimit_rttime`",
    example: "bfd_rlimit_rtime 10000",
    since: "2.0.0",
  }),
] as const;
