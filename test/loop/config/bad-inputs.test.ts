import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { folderOfThisFile } from "../folder.ts";
import { MAIN } from "../process/sandbox.ts";

/** Input that is made to hang a reader or to eat its memory. Each runs in a process of its own, whose largest size is
 *  compared with that of one that reads an empty file. */

const folder = folderOfThisFile();

vi.setConfig({ testTimeout: 90_000 });

/** Where nothing has ended by itself after so long, it does not end. */
const HANGS_MS = 60_000;
/** What definitions and sequences may make has the largest part in it: a million lines. */
const MOST_MB = 1000;

type Checked = {
  readonly status: number;
  readonly codes: readonly string[];
  readonly output: number;
  readonly mb: number;
};

const REPORT_SIZE =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))';

function check(file: string): Promise<Checked> {
  const words = ["--import", REPORT_SIZE, MAIN, "check", "--format", "json", "-f", file];
  return new Promise((resolve, reject) => {
    const options = { timeout: HANGS_MS, maxBuffer: 16 * 1024 * 1024, cwd: folder };
    execFile(process.execPath, words, options, (error, stdout, stderr) => {
      const status = error ? Number(error.code) : 0;
      if (Number.isNaN(status)) return reject(error ?? new Error("no exit status"));
      const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly { code: string }[] };
      const codes = diagnostics.map(({ code }) => code);
      resolve({ status, codes, output: stdout.length, mb: Number(stderr) / 1024 });
    });
  });
}

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

let emptyMb: number;
beforeAll(async () => {
  emptyMb = (await check(write("empty.conf", ""))).mb;
});

type Case = { readonly name: string; readonly file: () => string; readonly code: RegExp };

const main = (text: string) => (): string => write("keepalived.conf", text);
const reference = (name: string): string => `$\{${name}}`;
const doubling = Array.from({ length: 40 }, (_, i) => `$A${i + 1}=${reference(`A${i}`).repeat(2)}`).join("\n");

