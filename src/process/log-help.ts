import type { LogHelp } from "../core/log.ts";
import type { processEvents } from "./log-events.ts";

/** What the lines about processes mean. */
export const processHelp: LogHelp<typeof processEvents> = {
  "process.starting": {
    example: { program: "lvskeeper", version: "0.1.0" },
    means: "The daemon begins.",
  },
  "process.commandLine": {
    example: { args: ["run", "-n", "-l"] },
    means: "The options that it was started with.",
  },
  "process.configuration": {
    example: { file: "/etc/keepalived/keepalived.conf" },
    means: "The file that it reads.",
  },
  "process.cannotStart": {
    example: { text: "another lvskeeper runs with the pid file /run/lvskeeper/lvskeeper.pid: pid 812" },
    means: "The daemon ends without having begun.",
    remedy: "Do what the line says.",
  },
  "process.stopping": {
    means: "The daemon was asked to stop: addresses and services go.",
  },
  "process.stopped": {
    example: { program: "lvskeeper", version: "0.1.0" },
    means: "The daemon has let go of everything, and ends.",
  },
  "process.nothingToRun": {
    example: { program: "lvskeeper" },
    means: "The configuration has neither a vrrp_instance nor a virtual_server.",
    remedy: "Is it the right file? `lvskeeper check` says what it holds.",
  },
  "process.signal": {
    example: { signal: "SIGHUP", meaning: "reload" },
    means: "A signal came, and what it is taken for.",
  },
  "process.dumped": {
    example: { file: "/run/lvskeeper/plan.json" },
    means: "The configuration with all defaults filled in was written.",
  },
  "dump.written": {
    example: { file: "/tmp/keepalived.data" },
    means: "A state dump that a signal asked for is complete.",
  },
  "dump.failed": {
    example: { file: "/tmp/keepalived.data", error: "ENOSPC" },
    means: "A state dump could not be written.",
    remedy: "Make room, or mend the rights of the folder.",
  },
  "process.setting": {
    example: { what: "real-time scheduling", error: "EPERM" },
    means: "A setting of the process (priority, affinity, locked memory, limits) was refused; it runs without.",
    remedy: "Give the service the right (CAP_SYS_NICE, LimitRTPRIO, LimitMEMLOCK) or take the setting out.",
  },
  "process.overrun": {
    example: { limitUs: 10_000 },
    means:
      "The limit of vrrp_rlimit_rttime or checker_rlimit_rttime was reached, by a garbage collection for instance.",
    remedy: "Nothing, if it is seldom. One that hangs is killed after watchdog_timeout.",
  },
  "process.delayed": {
    example: { delayMs: 5000 },
    means: "By vrrp_startup_delay or vrrp_delay_after_boot instances wait before they take part.",
  },
  "process.crash": {
    example: { what: "TypeError: x is not a function", where: "vrrp" },
    means: "A fault in this program. The process ends and the parent starts it again; addresses and table stay.",
    remedy: "Report it with this line and those before it.",
  },
  "child.starting": {
    example: { role: "vrrp", pid: 812 },
    means: "The parent starts a process.",
  },
  "child.ready": {
    example: { role: "vrrp", pid: 812, afterMs: 240 },
    means: "A process has begun its work.",
  },
  "child.silent": {
    example: { role: "vrrp", pid: 812, silentMs: 3000 },
    means: "A process did not answer its watchdog; it is killed and started again.",
    remedy: "Was the host stopped or overloaded? vrrp_priority and real-time scheduling keep it running under load.",
  },
  "child.overdue": {
    example: { role: "vrrp", pid: 812 },
    means: "A process did not end in time at the stop.",
  },
  "child.died": {
    example: { role: "vrrp", pid: 812, how: "killed by SIGKILL", respawnInMs: 0 },
    means: "A process ended although it should run; another takes its place.",
    remedy: "SIGKILL without a hand of yours is often the kernel's out-of-memory killer: `dmesg`.",
  },
  "child.cleanUp": {
    example: { role: "vrrp" },
    means: "A process died during the stop: another one takes its addresses and services out.",
  },
  "child.failed": {
    example: { role: "vrrp", message: "EPERM" },
    means: "A process cannot run at all.",
    remedy: "The line says what it lacks.",
  },
  "child.orphaned": {
    example: { role: "vrrp" },
    means:
      "The parent was killed: the process lets go of the addresses and ends; the kernel's table stays for the next start.",
  },
  "child.badMessage": {
    example: { role: "vrrp" },
    means: "Something that is no message of ours came over the channel between two processes.",
  },
  "fifo.failed": {
    example: { path: "/run/notify.fifo", error: "ENOENT" },
    means: "A notify FIFO cannot be made or opened.",
    remedy: "Does the folder exist, and is there something else of that name?",
  },
  "fifo.dropped": {
    example: { path: "/run/notify.fifo", error: "EAGAIN" },
    means: "Nobody reads a notify FIFO, or too slowly. Nothing waits for it.",
    remedy: "Start the reader: it is told how everything stands.",
  },
  "fifo.readerEnded": {
    example: {
      path: "/run/notify.fifo",
      outcome: { how: "exited", status: 1, elapsedMs: 40, output: "" },
      waitMs: 1000,
    },
    means: "The script of a notify FIFO ended; it is started again.",
    remedy: "Look at what it wrote; run it by hand.",
  },
  "reload.started": {
    means: "SIGHUP or `lvskeeper reload`: the files are read.",
  },
  "reload.done": {
    example: { tookMs: 120 },
    means:
      "The new configuration is in force. It says so where nothing has changed in the files, and in what they name. Warnings of the configuration before are not told again, only counted: `lvskeeper check` has them.",
  },
  "reload.refused": {
    example: { reason: "3 errors in /etc/keepalived/keepalived.conf" },
    means: "The new files are not right: nothing changed, the configuration before them stays in force.",
    remedy: "`lvskeeper check` shows each error with its place.",
  },
  "reload.file": {
    example: { error: "ENOSPC" },
    means: "A file of reload_file or of the last good configuration was not written; the reload itself goes on.",
  },
  "reload.diagnostic": {
    example: { text: "/etc/keepalived/keepalived.conf:12:3: warning: ..." },
    means: "A warning or an error of the configuration.",
    remedy: "`lvskeeper explain CODE` says more about the code at its end.",
  },
  "control.listening": {
    example: { path: "/run/lvskeeper/control.sock" },
    means: "`lvskeeper status` and the API reach the daemon here.",
  },
  "control.unavailable": {
    example: { path: "/run/lvskeeper/control.sock", message: "EADDRINUSE" },
    means: "The daemon works, but cannot be asked.",
    remedy: "Does another daemon use the socket, or is the folder read-only?",
  },
  "control.asked": {
    example: { what: "reload", byPid: 4711, byUid: 0 },
    means: "Somebody gave a command over the control socket.",
  },
  "control.stranger": {
    example: { pid: 4711, uid: 1000 },
    means: "A user who is neither root nor the daemon's own opened the control socket: its mode was changed.",
    remedy: "`chmod 600` the socket. For reading there is http_listen.",
  },
  "http.listening": {
    example: { address: "127.0.0.1:9650" },
    means: "Metrics, the status page, status and events can be read here (http_listen).",
  },
  "http.unavailable": {
    example: { address: "10.0.0.1:9650", message: "EADDRNOTAVAIL" },
    means: "The address of http_listen cannot be listened at; it is tried again every few seconds.",
    remedy: "Is it an address of this host, and free? A port below 1024 can only be opened at the start.",
  },
};
