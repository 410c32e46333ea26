import type { Command } from "commander";
import { expect, test } from "vitest";
import { allExamples, examplesOf } from "../../../src/cli/examples.ts";
import { describedProgram } from "../../../src/cli/program.ts";
import { visibleCommands } from "../../../src/cli/visible-commands.ts";

const everyCommand = (command: Command, path: readonly string[] = []): (readonly [string, Command])[] =>
  visibleCommands(command).flatMap((one) => {
    const words = [...path, one.name()];
    return [[words.join(" "), one] as const, ...everyCommand(one, words)];
  });
const commands = new Map(everyCommand(describedProgram()));

test("there are commands, and examples of each and of nothing else", () => {
  expect(commands.size).toBeGreaterThan(15);
  expect(allExamples.map(([words]) => words).filter((words) => !commands.has(words))).toEqual([]);
});

test.for([...commands])(
  "%s: its help ends with examples, of commands and options that there are",
  ([words, command]) => {
    expect(examplesOf(words).length).toBeGreaterThan(0);
    for (const [line] of examplesOf(words)) {
      const ours = [...line.matchAll(/lvskeeper ([a-z][^|;&)]*)/g)].map((match) =>
        (match[1] as string).trim().split(" "),
      );
      expect(ours.length, line).toBeGreaterThan(0);
      for (const given of ours) {
        const named = commands.get(given.slice(0, 2).join(" ")) ?? commands.get(given[0] as string);
        expect(named, line).toBeDefined();
        if (named?.name() === "ipvs") continue;
        const flags = named?.options.flatMap(({ short, long }) => [short, long]);
        for (const flag of given.filter((word) => word.startsWith("-"))) expect(flags, line).toContain(flag);
      }
    }
    let help = "";
    command
      .configureOutput({
        writeOut: (text) => {
          help += text;
        },
      })
      .outputHelp();
    expect(help).toContain(`Examples:\n  ${examplesOf(words)[0]?.[0]}\n`);
  },
);
