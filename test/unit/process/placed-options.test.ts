import { expect, test } from "vitest";
import { syslogIdentity } from "../../../src/process/log-sink.ts";
import { changedPlace, placedOptions } from "../../../src/process/placed-options.ts";
import type { PlacePlan } from "../../../src/process/plan-global-model.ts";
import { controlSocketOf, type PidFiles, pidFiles, type RunOptions } from "../../../src/process/run-options.ts";

function optionsOf(program: string, given: Partial<PidFiles> = {}): RunOptions {
  const files = pidFiles(program, given);
  return {
    program,
    args: [],
    configFile: "/etc/keepalived/keepalived.conf",
    reading: {},
    runVrrp: true,
    runChecker: true,
    runBfd: true,
    log: { console: false, syslog: true, detail: false, facility: 3 },
    stop: { keepTable: false, keepVips: false },
    foreground: true,
    dumpPlan: false,
    pidFiles: files,
    controlSocket: controlSocketOf(files.parent),
  };
}

const placeOf = (place: Partial<PlacePlan>): PlacePlan => ({
  pidDirectory: Object.keys(place).length > 0,
  ipsetsInNamespace: false,
  ...place,
});

test.for([
  {
    name: "nothing",
    program: "keepalived",
    place: {},
    files: ["/run/keepalived.pid", "/run/vrrp.pid", "/run/checkers.pid"],
    socket: "/run/lvskeeper/control.sock",
  },
  {
    name: "use_pid_dir",
    program: "keepalived",
    place: { pidDirectory: true },
    files: ["/run/keepalived/keepalived.pid", "/run/keepalived/vrrp.pid", "/run/keepalived/checkers.pid"],
    socket: "/run/lvskeeper/control.sock",
  },
  {
    name: "an instance",
    program: "lvskeeper",
    place: { instance: "a" },
    files: [
      "/run/lvskeeper/lvskeeper_a.pid",
      "/run/lvskeeper/lvskeeper_vrrp_a.pid",
      "/run/lvskeeper/lvskeeper_checkers_a.pid",
    ],
    socket: "/run/lvskeeper/lvskeeper_a.sock",
  },
  {
    name: "a namespace and an instance",
    program: "keepalived",
    place: { namespace: "n", instance: "a" },
    files: ["/run/keepalived/keepalived_n_a.pid", "/run/keepalived/vrrp_n_a.pid", "/run/keepalived/checkers_n_a.pid"],
    socket: "/run/keepalived/keepalived_n_a.sock",
  },
])("files with $name", ({ program, place, files, socket }) => {
  const placed = placedOptions(optionsOf(program), placeOf(place));
  const { parent, vrrp, checker } = placed.pidFiles;
  expect([parent, vrrp, checker]).toEqual(files);
  expect(placed.controlSocket).toBe(socket);
});

test("files that the command line names stay, and so does their control socket", () => {
  const options = optionsOf("keepalived", { parent: "/x/a.pid", checker: "/x/c" });
  const log = { ...options.log, owner: "_a" };
  expect(placedOptions(options, placeOf({ instance: "a" }))).toEqual({ ...options, log });
});

test("one pid file of the command line does not keep the others", () => {
  const { pidFiles: files } = placedOptions(optionsOf("keepalived", { vrrp: "/x/v" }), placeOf({ instance: "a" }));
  expect(files).toMatchObject({ parent: "/run/keepalived/keepalived_a.pid", vrrp: "/x/v" });
});

test.for([
  [{}, {}, undefined],
  [{ instance: "a" }, { instance: "a" }, undefined],
  [{ instance: "a" }, { instance: "b" }, "instance"],
  [{ instance: "a" }, {}, "instance"],
  [{ namespace: "a" }, { namespace: "b" }, "net_namespace"],
  [{}, { ipvsNamespace: "" }, "net_namespace_ipvs"],
  [{}, { pidDirectory: true }, "use_pid_dir"],
] as const)("from %o to %o: %s", ([from, to, keyword]) => {
  expect(changedPlace(placeOf(from), placeOf(to))).toBe(keyword);
});

test("syslog tells the processes of several directors apart", () => {
  const place = placeOf({ namespace: "blue", instance: "a" });
  const { log } = placedOptions(optionsOf("keepalived"), place);
  expect(syslogIdentity("keepalived", "vrrp", log.owner)).toBe("Keepalived_vrrp_blue_a");
  expect(syslogIdentity("keepalived", "parent", placedOptions(optionsOf("keepalived"), placeOf({})).log.owner)).toBe(
    "Keepalived",
  );
});
