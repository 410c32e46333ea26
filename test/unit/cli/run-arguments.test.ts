import { Command } from "commander";
import { expect, test } from "vitest";
import { type RunArguments, runOptions, runOptionsOf } from "../../../src/cli/run-arguments.ts";
import type { RunOptions } from "../../../src/process/run-options.ts";

function parse(line: string, program = "lvskeeper"): RunOptions {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  for (const option of runOptions()) command.addOption(option);
  const args = line.split(" ").filter((word) => word !== "");
  command.parse(args, { from: "user" });
  return runOptionsOf(command.opts<RunArguments>(), program, args);
}

const silent = { console: false, syslog: true, detail: false, facility: 3 };

test.for([
  {
    name: "nothing",
    line: "",
    expected: { configFile: "/etc/keepalived/keepalived.conf", foreground: false, log: silent },
  },
  {
    name: "kolla's cluster of letters",
    line: "-nld -p /run/keepalived.pid",
    expected: { foreground: true, dumpPlan: true, log: { ...silent, console: true } },
  },
  {
    name: "neutron's",
    line: "-P -f /q/k.conf -p /q/pid -r /q/pid-vrrp -D",
    expected: { configFile: "/q/k.conf", runVrrp: true, runChecker: false },
  },
  {
    name: "octavia's",
    line: "--log-facility=2 -f /o/k.conf -p /o/p -r /o/r -c /o/c",
    expected: { log: { ...silent, facility: 18 }, pidFiles: { parent: "/o/p", vrrp: "/o/r", checker: "/o/c" } },
  },
  {
    name: "openshift's",
    line: "-f /k.conf --dont-fork --vrrp --log-detail --log-console",
    expected: { foreground: true, runChecker: false, log: { ...silent, console: true, detail: true } },
  },
  { name: "checkers only", line: "-C", expected: { runVrrp: false, runChecker: true } },
  { name: "both, as if neither were given", line: "-P -C", expected: { runVrrp: true, runChecker: true } },
  { name: "keep table and addresses", line: "-I -V", expected: { stop: { keepTable: true, keepVips: true } } },
  {
    name: "their long names",
    line: "--dont-release-ipvs --dont-release-vrrp -G",
    expected: { stop: { keepTable: true, keepVips: true }, log: { ...silent, syslog: false } },
  },
  { name: "the id of this host", line: "-i main", expected: { reading: { configId: "main" } } },
  {
    name: "all files to include",
    line: "--all-config --config-id=x",
    expected: { reading: { configId: "x", includeChecks: { match: true } } },
  },
  {
    name: "no BFD, and where its pid would be",
    line: "-B -b /b",
    expected: { runBfd: false, pidFiles: { bfd: "/b" } },
  },
  { name: "a death is the end of all", line: "-R", expected: { noRespawn: true } },
  { name: "core files", line: "-m", expected: { coreFiles: {} } },
  { name: "core files by keepalived's pattern", line: "-M", expected: { coreFiles: { pattern: "core" } } },
  { name: "core files by a pattern", line: "--core-dump-pattern=c.%p", expected: { coreFiles: { pattern: "c.%p" } } },
  { name: "a network namespace", line: "-s blue", expected: { namespace: "blue" } },
  { name: "an octal mask", line: "-u 027", expected: { umask: 0o27 } },
  { name: "a mask as C writes it in hexadecimal", line: "--umask=0x12", expected: { umask: 0x12 } },
  { name: "a debugger's interrupt", line: "--ignore-sigint", expected: { ignoreInterrupt: true } },
  { name: "local5 by its name", line: "-S local5", expected: { log: { ...silent, facility: 21 } } },
  { name: "more than detail", line: "-DD", expected: { log: { ...silent, detail: true } } },
  { name: "a file glued to its letter", line: "-f/x.conf", expected: { configFile: "/x.conf" } },
])("run $name: $line", ({ line, expected }) => {
  expect(parse(line)).toMatchObject(expected);
});

test("paths are made absolute, because a daemon leaves the current directory", () => {
  expect(parse("-f k.conf -p ./a.pid")).toMatchObject({
    configFile: `${process.cwd()}/k.conf`,
    pidFiles: { parent: `${process.cwd()}/a.pid` },
    controlSocket: `${process.cwd()}/a.sock`,
  });
});

test.for([
  "-X",
  "--release-vips",
  "-a",
  "--address-monitoring",
  "-x",
  "--snmp",
  "-A tcp:127.0.0.1:705",
  "--snmp-agent-socket=tcp:127.0.0.1:705",
  "-g",
  "--log-file=/var/log/k.log",
  "--flush-log-file",
  "--all",
  "--perf",
  "--perf=run",
])("taken, and the log says that nothing comes of it: %s", (line) => {
  expect(parse(line).remarks).toEqual([expect.stringMatching(/^option `--[a-z-]+` has no effect: /)]);
});

test("taken without a word: --no-mem-check", () => {
  expect(parse("--no-mem-check")).toEqual({ ...parse(""), args: ["--no-mem-check"] });
});

test.for(["-S 9", "-u 08", "-u 01000", "--nonsense", "-f"])("refused: %s", (line) => {
  expect(() => parse(line)).toThrow();
});
