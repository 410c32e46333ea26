import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { commandPage } from "../../../src/cli/man-page.ts";
import { describedProgram } from "../../../src/cli/program.ts";
import { visibleCommands } from "../../../src/cli/visible-commands.ts";
import { entries, factsOf, isHead } from "../../../src/config/docs.ts";
import { keywordsPage } from "../../../src/config/keywords-page.ts";
import { manPage } from "../../../src/config/man-page.ts";
import { sectionsOf } from "../../../src/config/sections.ts";
import { root } from "../../../src/process/options.ts";

const page = keywordsPage(root);
const release = { version: "1.2.3", date: "2026-01-02" };
const man = manPage(root, release);
const commands = commandPage(describedProgram(), release);

test("every keyword at every place is described once, in its section or in one that its section names", () => {
  const sections = sectionsOf(root);
  for (const entry of entries(root)) {
    const { name, path: at } = factsOf(entry);
    const title = entry.path.map((each) => each.replace("[]", "")).join(" > ");
    const kind = entry.path.at(-1)?.endsWith("[]") ? "options" : "block";
    const own = sections.filter((section) => section.title === title && section.kind === kind);
    expect(own, title).toHaveLength(1);
    const [{ rows, elsewhere }] = own as [(typeof sections)[number]];
    const others = elsewhere.flatMap(({ section, names, except }) => {
      const described = sections.find((each) => each.title === section.title && each.kind === section.kind)?.rows ?? [];
      return described
        .map(({ facts }) => facts.name)
        .filter((each) => (names === "all" || names.includes(each)) && !except.includes(each));
    });
    expect(
      [...rows.map(({ facts }) => facts.name), ...others].filter((each) => each === name),
      at,
    ).toEqual([name]);
  }
});

test("what the checks of a real server share is described once, with the checks where a default differs", () => {
  const shared = sectionsOf(root).filter(({ kind }) => kind === "shared");
  expect(shared.map(({ title }) => title)).toEqual(["What the blocks of real_server share"]);
  expect(page.match(/^\| `connect_port` /gm)?.length).toBeLessThan(4);
});

test("each link of the page leads to a heading, each heading is there once", () => {
  const slugs = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  expect(new Set(slugs).size).toBe(slugs.length);
  const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, link]) => link);
  expect(links.length).toBeGreaterThan(slugs.length);
  expect(links.filter((link) => !slugs.includes(link as string))).toEqual([]);
});

test("each line of a table has as many cells as its head", () => {
  const count = (line: string): number => line.replaceAll("\\|", "").split("|").length;
  for (const table of page.matchAll(/(^\|.*\n)+/gm)) {
    const [head = "", ...lines] = table[0].trimEnd().split("\n");
    for (const line of lines) expect(count(line), line).toBe(count(head));
  }
});

test("the man page names every keyword, and has nothing but ASCII and known requests", () => {
  for (const entry of entries(root)) {
    const facts = factsOf(entry);
    if (!isHead(facts)) expect(man).toContain(`\\fB${facts.name.replaceAll("-", "\\-")}\\fR`);
  }
  expect(man).toMatch(/^[\n -~]*$/);
  expect(man).toContain('.TH LVSKEEPER.CONF 5 2026-01-02 "lvskeeper 1.2.3"');
  const requests = new Set([...man.matchAll(/^\.(\S+)/gm)].map(([, request]) => request));
  const known = ['\\"', "B", "BR", "EE", "EX", "I", "PP", "RE", "RS", "SH", "SS", "TH", "TP"];
  expect([...requests].filter((request) => !known.includes(request as string))).toEqual([]);
});

const installed = (command: string): boolean => {
  try {
    execFileSync("sh", ["-c", `command -v ${command}`]);
    return true;
  } catch {
    return false;
  }
};

/** What a program says of a man page. */
function saidBy(command: string, man: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "lvskeeper-man-"));
  try {
    const file = path.join(folder, "page");
    writeFileSync(file, man);
    return execFileSync("sh", ["-c", `${command} ${file} 2>&1 >/dev/null`], { encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const manPages = [
  { name: "lvskeeper.conf(5)", text: man },
  { name: "lvskeeper(8)", text: commands },
];

test.skipIf(!installed("groff")).for(manPages)("groff takes $name without a warning", ({ text }) => {
  expect(saidBy("groff -man -Tascii -ww", text)).toBe("");
});

test.skipIf(!installed("mandoc")).for(manPages)("mandoc takes $name without a warning", ({ text }) => {
  expect(saidBy("mandoc -Wstyle", text)).toBe("");
});

test("lvskeeper(8) has every command and option of the program", () => {
  for (const command of visibleCommands(describedProgram())) {
    expect(commands).toMatch(new RegExp(`^\\.SS "${command.name()}[ "]`, "m"));
    for (const { long } of command.options) expect(commands).toContain(long?.replaceAll("-", "\\-"));
  }
  expect(commands).toMatch(/^[\n -~]*$/);
});
