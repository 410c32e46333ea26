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

test.for(["-S 9", "--nonsense", "-f"])("refused: %s", (line) => {
  expect(() => parse(line)).toThrow();
});
