import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { wallMs } from "../core/clock.ts";
import { DirectorError, messageOf } from "../core/errors.ts";
import { createLogger, type Logger, type LogSink } from "../core/log.ts";
import { crash, endOnBugs } from "./child-harness.ts";
import { SpareChildren } from "./child-spawn.ts";
import { type ControlServer, openControl } from "./control.ts";
import { allowCoreFiles } from "./core-files.ts";
import { Director } from "./director.ts";
import { Dumps } from "./dumps.ts";
import { withEvents } from "./event-outbox.ts";
import { EventRing } from "./event-ring.ts";
import { createLoader } from "./load.ts";
import type { Loaded } from "./loaded.ts";
import { ignoreOutputErrors } from "./log-console.ts";
import { type ProcessEvents, processEvents } from "./log-events.ts";
import { processSink } from "./log-sink.ts";
import { requireNamespace } from "./namespace.ts";
import { runOwnScript } from "./own-scripts.ts";
import { claimPidFile, readPid, removeLeftPidFile, removePidFile } from "./pid-file.ts";
import { asTold, placedOptions } from "./placed-options.ts";
import type { Plan } from "./plan.ts";
import { printPlan } from "./plan-print.ts";
import { ProcessSettings } from "./process-settings.ts";
import { ignoreRealtimeSignals, onRealtimeSignals } from "./realtime-signals.ts";
import { bfdFeedOf, checkerFeedOf, type RunOptions } from "./run-options.ts";
import { type ServiceManager, serviceManager } from "./service-manager.ts";
import { SIGNALS } from "./signal-numbers.ts";
import { keepHeapSmall } from "./small-heap.ts";
import { removeSocket } from "./socket-path.ts";
import { setProcessTitle } from "./title.ts";
import { VERSION } from "./version.ts";
import { watchGarbageCollection, watchOwnLag } from "./vitals.ts";

/** How a start went, for whoever waits for it: the daemon's launcher, or the foreground's own stderr. `drawn` are
 *  diagnostics for a person, which are nowhere else; `lines` are in the log too. */
export type StartReport = { readonly exitStatus: number; readonly lines: readonly string[]; readonly drawn?: string };

/** keepalived's exit statuses: 1 fatal, 4 a missing privilege. */
const EXIT_FATAL = 1;
const EXIT_NO_PERMISSION = 4;
/** How often the lag of the parent's own event loop is measured. */
const OWN_LAG_EVERY_MS = 1000;

/** Runs the director until it is stopped; resolves with the exit status. `report` is called once, when all children run
 *  or it is clear that they will not, with what an administrator is to read. */
export async function runParent(given: RunOptions, report: (started: StartReport) => void): Promise<number> {
  keepHeapSmall();
  setProcessTitle(given.program, "parent", given.args);
  ignoreOutputErrors();
  ignoreRealtimeSignals();
  const log = createLogger(processEvents, processSink(given.program, "parent", given.log));
  endOnBugs(log);
  const manager = serviceManager(); // takes its names out of what children inherit
  const spares = new SpareChildren();
  try {
    return await readAndRun(given, { log, report, manager, spares });
  } finally {
    spares.end();
  }
}

type ParentParts = {
  readonly log: Logger<ProcessEvents>;
  readonly report: (started: StartReport) => void;
  readonly manager: ServiceManager;
  readonly spares: SpareChildren;
};

