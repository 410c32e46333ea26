import { Command, Option } from "commander";
import { controlSocketOf, DEFAULT_CONFIG_FILE, pidFiles } from "../process/run-options.ts";
import { keepHeapSmall } from "../process/small-heap.ts";
import type { RsCommand } from "../virtual-server/rs-command.ts";
import type { VrrpCommand } from "../vrrp/vrrp-command.ts";
import { describeFailure, EXIT_FAILED } from "./errors.ts";
import { addExamples } from "./examples.ts";
import type { RealServerArguments } from "./realserver.ts";
import type { RsArguments } from "./rs-command.ts";
import {
  type ReadingArguments,
  type RunArguments,
  readingOf,
  readingOptions,
  runOptions,
  runOptionsOf,
} from "./run-arguments.ts";

type Invocation = { readonly isDaemon: boolean };

/** Runs what the command line says and resolves with the exit status; never rejects. `name` is the one we were called by:
 *  `keepalived` means `run`. */
export async function runProgram(name: string, args: readonly string[], invocation: Invocation): Promise<number> {
  const debug = args.includes("--debug");
  try {
    return await dispatch(
      name,
      args.filter((arg) => arg !== "--debug"),
      invocation,
    );
  } catch (error) {
    const { text, exitStatus } = describeFailure(error, debug);
    if (text !== "") process.stderr.write(`lvskeeper: ${text}\n`);
    return exitStatus;
  }
}

async function dispatch(name: string, args: readonly string[], invocation: Invocation): Promise<number> {
  const isKeepalived = name === "keepalived";
  const [command] = args;
  const isGenhash = command === "-T" || command === "--genhash";
  if (name === "genhash" || isGenhash)
    return (await import("./genhash.ts")).genhashCommand(isGenhash ? args.slice(1) : args);

  let exitStatus = 0;
  const program = createProgram(isKeepalived ? "keepalived" : "lvskeeper", args, invocation, (status) => {
    exitStatus = status;
  });
  if (command === undefined && !isKeepalived) {
    process.stderr.write(program.helpInformation());
    return EXIT_FAILED;
  }
  const group = program.commands.find((one) => one.name() === command && one.commands.length > 0);
  if (group && args.length === 1) {
    process.stderr.write(group.helpInformation());
    return EXIT_FAILED;
  }
  // keepalived has no commands: options alone mean `run`.
  const help = command === "-h" || command === "--help";
  const isRun = isKeepalived || (command?.startsWith("-") === true && !help);
  await program.parseAsync(isRun ? ["run", ...args] : [...args], { from: "user" });
  return exitStatus;
}

/** The commands and options, for documentation. */
export const describedProgram = (): Command => createProgram("lvskeeper", [], { isDaemon: false }, () => {});

