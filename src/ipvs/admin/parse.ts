import type { SyncDaemon } from "../model.ts";
import type { Columns, Request, Wrong } from "./request.ts";
import { Gathered, timeout, WrongValue } from "./service-words.ts";
import { broken, type CommandName, commandRows } from "./table.ts";
import type { Names } from "./values.ts";
import { type Item, splitWords } from "./words.ts";

/** ipvsadm's command line, read as version 1.31 reads it, its mistakes named in its words. */

export type Parsed = { readonly request: Request } | { readonly wrong: Wrong };

const EXIT_USAGE = 2;
/** What ipvsadm makes of its own -1. */
const EXIT_MINUS_ONE = 255;

/** `args` without the program's name; none is a listing. Throws HostWanted where a host's name is not known yet. */
export function parseCommandLine(args: readonly string[], names: Names): Parsed {
  if (args.length === 0) args = ["-L"];
  const { items, rest } = splitWords(args);
  const [first, ...options] = items;
  if (first?.is !== "command") return { wrong: { status: EXIT_MINUS_ONE, goesOn: false } };
  if (first.command === "help" || first.command === "version") return { request: { do: first.command } };
  try {
    return readCommand(first.command, first.word, options, rest, names);
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    return { wrong: { message: error.message, status: EXIT_USAGE, goesOn: false } };
  }
}

function readCommand(
  command: CommandName,
  word: string | undefined,
  options: readonly Item[],
  rest: readonly string[],
  names: Names,
): Parsed {
  const role = command === "startDaemon" || command === "stopDaemon" ? roleOf(command, word) : "master";
  const gathered = new Gathered(names);
  for (const item of options) {
    if (item.is === "wrong")
      return { wrong: { message: `${item.text}: ${item.why}`, status: EXIT_MINUS_ONE, goesOn: true } };
    if (item.is === "command") throw new WrongValue(`invalid option \`${item.text}'`);
    gathered.add(item.option, item.word);
  }
  const timeouts = command === "setTimeouts" ? readTimeouts(rest) : undefined;
  const left = timeouts ? rest[3] : rest[0];
  if (left !== undefined) throw new WrongValue(`unexpected argument ${left}`);
  gathered.finish();
  const wrong = broken(commandRows[command], "command", gathered.has);
  if (wrong !== undefined) throw new WrongValue(wrong);
  if (timeouts) return { request: { do: "setTimeouts", timeouts } };
  return { request: requestOf(command as Exclude<CommandName, "help" | "version" | "setTimeouts">, role, gathered) };
}

function roleOf(command: "startDaemon" | "stopDaemon", word: string | undefined): SyncDaemon["role"] {
  if (word === "master" || word === "backup") return word;
  throw new WrongValue(
    command === "startDaemon" ? "illegal start-daemon parameter specified" : "illegal start_daemon specified",
  );
}

function readTimeouts(rest: readonly string[]) {
  const [tcp, tcpFin, udp] = rest;
  if (tcp === undefined || tcpFin === undefined || udp === undefined)
    throw new WrongValue("--set option requires 3 timeout values");
  return { tcpS: timeout(tcp, 0), tcpFinS: timeout(tcpFin, 0), udpS: timeout(udp, 0) };
}

function requestOf(
  command: Exclude<CommandName, "help" | "version" | "setTimeouts">,
  role: SyncDaemon["role"],
  gathered: Gathered,
): Request {
  switch (command) {
    case "addService":
    case "setService":
      return { do: "change", command: { op: command, service: gathered.service() } };
    case "delService":
      return { do: "change", command: { op: command, service: gathered.namedService() } };
    case "addDest":
    case "setDest": {
      const destination = gathered.destination();
      return { do: "change", command: { op: command, service: gathered.namedService(), destination } };
    }
    case "delDest": {
      const destination = gathered.namedDestination();
      return { do: "change", command: { op: command, service: gathered.namedService(), destination } };
    }
    case "startDaemon": {
      const name = gathered.interface === "" ? "eth0" : gathered.interface;
      return { do: command, daemon: { role, interface: name, syncId: gathered.syncId, ...gathered.sync } };
    }
    case "stopDaemon":
      return { do: command, role, syncId: gathered.syncId };
    case "zero": {
      const id = gathered.id();
      return { do: command, ...(id && { id }) };
    }
    case "save":
      return { do: command, numeric: gathered.has("numeric") };
    case "list":
      return listOf(gathered);
    case "flush":
    case "restore":
      return { do: command };
  }
}

function listOf(gathered: Gathered): Request {
  const { has } = gathered;
  const what = has("connection") ? "connections" : has("timeout") ? "timeouts" : has("daemon") ? "daemons" : "services";
  const tables = has("stats") || has("rate") || has("thresholds");
  if (what !== "services" && (tables || (what !== "connections" && has("persistent-conn"))))
    throw new WrongValue("options conflicts in the list command");
  const columns: Columns = has("stats")
    ? "stats"
    : has("rate")
      ? "rate"
      : has("thresholds")
        ? "thresholds"
        : has("persistent-conn")
          ? "persistent"
          : has("tun-info")
            ? "tunnels"
            : "connections";
  const id = gathered.id();
  return {
    do: "list",
    what,
    columns,
    numeric: has("numeric"),
    exact: has("exact"),
    sorted: !has("nosort"),
    persistent: has("persistent-conn"),
    ...(id && { id }),
  };
}
