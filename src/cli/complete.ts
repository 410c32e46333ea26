import type { Command } from "commander";
import { entries, pathOf } from "../config/docs.ts";
import { codeNames } from "../process/codes.ts";
import { messageEntries } from "../process/messages-page.ts";
import { root } from "../process/options.ts";
import type { DirectorStatus } from "../process/status.ts";
import { completionOf, completionText, type Names } from "./completion.ts";
import { completionScripts } from "./completion-scripts.ts";
import { askDaemon } from "./control-client.ts";
import { CommandError, EXIT_FAILED } from "./errors.ts";

/** A person waits at the tab key. */
const PATIENCE_MS = 1000;

/** Prints what may follow the words of a command line. A director that does not answer gives no names, and no error. */
export async function completeCommand(program: Command, words: readonly string[], socket: string): Promise<number> {
  process.stdout.write(completionText(await completionOf(program, words, namesOf(socket))));
  return 0;
}

/** Prints the completion script of a shell. */
export function completionCommand(shell: string): number {
  const script = Object.hasOwn(completionScripts, shell) ? completionScripts[shell] : undefined;
  if (script === undefined)
    throw new CommandError("completion/shell", `no completion for ${shell}`, {
      exitStatus: EXIT_FAILED,
      hint: `there is one for ${Object.keys(completionScripts).join(", ")}`,
    });
  process.stdout.write(script);
  return 0;
}

function namesOf(socket: string): Names {
  const status = async (): Promise<DirectorStatus | undefined> => {
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS).unref());
    const asked = askDaemon(socket, "GET", "/status").catch(() => undefined);
    const answer = await Promise.race([asked, late]);
    return answer?.httpStatus === 200 ? (answer.body as DirectorStatus) : undefined;
  };
  const virtualServers = async () => {
    const checker = (await status())?.checker;
    return typeof checker === "object" ? checker.virtualServers : [];
  };
  return {
    async instances() {
      const vrrp = (await status())?.vrrp;
      return typeof vrrp === "object" ? vrrp.instances.map(({ name }) => name) : [];
    },
    async realServers() {
      return unique((await virtualServers()).flatMap((vs) => vs.realServers.map(({ name }) => addressPort(name))));
    },
    async virtualServers() {
      return unique((await virtualServers()).map(({ name }) => addressPort(name)));
    },
    async keywords() {
      const keywords = entries(root).map((entry) => (entry.path.length > 1 ? entry.member.name : pathOf(entry)));
      return unique([...keywords, ...codeNames(), ...messageEntries.map(({ event }) => event)]);
    },
  };
}

/** "[10.0.0.2]:tcp:80" as commands take it: "10.0.0.2:80", "[2001:db8::2]:80". */
function addressPort(name: string): string {
  const [, address, port] = /^\[(.+)\]:\w+:(\d+)$/.exec(name) ?? [];
  if (address === undefined) return name;
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

const unique = (words: readonly string[]): string[] => [...new Set(words)];
