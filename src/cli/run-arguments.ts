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
  readonly logFormat?: "text" | "json";
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
  readonly bfd_pid?: string;
  readonly no_bfd?: true;
  readonly namespace?: string;
  readonly umask?: number;
  readonly dontRespawn?: true;
  readonly coreDump?: true;
  readonly coreDumpPattern?: true | string;
  readonly ignoreSigint?: true;
  readonly configTest?: true | string;
  readonly control?: string;
} & ReadingArguments &
  Partial<Record<keyof typeof WITHOUT_EFFECT, true | string>>;

/** Options of keepalived that are accepted so that command lines need not change, with why nothing comes of them. */
export const WITHOUT_EFFECT = {
  all: "a process without configuration is not started",
  releaseVips: "addresses that the director did not add are taken over, and removed with the others",
  addressMonitoring: "address changes are not logged; use `ip monitor address`",
  snmp: "there is no SNMP agent",
  snmpAgentSocket: "there is no SNMP agent",
  logFile: "redirect stderr with -l",
  flushLogFile: "no log files are written",
  perf: "profile it with `perf record`",
} as const;

/** Of every command that reads a configuration. */
export type ReadingArguments = { readonly configId?: string; readonly allConfig?: true };

const facility = (text: string): number => {
  const number = parseFacility(text);
  if (number === undefined) throw new InvalidArgumentError("0-7, local0-local7, user or daemon");
  return number;
};

/** A number as C writes it: octal with a leading 0. */
const umask = (text: string): number => {
  const isNumber = /^(0[0-7]*|0[xX][0-9a-fA-F]{1,4}|[1-9]\d{0,3})$/.test(text);
  const number = /^0[0-7]/.test(text) ? Number.parseInt(text, 8) : Number(text);
  if (!isNumber || number > 0o777) throw new InvalidArgumentError("0 to 0777");
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
  new Option("--log-format <form>", "of the console: keepalived's lines, or one JSON object a line").choices([
    "text",
    "json",
  ]),
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
  new Option("-b, --bfd_pid <file>", "pid file of the BFD process"),
  new Option("-B, --no_bfd", "no BFD process"),
  new Option("--all", "accepted: a process without configuration is not started"),
  new Option("-s, --namespace <name>", "network namespace to run in, instead of the configuration's"),
  new Option("-u, --umask <mask>", "permissions that files do not get, instead of the configuration's").argParser(
    umask,
  ),
  new Option("-X, --release-vips", "accepted: addresses are always removed"),
  new Option("-R, --dont-respawn", "end all when a process dies, instead of replacing it"),
  new Option("-a, --address-monitoring", "accepted: address changes are not logged"),
  new Option("-x, --snmp", "accepted: there is no SNMP agent"),
  new Option("-A, --snmp-agent-socket <socket>", "accepted: there is no SNMP agent"),
  new Option("-m, --core-dump", "let core files be written"),
  new Option("-M, --core-dump-pattern [pattern]", "the same, and set kernel.core_pattern, to core by default"),
  new Option("-g, --log-file [file]", "accepted: no log files are written"),
  new Option("--flush-log-file", "accepted: no log files are written"),
  new Option("--ignore-sigint", "do not stop at SIGINT, which a debugger is meant to get").hideHelp(),
  new Option("--perf [what]", "accepted").hideHelp(),
  new Option("--no-mem-check", "accepted").hideHelp(),
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
    ...(given.bfd_pid && { bfd: absolute(given.bfd_pid) }),
  });
  return {
    program,
    args,
    configFile: absolute(given.useFile),
    reading: readingOf(given),
    runVrrp: given.check !== true || given.vrrp === true,
    runChecker: given.vrrp !== true || given.check === true,
    runBfd: given.no_bfd !== true,
    log: {
      console: given.logConsole === true,
      syslog: given.syslog,
      ...(given.logFormat && { format: given.logFormat }),
      detail: given.logDetail === true,
      facility: given.logFacility,
    },
    stop: { keepTable: given.dontReleaseIpvs === true, keepVips: given.dontReleaseVrrp === true },
    foreground: given.dontFork === true,
    dumpPlan: given.dumpConf === true,
    ...(given.namespace !== undefined && { namespace: given.namespace }),
    ...(given.umask !== undefined && { umask: given.umask }),
    ...(given.dontRespawn && { noRespawn: true }),
    ...(given.ignoreSigint && { ignoreInterrupt: true }),
    ...coreFilesOf(given),
    remarks: remarksOf(given),
    pidFiles: files,
    controlSocket: given.control ? absolute(given.control) : controlSocketOf(files.parent),
  };
}

/** The name that keepalived gives to core files with -M alone. */
const CORE_PATTERN = "core";

function coreFilesOf({ coreDump, coreDumpPattern: pattern }: RunArguments): Pick<RunOptions, "coreFiles"> {
  if (pattern !== undefined) return { coreFiles: { pattern: pattern === true ? CORE_PATTERN : pattern } };
  return coreDump ? { coreFiles: {} } : {};
}

/** What an administrator is told of options that nothing comes of. */
const remarksOf = (given: RunArguments): readonly string[] =>
  Object.entries(WITHOUT_EFFECT).flatMap(([name, why]) =>
    given[name as keyof typeof WITHOUT_EFFECT] === undefined
      ? []
      : [`option \`${flagOf(name)}\` has no effect: ${why}`],
  );

const flagOf = (name: string): string => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
