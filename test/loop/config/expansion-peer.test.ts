import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { expand } from "../../unit/config/expanding.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();
const isHere = spawnSync("keepalived", ["--version"]).status === 0;

const braced = (name: string): string => `$\{${name}}`;
const piece = fc.constantFrom(
  ...["x", "1.2", "$A", "$B", "$C", ",", ")", ".", "-", ":80", "$", ...["A", "B", "C", "i"].map(braced)],
);
const value = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(""));
/** A keyword that nobody knows, so that keepalived tells it. */
const word = value.map((text) => `k-${text}`);
const sequence = fc.constantFrom("i, 2", "i, 1, 3", "i, 3, 1", "i, 0x9, 2, 0xd", "i, -2", "i, 0");
const list = fc.constantFrom("i, a, b,,c", "{i, A}, {1, 2}, {3}", "i,x");
const condition = fc.constantFrom("@main ", "@^main ", "@x ", "@^x ");
const name = fc.constantFrom("A", "B", "C");

const line = fc.oneof(
  fc.tuple(name, fc.constantFrom("=", "= "), value).map(([to, equals, text]) => `$${to}${equals}${text}`),
  fc.tuple(sequence, word).map(([range, text]) => `~SEQ(${range}) ${text}${braced("i")}`),
  fc.tuple(list, word).map(([values, text]) => `~LST(${values}) ${text}${braced("i")}`),
  fc
    .tuple(
      condition,
      fc.oneof(
        word,
        name.map((to) => `$${to}=y`),
      ),
    )
    .map(([when, text]) => when + text),
  fc.tuple(fc.constantFrom("", "k "), word, word).map(([first, a, b]) => `$M=${first}\\\n  ${a} \\\n ${b}`),
  fc.constantFrom("$M", "k-$M"),
  word,
);
const defined = "$A=a0\n$B=b0\n$C=\n$i=7\n$M=m1 \\\n m2\n";
const anyText = fc.array(line, { maxLength: 12 }).map((lines) => `${defined}${lines.join("\n")}\n`);

/** The first words of the lines that keepalived does not know: of all of them. */
function unknownTo(text: string): readonly string[] {
  const file = path.join(folder, "keepalived.conf");
  writeFileSync(file, text);
  const { stderr } = spawnSync("keepalived", ["-t", "-i", "main", "-f", file], { encoding: "utf8", timeout: 10_000 });
  const ofOneProcess = stderr.split("\n").filter((said) => said.startsWith("(Line "));
  return ofOneProcess.flatMap((said) => /Unknown keyword '(.*)'/.exec(said)?.[1] ?? []);
}

test.skipIf(!isHere)(
  "what definitions, conditions and sequences come to is what keepalived makes of them",
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { statements, diagnostics } = expand(text);
        fc.pre(!diagnostics.some(({ code }) => code === "conf/definition-loop")); // keepalived never comes back from one
        expect(statements.map(({ words }) => words[0].text)).toEqual(unknownTo(text));
      }),
      { numRuns: 60 },
    );
  },
);