test.for<Case>([
  { name: "a file that includes itself", file: main("include keepalived.conf\n"), code: /^conf\/include/ },
  {
    name: "two files that include each other",
    file: () => {
      write("b.conf", "include keepalived.conf\n");
      return write("keepalived.conf", "include b.conf\ninclude b.conf\n");
    },
    code: /^conf\/include/,
  },
  {
    name: "files that include all files, themselves too",
    file: () => {
      for (let i = 0; i < 30; i++) write(`all/${i}.conf`, "include *.conf\ninclude *.conf\n");
      return write("keepalived.conf", "include all/*.conf\n");
    },
    code: /^(conf|file)\//,
  },
  {
    name: "a chain of files that is long and forks",
    file: () => {
      for (let i = 0; i < 40; i++) write(`fork/${i}`, `include ${i + 1}\ninclude ${i + 1}\n`);
      return write("keepalived.conf", "include fork/0\n");
    },
    code: /^(conf|file)\//,
  },
  {
    name: "a pattern of many alternatives",
    file: main(`includea ${"{a,b,c,d}".repeat(40)}\n`),
    code: /^(conf|file)\//,
  },
  { name: "a pattern of many stars", file: main(`includea ${"*a".repeat(200)}\n`), code: /^(conf|file)\// },
  { name: "/dev/zero as an include", file: main("includea /dev/zero\n"), code: /^(conf|file)\// },
  { name: "/dev/stdin as an include", file: main("includea /dev/stdin\n"), code: /^(conf|file)\// },
  {
    name: "a link to /dev/zero",
    file: () => {
      symlinkSync("/dev/zero", path.join(folder, "zero.conf"));
      return write("keepalived.conf", "includea zero.conf\n");
    },
    code: /^(conf|file)\//,
  },
  { name: "/dev/zero itself", file: () => "/dev/zero", code: /^file\/not-regular$/ },
  {
    name: "a gigabyte without a line end",
    file: () => {
      truncateSync(write("gigabyte.conf", "a"), 2 ** 30);
      return path.join(folder, "gigabyte.conf");
    },
    code: /^file\/too-large$/,
  },
  {
    name: "a gigabyte as an include",
    file: () => {
      truncateSync(write("gigabyte.conf", "a"), 2 ** 30);
      return write("keepalived.conf", "include gigabyte.conf\n");
    },
    code: /^(conf|file)\//,
  },
  { name: "a line of 16 megabytes", file: main("a".repeat(2 ** 24)), code: /^(conf|file)\// },
  { name: "a line of 16 megabytes in words", file: main("a ".repeat(2 ** 23)), code: /^(conf|file)\// },
  { name: "a megabyte of NULs", file: main("\0".repeat(2 ** 20)), code: /^file\/binary$/ },
  { name: "a NUL in the middle", file: main("global_defs {\n\0\n}\n"), code: /^file\/binary$/ },
  { name: "blocks in blocks", file: main("a {\n".repeat(2 ** 20)), code: /^conf\/too-deep$/ },
  { name: "a million empty lines", file: main(`${"\n".repeat(1_000_000)}x\n`), code: /^conf\/unknown-keyword$/ },
  {
    name: "long lines of beginnings of a template",
    file: main(`${"{%".repeat(60_000)}\n`.repeat(64)),
    code: /^conf\//,
  },
  {
    name: "the same file included again and again",
    file: () => {
      write("nothing.conf", "");
      return write("keepalived.conf", "include nothing.conf\n".repeat(1_000_000));
    },
    code: /^conf\/too-many-files$/,
  },
  {
    name: "a comment before each line that allows what there is not",
    file: main("# lvskeeper: allow lint/none lint/no-check\nrouter_id\n".repeat(50_000)),
    code: /^conf\//,
  },
  { name: "a definition of itself", file: main("$A=$A\nrouter_id $A\n"), code: /^(conf|file)\// },
  {
    name: "a definition of itself in braces",
    file: main(`$A=x${reference("A")}y\nrouter_id ${reference("A")}\n`),
    code: /^(conf|file)\//,
  },
  { name: "definitions of each other", file: main("$A=$B\n$B=$A\n$A\n"), code: /^(conf|file)\// },
  {
    name: "definitions that double",
    file: main(`$A0=xxxxxxxx\n${doubling}\nrouter_id $A40\n`),
    code: /^(conf|file)\//,
  },
  {
    name: "definitions of lines that double",
    file: main(`$A0=a\\\n b\n${doubling.replaceAll(/=(.*)/g, "=\\\n$1\\\n$1\n")}\n$A40\n`),
    code: /^(conf|file)\//,
  },
  { name: "a sequence of four thousand million", file: main("~SEQ(x, 1, 4000000000) a $x\n"), code: /^(conf|file)\// },
  {
    name: "a sequence of large steps",
    file: main("~SEQ(x, 1, 1000000, 9007199254740993) a $x\n"),
    code: /^(conf|file)\//,
  },
  {
    name: "sequences in sequences",
    file: main(`${Array.from("abcdefgh", (v) => `~SEQ(${v}, 1000)`).join(" ")} a $a\n`),
    code: /^(conf|file)\//,
  },
  { name: "many lists in lists", file: main(`${"~LST(a, 1, 2, 3, 4) ".repeat(500)} a $a\n`), code: /^(conf|file)\// },
  {
    name: "braces of references",
    file: main(`router_id ${"$".concat("{").repeat(100_000)}\n`),
    code: /^(conf|file)\//,
  },
  { name: "a long list of conditions", file: main(`${"@a ".repeat(1_000_000)}\n`), code: /^(conf|file)\// },
])("$name: an error, in bounded time and memory", async ({ file, code }) => {
  const { status, codes, output, mb } = await check(file());
  expect([4, 5]).toContain(status);
  expect(codes.some((one) => code.test(one))).toBe(true);
  expect(output).toBeLessThan(2_000_000);
  expect(mb - emptyMb).toBeLessThan(MOST_MB);
});