function createProgram(
  name: string,
  args: readonly string[],
  { isDaemon }: Invocation,
  exit: (status: number) => void,
): Command {
  const program = new Command("lvskeeper")
    .description("Keeps a Linux Virtual Server director alive: health checks, IPVS and VRRP from a keepalived.conf")
    .option("--debug", "show where an internal error came from")
    .helpOption("-h, --help", "show this help")
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  const sub = (title: string, description: string): Command =>
    program
      .command(title)
      .description(description)
      .helpOption("-h, --help", "show this help")
      .allowExcessArguments(false);

  const run = sub("run", "start the director, with keepalived's options (also when only options are given)");
  for (const option of runOptions()) run.addOption(option);
  run.option("--signum <name>", "print the number of the signal for STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON");
  type RunGiven = RunArguments & { readonly version?: true; readonly signum?: string };
  run.option("-v, --version", "show the version").action(async (given: RunGiven) => {
    if (given.version) process.stderr.write((await import("./version.ts")).versionText(name));
    else if (given.signum !== undefined) exit((await import("./signum.ts")).signumCommand(given.signum));
    else if (typeof given.configTest === "string") {
      const log = given.configTest.replace(/^=/, "");
      exit((await import("./config-test.ts")).configTestCommand(given.useFile, readingOf(given), log));
    } else if (given.configTest) exit(await check([], given));
    else {
      const { runCommand } = await import("./run.ts");
      exit(await runCommand(runOptionsOf(given, name, args[0] === "run" ? args.slice(1) : args), isDaemon));
    }
  });

  const checking = sub("check", "check a configuration: 0 clean, 4 unreadable, 5 errors, 6 script security");
  for (const option of readingOptions()) checking.addOption(option);
  checking
    .argument("[files...]", `configuration files; ${DEFAULT_CONFIG_FILE} when none is named`)
    .option("-f, --use-file <file>", "configuration file")
    .addOption(
      new Option("--format <format>", "how to print what is found").choices(["text", "json", "github"]).default("text"),
    )
    .option("--strict", "warnings are errors", false)
    .option("--pair", "compare two files as those of the two directors of a pair", false)
    .addOption(
      new Option("--dump <format>", "print the configuration as understood, defaults filled in").choices(["json"]),
    )
    .option("--expand", "print the configuration with includes, conditions, definitions and sequences expanded", false)
    .action(async (files: readonly string[], given: CheckArguments) => exit(await check(files, given)));

  withControl(sub("reload", "read the configuration again and wait for the result")).action(
    async (given: ControlArguments) =>
      exit(await (await import("./control-commands.ts")).reloadCommand(socketOf(given))),
  );
  withControl(sub("stop", "stop the director and wait until it is gone")).action(async (given: ControlArguments) =>
    exit(await (await import("./control-commands.ts")).stopCommand(socketOf(given))),
  );
  withControl(sub("status", "is it serving, who is master, what is down, since when, why"))
    .option("--json", "all that is known, as JSON", false)
    .addOption(
      new Option(
        "--watch",
        "a live screen (? shows its keys); as text, whenever it changes, where there is no terminal",
      )
        .default(false)
        .conflicts("json"),
    )
    .action(async (given: ControlArguments & { readonly json: boolean; readonly watch: boolean }) => {
      if (given.watch) exit(await (await import("./watch/watch.ts")).watchCommand(socketOf(given)));
      else exit(await (await import("./control-commands.ts")).statusCommand(socketOf(given), given.json));
    });

  withControl(sub("why", "why an instance, a virtual or real server or an address is as it is"))
    .argument("<thing>", "INSTANCE, ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT, ADDRESS:PORT/PROTOCOL or fwm:MARK")
    .option("--json", "as JSON", false)
    .action(async (thing: string, given: ControlArguments & { readonly json: boolean }) =>
      exit(await (await import("./why-command.ts")).whyCommand(socketOf(given), thing, given.json)),
    );

  const planning = sub("plan", "what a reload would change: 0 nothing, 2 changes, 4 to 6 as `check`")
    .option("-f, --use-file <file>", "configuration file; that of the running director when none is named")
    .option("--json", "as JSON", false);
  for (const option of readingOptions()) planning.addOption(option);
  withControl(planning).action(async (given: ControlArguments & ReadingArguments & PlanArguments) => {
    const { planCommand } = await import("./plan.ts");
    const file = given.useFile === undefined ? {} : { file: given.useFile };
    exit(await planCommand(socketOf(given), { ...file, json: given.json, reading: readingOf(given) }));
  });

  const servers = sub(
    "rs",
    "drain, disable, enable or weigh a real server at run time, kept over reloads and restarts",
  );
  const onServer = (what: RsCommand["do"], description: string): Command => {
    const command = servers
      .command(what)
      .description(description)
      .helpOption("-h, --help", "show this help")
      .allowExcessArguments(false)
      .argument("<server>", "ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT")
      .option(
        "--service <name>",
        "in this virtual server only: ADDRESS:PORT, ADDRESS:PORT/PROTOCOL, fwm:MARK or a group",
      );
    return withControl(command);
  };
  const say = async (what: RsCommand["do"], server: string, given: Partial<RsArguments>, weight?: string) => {
    const { rsCommand } = await import("./rs-command.ts");
    exit(await rsCommand(socketOf(given as ControlArguments), what, server, { wait: true, ...given }, weight));
  };
  onServer("drain", "no new connections; wait until those it has are gone, then take it out")
    .option("--deadline <seconds>", "wait so long at most")
    .option("--stay", "leave it in the table with weight 0 then")
    .option("--no-wait", "do not wait here; it goes on in the daemon")
    .action((server: string, given: Partial<RsArguments>) => say("drain", server, given));
  onServer("disable", "take it out at once").action((server: string, given: Partial<RsArguments>) =>
    say("disable", server, given),
  );
  onServer("enable", "as the configuration says again").action((server: string, given: Partial<RsArguments>) =>
    say("enable", server, given),
  );
  onServer("weight", "give it another weight than the configuration says")
    .argument("<weight>")
    .action((server: string, weight: string, given: Partial<RsArguments>) => say("weight", server, given, weight));

  const instances = sub("vrrp", "hand a VRRP instance over to its peer, and take part again");
  const onInstance = (what: VrrpCommand["do"], description: string): void => {
    const command = instances
      .command(what)
      .description(description)
      .helpOption("-h, --help", "show this help")
      .allowExcessArguments(false)
      .argument("<instance>", "the name of a vrrp_instance");
    withControl(command).action(async (instance: string, given: ControlArguments) =>
      exit(await (await import("./vrrp-command.ts")).vrrpCommand(socketOf(given), { do: what, instance })),
    );
  };
  onInstance("failover", "give up MASTER in order, wait for the peer's advertisement, stay down until resumed");
  onInstance("resume", "take part in elections again");

  const realServer = sub("realserver", "the real server's side of LVS-DR: VIPs on lo, ARP left to the director");
  const onRealServer = (verb: "up" | "down" | "show", title: string, description: string): Command =>
    realServer
      .command(`${verb} ${title}`)
      .description(description)
      .helpOption("-h, --help", "show this help")
      .allowExcessArguments(false)
      .action(async (vips: readonly string[], given: RealServerArguments) =>
        exit(await (await import("./realserver.ts")).realServerCommand(verb, vips, given)),
      );
  for (const [verb, title, description] of [
    ["up", "<vips...>", "VIP/32 or /128 and a host route on lo, arp_ignore 1 and arp_announce 2 on lo and all"],
    ["down", "[vips...]", "puts back what `up` changed; without VIPs all of it"],
  ] as const)
    onRealServer(verb, title, description)
      .option("--persist", "over restarts too, by sysctl.d and a systemd unit")
      .option("--root <folder>", "write those below this folder, for an image that is being built");
  onRealServer("show", "[vips...]", "what is missing, in words: 0 nothing, 1 something").option("--json", "as JSON");

  sub("explain", "the manual of one configuration keyword")
    .argument("<keyword>")
    .action(async (keyword: string) => exit((await (await import("./explain.ts")).explainCommand(keyword)) ?? 0));
  sub("completion", "print the completion script of a shell, e.g. source <(lvskeeper completion bash)")
    .argument("<shell>", "bash, zsh or fish")
    .action(async (shell: string) => exit((await import("./complete.ts")).completionCommand(shell)));
  const completing = program.command("complete", { hidden: true }).argument("[words...]");
  withControl(completing).action(async (words: readonly string[], given: ControlArguments) =>
    exit(await (await import("./complete.ts")).completeCommand(describedProgram(), words, socketOf(given))),
  );
  sub("ipvs", "list and change the kernel's IPVS table, with ipvsadm's options; --json, --force").argument(
    "[options...]",
  );
  addExamples(program);
  return program;
}

