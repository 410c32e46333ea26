import type { Command, Option } from "commander";
import { visibleCommands } from "./visible-commands.ts";

/** A word that may stand where the cursor is, and a few words on it. */
export type Candidate = { readonly word: string; readonly about: string };

/** What fits. `files`: names of files fit too, which the shell knows best. */
export type Completion = { readonly candidates: readonly Candidate[]; readonly files: boolean };

/** What only the running director or the configuration language knows; asked for only where it is needed. */
export type Names = {
  instances(): Promise<readonly string[]>;
  realServers(): Promise<readonly string[]>;
  virtualServers(): Promise<readonly string[]>;
  keywords(): Promise<readonly string[]>;
};

const NOTHING: Completion = { candidates: [], files: false };
const FILES: Completion = { candidates: [], files: true };

/** What may follow `words`, the command line without the program's name; the last one is what the cursor stands at, and may
 *  be empty. Candidates begin with it. */
export async function completionOf(program: Command, words: readonly string[], names: Names): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const { command, before, given } = commandAt(program, words.slice(0, -1));
  const completion = await wordsFor(command, before, given, current, names);
  return {
    ...completion,
    candidates: completion.candidates.filter(({ word }) => word.startsWith(current)),
  };
}

/** The innermost command that the words name, the word before the cursor, and how many arguments it has already. */
function commandAt(program: Command, words: readonly string[]) {
  let command = program;
  let given = 0;
  let before: Option | undefined;
  for (const word of words) {
    const isValue = before !== undefined;
    before = isValue ? undefined : optionThatWants(command, word);
    if (isValue || word.startsWith("-")) continue;
    const inner = command.commands.find((one) => one.name() === word);
    if (inner) command = inner;
    else given += 1;
  }
  return { command, before, given };
}

const optionThatWants = (command: Command, word: string): Option | undefined =>
  command.options.find(
    (option) => (option.long === word || option.short === word) && (option.required || option.optional),
  );

async function wordsFor(
  command: Command,
  before: Option | undefined,
  given: number,
  current: string,
  names: Names,
): Promise<Completion> {
  if (before) return valuesOf(before, names);
  if (current.startsWith("-")) return { candidates: command.options.flatMap(flagsOf), files: false };
  if (command.commands.length > 0) return given > 0 ? NOTHING : { candidates: commandsOf(command), files: false };
  const argument = command.registeredArguments[given] ?? command.registeredArguments.findLast((one) => one.variadic);
  switch (argument?.name()) {
    case "server":
      return plain(await names.realServers());
    case "instance":
      return plain(await names.instances());
    case "thing":
      return plain([
        ...new Set([...(await names.instances()), ...(await names.virtualServers()), ...(await names.realServers())]),
      ]);
    case "keyword":
      return plain(await names.keywords());
    case "shell":
      return plain(["bash", "zsh", "fish"]);
    case "files":
      return FILES;
    default:
      return NOTHING;
  }
}

async function valuesOf(option: Option, names: Names): Promise<Completion> {
  if (option.argChoices) return plain(option.argChoices);
  if (option.long === "--service") return plain(await names.virtualServers());
  return /<(file|socket|folder)>|\[pattern\]/.test(option.flags) ? FILES : NOTHING;
}

const plain = (words: readonly string[]): Completion => ({
  candidates: words.map((word) => ({ word, about: "" })),
  files: false,
});

const commandsOf = (command: Command): Candidate[] =>
  visibleCommands(command).map((one) => ({ word: one.name(), about: one.description() }));

const flagsOf = (option: Option): Candidate[] =>
  option.hidden
    ? []
    : [option.long, option.short].flatMap((flag) => (flag ? [{ word: flag, about: option.description }] : []));

/** One candidate a line, a tab before its description; the line `:files` where files fit. */
export const completionText = ({ candidates, files }: Completion): string =>
  [
    ...candidates.map(({ word, about }) => `${word}\t${about.replaceAll(/\s+/g, " ")}\n`),
    ...(files ? [":files\n"] : []),
  ].join("");
