import type { LogRegistry } from "../core/log.ts";
import { outcomeText } from "../script/log-events.ts";
import type { ScriptOutcome } from "../script/model.ts";
import type { ChildRole } from "./messages.ts";
import { KEEPALIVED_LEVEL } from "./version.ts";

type Child = { readonly role: ChildRole };
type ChildPid = Child & { readonly pid: number | undefined };

const processName: Readonly<Record<ChildRole, string>> = {
  vrrp: "VRRP",
  checker: "Healthcheck",
  bfd: "BFD",
  api: "API",
};
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** "Keepalived v2.4.3 (lvskeeper v0.1.0)": what looks for keepalived's start in a log looks for its name and number. */
const release = (program: string, version: string): string =>
  program === "keepalived" ? `Keepalived v${KEEPALIVED_LEVEL} (lvskeeper v${version})` : `${program} v${version}`;

const asBefore = (warnings = 0): string => {
  if (warnings === 0) return "";
  return warnings === 1 ? ", one warning is as before" : `, ${warnings} warnings are as before`;
};

/** What the parent, and the harness around each child, log. keepalived's sentences where it has them. */
export const processEvents = {
  "process.starting": (f: { readonly program: string; readonly version: string }) =>
    `Starting ${release(f.program, f.version)}`,
  "process.commandLine": (f: { readonly args: readonly string[] }) =>
    `Command line: ${f.args.map((a) => `'${a}'`).join(" ")}`,
  "process.configuration": (f: { readonly file: string }) => `Configuration file ${f.file}`,
  "process.cannotStart": (f: { readonly text: string }) => f.text,
  "process.stopping": () => "Stopping",
  "process.stopped": (f: { readonly program: string; readonly version: string }) =>
    `Stopped ${release(f.program, f.version)}`,
  "process.nothingToRun": (f: { readonly program: string }) => `Warning - ${f.program} has no configuration to run`,
  "process.signal": (f: { readonly signal: string; readonly meaning: string }) => `Received ${f.signal}: ${f.meaning}`,
  "process.dumped": (f: { readonly file: string }) => `Configuration as understood: ${f.file}`,
  "dump.written": (f: { readonly file: string }) => `Printed what is running to ${f.file}`,
  "dump.failed": (f: { readonly file: string; readonly error: string }) =>
    `The dump ${f.file} is not written: ${f.error}`,
  "process.setting": (f: { readonly what: string; readonly error: string }) =>
    `The configuration's setting of ${f.what} is not used: ${f.error}`,
  "process.overrun": (f: { readonly limitUs: number }) =>
    `This process ran for longer than ${f.limitUs} us without a pause at realtime priority; it goes on`,
  "process.delayed": (f: { readonly delayMs: number }) =>
    `Delaying the start of VRRP instances for ${seconds(f.delayMs)}`,
  "process.crash": (f: { readonly what: string; readonly where: string }) =>
    `Internal error, this process ends: ${f.what} (${f.where})`,

  "child.starting": (f: ChildPid) => `Starting ${processName[f.role]} child process, pid=${f.pid ?? "none"}`,
  "child.ready": (f: ChildPid & { readonly afterMs: number }) =>
    `${processName[f.role]} child process(${f.pid ?? "none"}) is ready after ${seconds(f.afterMs)}`,
  "child.silent": (f: ChildPid & { readonly silentMs: number }) =>
    `${processName[f.role]} child process(${f.pid ?? "none"}) was silent for ${seconds(f.silentMs)}: killing it`,
  "child.overdue": (f: ChildPid) =>
    `${processName[f.role]} child process(${f.pid ?? "none"}) did not stop in time: killing it`,
  "child.died": (f: ChildPid & { readonly how: string; readonly respawnInMs: number }) =>
    `${processName[f.role]} child process(${f.pid ?? "none"}) died: ${f.how}; ` +
    (f.respawnInMs === 0 ? "Respawning" : `Respawning in ${seconds(f.respawnInMs)}`),
  "child.cleanUp": (f: Child) =>
    `${processName[f.role]} child process ended without letting go: starting another to clean up`,
  "child.failed": (f: Child & { readonly message: string }) =>
    `${processName[f.role]} child process cannot run: ${f.message}`,
  "child.orphaned": (f: Child) => `The parent process is gone: ${processName[f.role]} child process stops`,
  "child.badMessage": (f: Child) => `${processName[f.role]} child process sent a message that is none; ignored`,

  "fifo.failed": (f: { readonly path: string; readonly error: string }) => `notify FIFO ${f.path}: ${f.error}`,
  "fifo.dropped": (f: { readonly path: string; readonly error: string }) =>
    `nobody reads the notify FIFO ${f.path} (${f.error}): events are dropped, and the next reader is told how all stands`,
  "fifo.readerEnded": (f: { readonly path: string; readonly outcome: ScriptOutcome; readonly waitMs: number }) =>
    `the program that reads ${f.path} ended (${outcomeText(f.outcome)}); it is started again in ${f.waitMs / 1000} s`,

  "reload.started": () => "Reloading ...",
  "reload.done": (f: { readonly tookMs: number; readonly unchanged?: boolean; readonly warningsAsBefore?: number }) =>
    `Reload finished after ${seconds(f.tookMs)}${f.unchanged ? ": nothing has changed" : ""}${asBefore(f.warningsAsBefore)}`,
  "reload.refused": (f: { readonly reason: string }) => `Reload refused, the running configuration stays: ${f.reason}`,
  "reload.file": (f: { readonly error: string }) => `A file that tells of the reload is not written: ${f.error}`,
  "reload.diagnostic": (f: { readonly text: string }) => f.text,

  "control.listening": (f: { readonly path: string }) => `Control socket ${f.path}`,
  "control.unavailable": (f: { readonly path: string; readonly message: string }) =>
    `No control socket at ${f.path}, so status, reload and stop cannot reach this daemon: ${f.message}`,
  "control.asked": (f: { readonly what: string; readonly byPid?: number; readonly byUid?: number }) =>
    `Asked to ${f.what} over the control socket${f.byPid === undefined ? "" : ` by process ${f.byPid} of user ${f.byUid}`}`,
  "control.stranger": (f: { readonly pid: number; readonly uid: number }) =>
    `Process ${f.pid} of user ${f.uid} may not use the control socket; its connection is closed`,
  "http.listening": (f: { readonly address: string }) =>
    `Metrics, status and events are served at http://${f.address}/`,
  "http.unavailable": (f: { readonly address: string; readonly message: string }) =>
    `Nothing is served at http://${f.address}/ (http_listen): ${f.message}; it is tried again`,
} satisfies LogRegistry;

export type ProcessEvents = typeof processEvents;
