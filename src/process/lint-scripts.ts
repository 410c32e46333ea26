import type { CommandLine } from "../config/command.ts";
import { type Placed, quote } from "../config/diagnostic.ts";
import { placeOf } from "../config/place.ts";
import { ORIGIN, type Origin } from "../config/row.ts";
import { remembered } from "../core/remembered.ts";
import type { Finding, Lint, LintInput } from "./lint.ts";

type Command = { readonly line: CommandLine; readonly at: Placed };

/** Every command of a block, whichever its keyword is. */
function* commandsOf(block: { readonly [ORIGIN]: Origin }): Generator<Command> {
  for (const name of Object.keys(block)) {
    const value = (block as Readonly<Record<string, unknown>>)[name];
    if (isCommand(value)) yield { line: value, at: placeOf(block, name) };
  }
}

const isCommand = (value: unknown): value is CommandLine =>
  typeof value === "object" && value !== null && Array.isArray((value as CommandLine).words);

const allCommands = ({ root }: LintInput): readonly Command[] => commandsIn(root);

const commandsIn = remembered((root: LintInput["root"]): readonly Command[] => [...everyCommand(root)]);

function* everyCommand(root: LintInput["root"]): Generator<Command> {
  for (const block of [...root.vrrp_script, ...root.vrrp_instance, ...root.vrrp_sync_group]) yield* commandsOf(block);
  for (const server of root.virtual_server) {
    yield* commandsOf(server);
    for (const real of server.real_server) {
      yield* commandsOf(real);
      for (const check of real.MISC_CHECK) yield* commandsOf(check);
    }
  }
}

const SHELL_WORD = /^(\|\|?|&&?|;|[12&]?>{1,2}.*|2>&1|<)$|;$/;
const SHELLS = /(^|\/)(ba|da|z|k)?sh$/;

/** Commands are run without a shell: what only a shell understands reaches the program as an argument. */
function* shellSyntax(input: LintInput): Generator<Finding> {
  for (const { line, at } of allCommands(input)) {
    if (line.words.some((word) => SHELLS.test(word))) continue;
    const odd = line.words.slice(1).find((word) => SHELL_WORD.test(word));
    if (odd === undefined) continue;
    yield {
      code: "lint/shell-syntax",
      message: `no shell reads this command: ${quote(odd)} is given to the program as an argument`,
      at,
      hint: `write "/bin/sh -c '…'", or put it into a script`,
    };
  }
}

/** `</dev/tcp/…` connects in bash only; here `<` asks whether a file of that name can be read. */
function* devTcp(input: LintInput): Generator<Finding> {
  for (const { line, at } of allCommands(input))
    if (/^<\/dev\/(tcp|udp)\//.test(line.words[0] ?? ""))
      yield {
        code: "lint/dev-tcp",
        message: "this asks for a file of that name, which there never is: it always fails",
        at,
        hint: `write "/bin/bash -c '</dev/tcp/HOST/PORT'", or use \`nc -z HOST PORT\``,
      };
}

/** A script that is cut short, or skipped, at every turn. */
function* timeoutOverInterval({ root }: LintInput): Generator<Finding> {
  for (const block of root.vrrp_script)
    if (block.timeout !== undefined && block.interval > 0 && block.timeout > block.interval)
      yield {
        code: "lint/timeout-over-interval",
        message: `the timeout of ${block.timeout / 1000} s is longer than the interval of ${block.interval / 1000} s: a script that hangs is found out late, and its next turns are skipped`,
        at: placeOf(block, "timeout"),
        hint: "let the timeout be at most the interval",
      };
}

/** A check by way of the virtual address asks the master on every director: it fails on all, or on none. */
function* checkThroughVip({ root }: LintInput): Generator<Finding> {
  const scripts = new Map(root.vrrp_script.map((block) => [block.argument, block]));
  const told = new Set<string>();
  for (const instance of root.vrrp_instance)
    for (const { name } of instance.track_script ?? []) {
      const script = scripts.get(name);
      const text = script?.script?.words.join(" ");
      if (!script || text === undefined || told.has(name)) continue;
      const vip = (instance.virtual_ipaddress ?? []).find(({ address }) => mentions(text, address));
      if (!vip) continue;
      told.add(name);
      yield {
        code: "lint/check-through-vip",
        message: `${quote(name)} asks ${vip.address}, which is on the master: it says the same on every director`,
        at: placeOf(script, "script"),
        hint: "let it ask 127.0.0.1 or the director's own address, so that each director finds out about itself",
      };
    }
}

/** Whether an address stands in a text, and not as a part of another. */
function mentions(text: string, address: string): boolean {
  for (let at = text.indexOf(address); at >= 0; at = text.indexOf(address, at + 1))
    if (!/[\w.:]/.test(text[at - 1] ?? " ") && !/[\w.]/.test(text[at + address.length] ?? " ")) return true;
  return false;
}

export const scriptLints: readonly Lint[] = [shellSyntax, devTcp, timeoutOverInterval, checkThroughVip];
