import { errnoCode, messageOf } from "../core/errors.ts";
import { helpText, tryHelp, versionText } from "../ipvs/admin/help.ts";
import { refusedText } from "../ipvs/admin/messages.ts";
import { parseCommandLine } from "../ipvs/admin/parse.ts";
import type { Request, Wrong } from "../ipvs/admin/request.ts";
import { wordsOfLine } from "../ipvs/admin/restore.ts";
import { HostWanted } from "../ipvs/admin/values.ts";
import type { Command, IpvsClient } from "../ipvs/model.ts";
import { openIpvs } from "../ipvs/open.ts";
import { list, type Output, save } from "./ipvs-list.ts";
import { SystemNames } from "./ipvs-names.ts";
import { type Write, writeOut } from "./ipvs-output.ts";

export { askedFor } from "./ipvs-list.ts";

const EXIT_LIST_FAILED = 1;
const EXIT_REFUSED = 1;
const EXIT_NO_IPVS = 2;
/** What ipvsadm makes of its own -1. */
const EXIT_MINUS_ONE = 255;
/** Commands of a restore that are carried out together. */
const COMMANDS_AT_ONCE = 1024;

/** `lvskeeper ipvs`, also as `ipvsadm`: ipvsadm 1.31's options, output, messages and exit statuses, needing no running
 *  daemon; beside them --json for listings, and --force. Resolves with the exit status. `program`: the name for messages. */
export async function ipvsCommand(
  args: readonly string[],
  program = "lvskeeper ipvs",
  write = writeOut,
): Promise<number> {
  return withSession(args, program, write, (session, words) => session.run(words));
}

/** `ipvsadm-save [-n]`. */
export async function ipvsSaveCommand(args: readonly string[], write = writeOut): Promise<number> {
  if (args.some((arg) => arg.startsWith("-") && arg !== "-n" && arg !== "--json")) {
    process.stderr.write("ipvsadm-save: writes the IPVS table to standard output; -n: with numbers instead of names\n");
    return 1;
  }
  return ipvsCommand(["-S", ...(args.includes("-n") ? ["-n"] : [])], "ipvsadm", write);
}

/** `ipvsadm-restore`: the table becomes what standard input says; lines that begin with # are comments. */
export async function ipvsRestoreCommand(args: readonly string[], write = writeOut): Promise<number> {
  return withSession(args, "ipvsadm", write, async (session) => {
    const cleared = await session.run(["-C"]);
    return cleared === EXIT_REFUSED ? cleared : session.restore((line) => !line.startsWith("#"));
  });
}

async function withSession(
  args: readonly string[],
  program: string,
  write: Write,
  act: (session: Session, words: readonly string[]) => Promise<number>,
): Promise<number> {
  const own = (word: string): boolean => args.includes(word);
  const words = args.filter((word) => word !== "--json" && word !== "--force");
  if (words[0] === "-h" || words[0] === "--help") {
    await write(helpText(program));
    return 0;
  }
  let client: IpvsClient;
  try {
    client = (await openIpvs()).client;
  } catch (error) {
    const why = errnoCode(error) === "EPERM" ? "Permission denied (you must be root)" : "Protocol not available";
    complain(`Can't initialize ipvs: ${why}`);
    complain("Are you sure that IP Virtual Server is built in the kernel or as module?");
    return EXIT_NO_IPVS;
  }
  try {
    return await act(new Session(client, program, write, own("--json"), own("--force")), words);
  } finally {
    client.close();
  }
}

class Session {
  readonly #output: Output;
  readonly #names = new SystemNames();
  readonly #program: string;
  #mayChange: boolean;

  constructor(client: IpvsClient, program: string, write: Write, json: boolean, force: boolean) {
    this.#output = { client, names: this.#names, json, write };
    this.#program = program;
    this.#mayChange = force;
  }

  async run(words: readonly string[]): Promise<number> {
    const parsed = await this.#parse(words);
    return "wrong" in parsed ? this.#explain(parsed.wrong) : this.#carryOut(parsed.request);
  }

  /** The command lines of standard input that `wanted` lets pass; the result is that of the last. */
  async restore(wanted: (line: string) => boolean = () => true): Promise<number> {
    let status = 0;
    let waiting: Command[] = [];
    const flush = async (): Promise<void> => {
      if (waiting.length > 0) status = await this.#change(waiting);
      waiting = [];
    };
    for await (const line of linesOf(process.stdin)) {
      const words = wanted(line) ? wordsOfLine(line) : [];
      if (words.length === 0) continue;
      const parsed = await this.#parse(words);
      if ("request" in parsed && parsed.request.do === "change") {
        waiting.push(parsed.request.command);
        if (waiting.length === COMMANDS_AT_ONCE) await flush();
        continue;
      }
      await flush();
      const wrong = "wrong" in parsed ? parsed.wrong : undefined;
      // A restore within a restore is as wrong as no command.
      if (wrong || ("request" in parsed && parsed.request.do === "restore")) {
        status = this.#explain(wrong ?? { status: EXIT_MINUS_ONE, goesOn: false });
        if (!wrong?.goesOn) return status;
      } else if ("request" in parsed) {
        status = await this.#carryOut(parsed.request);
        const { do: what } = parsed.request;
        if (what === "help" || what === "version" || status === EXIT_LIST_FAILED) return status;
      }
    }
    await flush();
    return status;
  }