type CheckArguments = {
  readonly useFile?: string;
  readonly format?: "text" | "json" | "github";
  readonly strict?: boolean;
  readonly pair?: boolean;
  readonly dump?: "json";
  readonly expand?: boolean;
} & ReadingArguments;

async function check(named: readonly string[], given: CheckArguments): Promise<number> {
  keepHeapSmall();
  const [first = DEFAULT_CONFIG_FILE, ...others] = [...(given.useFile === undefined ? [] : [given.useFile]), ...named];
  const reading = readingOf(given);
  if (given.expand)
    return (await import("./check-expand.ts")).expandCommand([first, ...others], given.strict === true, reading);
  return (await import("./check.ts")).checkCommand({
    files: [first, ...others],
    format: given.format ?? "text",
    strict: given.strict === true,
    pair: given.pair === true,
    dump: given.dump !== undefined,
    reading,
  });
}

type PlanArguments = { readonly useFile?: string; readonly json: boolean };

type ControlArguments = { readonly pid?: string; readonly control?: string };

const withControl = (command: Command): Command =>
  command
    .option("-p, --pid <file>", "pid file that the director was started with")
    .addOption(new Option("--control <socket>", "control socket of the director").env("LVSKEEPER_CONTROL"));

const socketOf = ({ pid, control }: ControlArguments): string =>
  control ?? controlSocketOf(pidFiles("lvskeeper", pid ? { parent: pid } : {}).parent);