async function readAndRun(given: RunOptions, { log, report, manager, spares }: ParentParts): Promise<number> {
  const load = createLoader(
    given.configFile,
    given.reading,
    (read) => asTold(read, given),
    ({ text }) => startSpares(given, text, spares),
  );
  const loaded = load();
  if (!loaded.plan) {
    const toSyslog = createLogger(
      processEvents,
      processSink(given.program, "parent", { ...given.log, console: false }),
    );
    for (const text of [...loaded.errors, ...loaded.warnings]) toSyslog.error("reload.diagnostic", { text });
    const exitStatus = statusOfConfiguration(given.program, loaded.exitStatus);
    report({ exitStatus, lines: [], drawn: loaded.drawn });
    return exitStatus;
  }
  const options = placedOptions(given, loaded.plan.global.place);
  try {
    requireNamespace(loaded.plan.global.place.namespace);
    requireNamespace(loaded.plan.global.place.ipvsNamespace, "net_namespace_ipvs");
    await claimPidFile(options.pidFiles.parent);
    const { parent: _own, ...ofChildren } = options.pidFiles;
    for (const file of Object.values(ofChildren)) removeLeftPidFile(file);
  } catch (error) {
    // Scripts start keepalived to be sure that it runs: that it does is no failure to them.
    const runsAlready = error instanceof DirectorError && error.code === "pid/running";
    return reportFailure(error, log, report, runsAlready && given.program === "keepalived" ? 0 : EXIT_FATAL);
  }
  process.on("exit", () => releaseFiles(options));
  try {
    const events = new EventRing(wallMs());
    const named = withEvents(processSink(options.program, "parent", options.log), (batch) =>
      events.push("parent", batch.events, batch.lost),
    );
    const parts = { sink: named, log: createLogger(processEvents, named), events, report, load, manager, spares };
    return await direct(options, loaded.plan, loaded.warnings, parts);
  } catch (error) {
    if (!(error instanceof DirectorError)) crash(log, error);
    return reportFailure(error, log, report);
  }
}

/** The children that a text most likely asks for, as long as nothing else about them is in doubt. */
function startSpares(given: RunOptions, text: string, spares: SpareChildren): void {
  const { program, args, log, runChecker, runVrrp, namespace, coreFiles } = given;
  if (namespace !== undefined || coreFiles) return;
  if (runChecker && text.includes("virtual_server ")) spares.start({ boot: { role: "checker", program, log }, args });
  if (runVrrp && text.includes("vrrp_instance ")) spares.start({ boot: { role: "vrrp", program, log }, args });
}

type DirectParts = ParentParts & {
  readonly sink: LogSink;
  readonly events: EventRing;
  readonly load: () => Loaded;
};

async function direct(
  options: RunOptions,
  plan: Plan,
  warnings: readonly string[],
  { sink, log, events, report, load, manager, spares }: DirectParts,
): Promise<number> {
  log.info("process.starting", { program: options.program, version: VERSION });
  log.info("process.commandLine", { args: [options.program, ...options.args] });
  log.info("process.configuration", { file: options.configFile });
  for (const text of [...(options.remarks ?? []), ...warnings]) log.warn("reload.diagnostic", { text });
  if (options.dumpPlan) dumpPlan(options, plan, log);

  if (options.coreFiles) allowCoreFiles(options.coreFiles, log);
  const settings = new ProcessSettings(options.program, log);
  let control: ControlServer | undefined;
  const adopt = ({ global }: Plan): void => {
    const { parentName: name } = global.processes;
    settings.apply(name === undefined ? {} : { name });
    control?.adopt(global.http);
  };
  adopt(plan);
  const ending = untilTold();
  const director = new Director(
    {
      options,
      log,
      load,
      spawn: (order) => spares.take(order),
      onHopeless: ({ code, message }) => ending.end(statusOfFailure(code, message)),
      onPlan: adopt,
      onEvents: (role, message) => events.push(role, message.events, message.lost),
    },
    plan,
    warnings,
  );
  events.listen((some) => director.tally.event(some.length));
  control = await openControl({ options, director, events, log, stop: () => ending.end(0) });
  watchGarbageCollection();
  watchOwnLag(OWN_LAG_EVERY_MS);
  const dumps = new Dumps({ director, log });
  const deaf = listenToSignals({ options, director, dumps, log, manager }, () => ending.end(0));

  const started = startUp(director, sink, ending.status).finally(() => spares.end());
  const first = await Promise.race([started, ending.status]);
  if (typeof first !== "number") {
    if (first.ok) control.begin();
    if (first.ok && options.dumpPlan) void dumps.write("data");
    if (first.ok) manager.ready();
    report(first.ok ? { exitStatus: 0, lines: warnings } : { exitStatus: EXIT_FATAL, lines: [first.error.message] });
    if (!first.ok) ending.end(statusOfFailure(first.error.code, first.error.message));
  }
  const status = await ending.status;
  manager.stopping();
  await stopAll(director, control, sink);
  deaf();
  if (typeof first === "number") report({ exitStatus: status, lines: await reasonOf(started) });
  log.info("process.stopped", { program: options.program, version: VERSION });
  return status;
}