  async #parse(words: readonly string[]): Promise<ReturnType<typeof parseCommandLine>> {
    for (;;) {
      try {
        return parseCommandLine(words, this.#names);
      } catch (error) {
        if (!(error instanceof HostWanted)) throw error;
        await this.#names.lookUp(error.host);
      }
    }
  }

  #explain({ message, status }: Wrong): number {
    process.stderr.write(message === undefined ? tryHelp(this.#program) : `${message}\n`);
    return status;
  }

  async #carryOut(request: Request): Promise<number> {
    const { client } = this.#output;
    switch (request.do) {
      case "help":
        await this.#output.write(helpText(this.#program));
        return 0;
      case "version":
        await this.#output.write(versionText);
        return 0;
      case "restore":
        return this.restore();
      case "change":
        return this.#change([request.command]);
      case "list":
      case "save":
        return this.#read(request);
      case "flush":
        return this.#tell(request, () => client.flush());
      case "zero":
        return this.#tell(request, () => client.zero(request.id));
      case "setTimeouts":
        return this.#tell(request, () => client.setTimeouts(request.timeouts));
      case "startDaemon":
        return this.#tell(request, () => client.startSyncDaemon(request.daemon));
      case "stopDaemon":
        return this.#tell(request, () => client.stopSyncDaemon(request.role, request.syncId));
    }
  }

  async #tell(request: Request, act: () => Promise<void>): Promise<number> {
    if (request.do !== "zero" && !(await this.#allowed(request))) return EXIT_REFUSED;
    try {
      await act();
      return 0;
    } catch (error) {
      // What the old socket options cannot carry is no refusal of the kernel's, and the C library has no words for it.
      const ours = this.#output.client.transport === "sockopt" && errnoCode(error) === "EOPNOTSUPP";
      complain(ours ? messageOf(error) : failureText(request, error));
      return EXIT_MINUS_ONE;
    }
  }

  async #read(request: Extract<Request, { do: "list" | "save" }>): Promise<number> {
    try {
      if (request.do === "save") await save(request.numeric, this.#output);
      else await list(request, this.#output);
      return 0;
    } catch (error) {
      return listingFailed(request, error);
    }
  }

  /** The status is that of the last command. */
  async #change(commands: readonly Command[]): Promise<number> {
    const [first] = commands;
    if (!first || !(await this.#allowed({ do: "change", command: first }))) return EXIT_REFUSED;
    try {
      const { client } = this.#output;
      const failures = await client.apply(commands);
      for (const { command, errno } of failures) {
        const why = client.lacks?.(command.service, "destination" in command ? command.destination : undefined);
        complain(`${refusedText({ do: "change", command }, errno)}${why === undefined ? "" : `: ${why}`}`);
      }
      return failures.at(-1)?.command === commands.at(-1) && failures.length > 0 ? EXIT_MINUS_ONE : 0;
    } catch (error) {
      for (const command of commands) complain(failureText({ do: "change", command }, error));
      return EXIT_MINUS_ONE;
    }
  }

  /** Whether the table is free, or says what to do instead. Asked once. */
  async #allowed(request: Request): Promise<boolean> {
    if (this.#mayChange) return true;
    const { ownerOfTable, insteadOf } = await import("./ipvs-owner.ts");
    const owner = ownerOfTable();
    if (owner === undefined) {
      this.#mayChange = true;
      return true;
    }
    complain(
      `lvskeeper runs here and owns the IPVS table (pid ${owner}): ${insteadOf(request)}; --force does it all the same`,
    );
    return false;
  }
}

/** Says why a listing broke off, where ipvsadm says it; the exit status. */
export function listingFailed(request: Extract<Request, { do: "list" | "save" }>, error: unknown): number {
  if (errnoCode(error) === "ipvs/connections") complain(messageOf(error));
  else if (request.do === "save" || (request.what !== "timeouts" && request.what !== "daemons"))
    complain(failureText(request, error));
  return EXIT_LIST_FAILED;
}

/** As ipvsadm takes them: a carriage return is a blank, where readline would end a line by it. */
async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  let begun = "";
  for await (const chunk of input.setEncoding("utf8")) {
    const lines = (begun + chunk).split("\n");
    begun = lines.pop() ?? "";
    yield* lines;
  }
  if (begun !== "") yield begun;
}

/** In ipvsadm's words where the kernel refused; what went wrong in this program, as with an addon that is older than it, by
 *  its own. */
function failureText(request: Request, error: unknown): string {
  const errno = errnoCode(error);
  return errno === undefined
    ? `lvskeeper: ${messageOf(error)}; is it built whole? npm run build`
    : refusedText(request, errno);
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}
