import type { Loaded } from "./loaded.ts";
import type { PlacePlan } from "./plan-global-model.ts";
import { controlSocketOf, type PidFiles, pidFiles, type RunOptions } from "./run-options.ts";

/** Directory that `use_pid_dir`, `instance` and `net_namespace` put pid files in, by the program's name. */
const PID_DIRECTORY = { lvskeeper: "/run/lvskeeper", keepalived: "/run/keepalived" } as const;

/** The files of a director whose configuration gives it a place of its own on the host: in a directory for pid files, with
 *  the network namespace and the instance in their names. What the command line names stays as it is. The control socket
 *  goes beside the pid file of a director that is one of several. */
export function placedOptions(options: RunOptions, place: PlacePlan): RunOptions {
  if (!place.pidDirectory) return options;
  const usual = pidFiles(options.program, {});
  const program = options.program === "keepalived" ? "keepalived" : "lvskeeper";
  const suffix = [place.namespace, place.instance].map((name) => (name === undefined ? "" : `_${name}`)).join("");
  const of = (role: string): string => (program === "keepalived" ? role : `${program}_${role}`);
  const placed: PidFiles = {
    parent: `${PID_DIRECTORY[program]}/${program}${suffix}.pid`,
    vrrp: `${PID_DIRECTORY[program]}/${of("vrrp")}${suffix}.pid`,
    checker: `${PID_DIRECTORY[program]}/${of("checkers")}${suffix}.pid`,
    bfd: `${PID_DIRECTORY[program]}/${of("bfd")}${suffix}.pid`,
  };
  const pick = (role: keyof PidFiles): string =>
    options.pidFiles[role] === usual[role] ? placed[role] : options.pidFiles[role];
  const files = { parent: pick("parent"), vrrp: pick("vrrp"), checker: pick("checker"), bfd: pick("bfd") };
  const isUsualSocket = options.controlSocket === controlSocketOf(usual.parent);
  return {
    ...options,
    pidFiles: files,
    ...(suffix !== "" && { log: { ...options.log, owner: suffix } }),
    controlSocket: isUsualSocket && suffix !== "" ? controlSocketOf(files.parent) : options.controlSocket,
  };
}

/** What was read, with -s and -u in place of what it says. */
export function asTold(loaded: Loaded, { namespace, umask }: Pick<RunOptions, "namespace" | "umask">): Loaded {
  if (!loaded.plan || (namespace === undefined && umask === undefined)) return loaded;
  const { global } = loaded.plan;
  const place = namespace === undefined ? global.place : { ...global.place, namespace, pidDirectory: true };
  return { ...loaded, plan: { ...loaded.plan, global: { ...global, place, umask: umask ?? global.umask } } };
}

/** The keyword of a place that only a restart can change, where the plans differ in one. */
export function changedPlace(from: PlacePlan, to: PlacePlan): string | undefined {
  if (from.instance !== to.instance) return "instance";
  if (from.namespace !== to.namespace) return "net_namespace";
  if (from.ipvsNamespace !== to.ipvsNamespace) return "net_namespace_ipvs";
  return from.pidDirectory === to.pidDirectory ? undefined : "use_pid_dir";
}