/** The startup_script, and then the children; nothing more once it is clear that this is the end. */
async function startUp(director: Director, sink: LogSink, end: Promise<number>): ReturnType<Director["start"]> {
  const ended = new AbortController();
  void end.then(() => ended.abort());
  await runOwnScript("startup_script", director.plan.global.scripts.startup, sink, ended.signal);
  return ended.signal.aborted ? { ok: true, value: undefined } : director.start();
}

/** The children first; the socket last, since somebody may be waiting on it for the stop. */
async function stopAll(director: Director, control: ControlServer, sink: LogSink): Promise<void> {
  await director.stop();
  await runOwnScript("shutdown_script", director.plan.global.scripts.shutdown, sink);
  await control.close();
}

async function reasonOf(started: ReturnType<Director["start"]>): Promise<readonly string[]> {
  const outcome = await Promise.race([started, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
  return outcome && !outcome.ok ? [outcome.error.message] : [];
}

/** keepalived has other statuses for a start than for a check: 2 for a configuration with errors, 6 where there is none. */
const statusOfConfiguration = (program: string, status: number): number =>
  (program === "keepalived" ? { 4: 6, 5: 2 }[status] : undefined) ?? status;

const statusOfFailure = (code: string, message: string): number =>
  /EPERM|EACCES|permission|privilege/i.test(`${code} ${message}`) ? EXIT_NO_PERMISSION : EXIT_FATAL;

function reportFailure(
  error: unknown,
  log: Logger<ProcessEvents>,
  report: (started: StartReport) => void,
  exitStatus = EXIT_FATAL,
): number {
  const text = messageOf(error) + (error instanceof DirectorError && error.hint ? `: ${error.hint}` : "");
  log.error("process.cannotStart", { text });
  report({ exitStatus, lines: [text] });
  return exitStatus;
}

/** The first reason to end decides the exit status. */
function untilTold(): { readonly status: Promise<number>; readonly end: (status: number) => void } {
  let end: (status: number) => void = () => {};
  const status = new Promise<number>((resolve) => {
    end = resolve;
  });
  return { status, end };
}

/** The returned function ends it for those signals that would keep the process from ending. */
type Listening = {
  readonly options: RunOptions;
  readonly director: Director;
  readonly dumps: Dumps;
  readonly log: Logger<ProcessEvents>;
  readonly manager: ServiceManager;
};

function listenToSignals({ options, director, dumps, log, manager }: Listening, stop: () => void): () => void {
  if (options.ignoreInterrupt) process.on("SIGINT", () => {});
  process.on("SIGHUP", () => {
    manager.reloading();
    void director.reload().finally(manager.ready);
  });
  for (const signal of ["SIGTERM", ...(options.ignoreInterrupt ? [] : (["SIGINT"] as const))] as const)
    process.on(signal, () => {
      log.info("process.signal", { signal, meaning: "stopping" });
      stop();
    });
  process.on("SIGUSR1", () => void dumps.write("data"));
  process.on("SIGUSR2", () => void dumps.write("stats"));
  return onRealtimeSignals(
    new Map([
      [SIGNALS.JSON, () => void dumps.write("json")],
      [SIGNALS.STATS_CLEAR, () => void dumps.write("stats-clear")],
    ]),
  );
}

/** The configuration as understood, beside the pid file and readable by its owner only; passwords stay out of it. */
function dumpPlan(options: RunOptions, plan: Plan, log: Logger<ProcessEvents>): void {
  const file = `${options.pidFiles.parent.replace(/\.pid$/, "")}.plan.json`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    rmSync(file, { force: true });
    writeFileSync(file, `${printPlan(plan)}\n`, { mode: 0o600, flag: "wx" });
    log.info("process.dumped", { file });
  } catch (error) {
    log.warn("process.dumped", { file: `not written: ${messageOf(error)}` });
  }
}

/** What must not outlive us, at whatever end that Node still sees. */
function releaseFiles({ pidFiles, controlSocket }: RunOptions): void {
  if (readPid(pidFiles.parent) !== process.pid) return; // another has taken over
  for (const file of Object.values(pidFiles)) removePidFile(file);
  for (const file of [bfdFeedOf(pidFiles), checkerFeedOf(pidFiles), controlSocket]) removeSocket(file);
}
