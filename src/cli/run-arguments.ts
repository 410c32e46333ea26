import path from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { ALL_CHECKS } from "../config/include-checks.ts";
import { parseFacility } from "../process/log-format.ts";
import {
  controlSocketOf,
  DEFAULT_CONFIG_FILE,
  pidFiles,
  type Reading,
  type RunOptions,
} from "../process/run-options.ts";

/** What commander makes of the options below. */
export type RunArguments = {
  readonly useFile: string;
  readonly vrrp?: true;
  readonly check?: true;
  readonly logConsole?: true;
  readonly logDetail?: true;
  readonly logFacility: number;
  /** False with -G. */
  readonly syslog: boolean;
  readonly dontReleaseVrrp?: true;
  readonly dontReleaseIpvs?: true;
  readonly dontFork?: true;
  readonly dumpConf?: true;
  readonly pid?: string;
  readonly vrrp_pid?: string;
  readonly checkers_pid?: string;
  readonly configTest?: true | string;
  readonly control?: string;
} & ReadingArguments;

/** Of every command that reads a configuration. */
export type ReadingArguments = { readonly configId?: string; readonly allConfig?: true };

const facility = (text: string): number => {
  const number = parseFacility(text);
  if (number === undefined) throw new InvalidArgumentError("0-7, local0-local7, user or daemon");
  return number;
};

export const readingOptions = (): readonly Option[] => [
  new Option(
    "-i, --config-id <id>",
    "read lines that begin with @id; by default the name of the host up to its first dot",
  ),
  new Option("-e, --all-config", "a file to include that is not there is an error"),
];

export const readingOf = ({ configId, allConfig }: ReadingArguments): Reading => ({
  ...(configId !== undefined && { configId }),
  ...(allConfig && { includeChecks: ALL_CHECKS }),
});

/** keepalived's options of `run`, short and long. */
export const runOptions = (): readonly Option[] => [
  new Option("-f, --use-file <file>", "configuration file").default(DEFAULT_CONFIG_FILE),
  ...readingOptions(),
  new Option("-P, --vrrp", "only VRRP, no health checkers"),
  new Option("-C, --check", "only health checkers, no VRRP"),
  new Option("-l, --log-console", "log to stderr too"),
  new Option("-D, --log-detail", "log in more detail"),
  new Option("-S, --log-facility <name>", "syslog facility: 0-7, local0-local7, user, daemon")
    .argParser(facility)
    .default(3, "daemon"),
  new Option("-G, --no-syslog", "do not log to syslog"),
  new Option("-V, --dont-release-vrrp", "leave virtual addresses in place at stop"),
  new Option("-I, --dont-release-ipvs", "leave the IPVS table in place at stop"),
  new Option("-n, --dont-fork", "stay in the foreground"),
  new Option("-d, --dump-conf", "leave the configuration as understood beside the pid file"),
  new Option("-p, --pid <file>", "pid file"),
  new Option("-r, --vrrp_pid <file>", "pid file of the VRRP process"),
  new Option("-c, --checkers_pid <file>", "pid file of the checker process"),
  new Option("-t, --config-test [logfile]", "check the configuration and exit, as `check` does"),
  new Option("--control <socket>", "control socket").env("LVSKEEPER_CONTROL"),
];

/** The options as the parent takes them; every path absolute, since a daemon leaves the current directory. */
export function runOptionsOf(given: RunArguments, program: string, args: readonly string[]): RunOptions {
  const absolute = (file: string): string => path.resolve(file);
  const files = pidFiles(program, {
    ...(given.pid && { parent: absolute(given.pid) }),
    ...(given.vrrp_pid && { vrrp: absolute(given.vrrp_pid) }),
    ...(given.checkers_pid && { checker: absolute(given.checkers_pid) }),
  });
  return {
    program,
    args,
    configFile: absolute(given.useFile),
    reading: readingOf(given),
    runVrrp: given.check !== true || given.vrrp === true,
    runChecker: given.vrrp !== true || given.check === true,
    log: {
      console: given.logConsole === true,
      syslog: given.syslog,
      detail: given.logDetail === true,
      facility: given.logFacility,
    },
    stop: { keepTable: given.dontReleaseIpvs === true, keepVips: given.dontReleaseVrrp === true },
    foreground: given.dontFork === true,
    dumpPlan: given.dumpConf === true,
    pidFiles: files,
    controlSocket: given.control ? absolute(given.control) : controlSocketOf(files.parent),
  };
}
