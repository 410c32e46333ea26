import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ALL_CHECKS } from "../../../src/config/include-checks.ts";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();

function write(name: string, content: string | Uint8Array, mode = 0o644): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

/** What is said of a file: "severity code line:column", in order. */
function said(text: string, options: Parameters<typeof loadConfiguration>[1] = {}): string[] {
  const { diagnostics } = loadConfiguration(write("main.conf", text), options);
  return diagnostics.map(({ severity, code, span }) => `${severity} ${code} ${span?.line}:${span?.column}`);
}

write("a.conf", "# a\n");
write("d/b.conf", "# b\n");
write("script.sh", "#!/bin/sh\n", 0o755);

const WORDS = ["include", "includer", "includem", "includew", "includeb", "includea"] as const;
type Word = (typeof WORDS)[number];

test.for<{ name: string; pattern: string; errors: readonly Word[] }>([
  { name: "a plain name that is not there", pattern: "none.conf", errors: ["includem", "includew", "includea"] },
  { name: "a directory that is not there", pattern: "none/*.conf", errors: ["includem", "includew", "includea"] },
  { name: "a pattern that matches nothing", pattern: "d/none-*.conf", errors: ["includew", "includea"] },
  { name: "an alternative that is not there", pattern: "{a,none}.conf", errors: ["includeb", "includea"] },
  {
    name: "no alternative there",
    pattern: "{none,nothing}.conf",
    errors: ["includem", "includew", "includeb", "includea"],
  },
])("$name", ({ pattern, errors }) => {
  for (const word of WORDS) {
    const severity = errors.includes(word) ? "error" : "warning";
    expect(said(`${word} ${pattern}\n`), word).toEqual([`${severity} conf/include-nothing 1:${word.length + 2}`]);
  }
});

test("what is there is read by all of them, quotes or not, however deep", () => {
  write("e/f/deep.conf", "include ../../a.conf\nincludea ../../d/*.conf\n");
  for (const word of WORDS) {
    expect(
      said(`${word} a.conf # comment\n${word} "d/b.conf"\n${word} {a,d/b}.conf\n${word} e/*/d[aeiou]ep.conf\n`),
    ).toEqual([]);
    expect(said(`${word} ${folder}/a.conf\n`)).toEqual([]);
  }
});

test("a file with an execute bit is not read, and that is said", () => {
  for (const word of WORDS)
    expect(said(`${word} script.sh\n`)).toEqual([
      `${word === "include" ? "warning" : "error"} conf/include-skipped 1:${word.length + 2}`,
    ]);
});

test.skipIf(process.getuid?.() === 0)("a file that may not be read is an error but for include", () => {
  write("secret.conf", "", 0o000);
  expect(said("include secret.conf\n")).toEqual(["warning conf/include 1:9"]);
  expect(said("includer secret.conf\n")).toEqual(["error conf/include 1:10"]);
});

test.for([
  { name: "a device", pattern: () => "/dev/zero", message: "not a regular file" },
  { name: "a directory", pattern: () => folder, message: "is a directory" },
  {
    name: "a pipe",
    pattern: () => {
      execFileSync("mkfifo", [path.join(folder, "pipe")]);
      return "pipe";
    },
    message: "not a regular file",
  },
  { name: "NULs", pattern: () => write("nul.conf", Uint8Array.of(65, 0, 66)), message: "NUL" },
  {
    name: "a line of megabytes",
    pattern: () => write("long.conf", `a\n${"x".repeat(5_000_000)}`),
    message: "128 KiB: 2",
  },
  {
    name: "a file of a gigabyte",
    pattern: () => {
      const file = write("large.conf", "");
      truncateSync(file, 1024 ** 3);
      return file;
    },
    message: "larger than 32 MiB",
  },
  {
    name: "links in a loop",
    pattern: () => {
      symlinkSync(path.join(folder, "loop"), path.join(folder, "loop"));
      return "loop";
    },
    message: "form a loop",
  },
])("$name is an error at the include, with a remedy where there is one", ({ pattern, message }) => {
  const { diagnostics } = loadConfiguration(write("main.conf", `includer ${pattern()}\n`));
  expect(diagnostics).toMatchObject([
    {
      severity: "error",
      code: "conf/include",
      message: expect.stringContaining(message),
      span: { line: 1, column: 10 },
    },
  ]);
});

test("a file that includes itself, by way of another, is told at the line that closes the circle", () => {
  write("circle.conf", "include main.conf\n");
  const { diagnostics } = loadConfiguration(write("main.conf", "include circle.conf\n"));
  expect(diagnostics).toMatchObject([{ code: "conf/include-cycle", file: path.join(folder, "circle.conf") }]);
});

test("a file that includes itself under ever other names is told", () => {
  symlinkSync(".", path.join(folder, "dot"));
  expect(said("include dot/main.conf\n")).toHaveLength(1);
});

test("files that include others twice, again and again, are bounded", () => {
  for (let i = 0; i < 14; i++) write(`twice-${i}.conf`, `include twice-${i + 1}.conf\n`.repeat(2));
  write("twice-14.conf", "");
  const { diagnostics } = loadConfiguration(path.join(folder, "twice-0.conf"));
  expect(diagnostics).toMatchObject([{ code: "conf/too-many-files", severity: "error" }]);
});

test.for([
  { words: "", errors: ["none.conf", "d/none-*", "{a,none}.conf"] },
  { words: "match", errors: ["none.conf"] },
  { words: "+wildcard_match", errors: ["d/none-*"] },
  { words: "brace_match +match", errors: ["none.conf", "{a,none}.conf"] },
])("include_check $words: an error for $errors", ({ words, errors }) => {
  for (const pattern of ["none.conf", "d/none-*", "{a,none}.conf"]) {
    const severity = errors.includes(pattern) ? "error" : "warning";
    expect(said(`global_defs {\n include_check ${words}\n}\ninclude ${pattern}\n`)).toEqual([
      `${severity} conf/include-nothing 4:9`,
    ]);
  }
});

test("include_check holds to the end of its file, and in those that the file includes", () => {
  write("checking.conf", "global_defs {\n include_check\n}\ninclude inner.conf\n");
  write("inner.conf", "include none.conf\n");
  expect(said("include none.conf\ninclude checking.conf\ninclude none.conf\n")).toEqual([
    "warning conf/include-nothing 1:9",
    "warning conf/include-nothing 3:9",
    "error conf/include-nothing 1:9",
  ]);
});

test("-e makes everything an error", () => {
  expect(said("include none.conf\n", { includeChecks: ALL_CHECKS })).toEqual(["error conf/include-nothing 1:9"]);
});

test("a definition or a condition may stand before an include, and in its pattern", () => {
  expect(said("$DIR=d\n@x include $DIR/none.conf\n@y include none.conf\n", { configId: "x" })).toEqual([
    "warning conf/not-substituted 2:12",
    "warning conf/include-nothing 2:12",
  ]);
  write("sets.conf", "$ID=51\n");
  const { plan } = loadConfiguration(
    write(
      "main.conf",
      "$F=sets\n@x include $".concat(
        "{F}.conf\nvrrp_instance A {\n interface eth0\n virtual_router_id $ID\n no_virtual_ipaddress\n}\n",
      ),
    ),
    { configId: "x" },
  );
  expect(plan?.vrrp.instances[0]?.vrid).toBe(51);
});
