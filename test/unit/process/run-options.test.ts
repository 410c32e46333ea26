import { expect, test } from "vitest";
import { controlSocketOf, pidFiles } from "../../../src/process/run-options.ts";
import { titleOf } from "../../../src/process/title.ts";

test.for([
  {
    name: "lvskeeper's own",
    program: "lvskeeper",
    given: {},
    files: [
      "/run/lvskeeper/lvskeeper.pid",
      "/run/lvskeeper/lvskeeper_vrrp.pid",
      "/run/lvskeeper/lvskeeper_checkers.pid",
    ],
    socket: "/run/lvskeeper/control.sock",
  },
  {
    name: "keepalived's, when called by its name",
    program: "keepalived",
    given: {},
    files: ["/run/keepalived.pid", "/run/vrrp.pid", "/run/checkers.pid"],
    socket: "/run/lvskeeper/control.sock",
  },
  {
    name: "-p alone moves everything, so that two daemons share nothing",
    program: "lvskeeper",
    given: { parent: "/run/d1.pid" },
    files: ["/run/d1.pid", "/run/d1_vrrp.pid", "/run/d1_checkers.pid"],
    socket: "/run/d1.sock",
  },
  {
    name: "-r and -c are taken as they are",
    program: "keepalived",
    given: { parent: "/x/a.pid", vrrp: "/x/a.pid-vrrp", checker: "/x/c" },
    files: ["/x/a.pid", "/x/a.pid-vrrp", "/x/c"],
    socket: "/x/a.sock",
  },
])("pid files and control socket: $name", ({ program, given, files, socket }) => {
  const { parent, vrrp, checker } = pidFiles(program, given);
  expect([parent, vrrp, checker]).toEqual(files);
  expect(controlSocketOf(parent)).toBe(socket);
});

test("ps shows the role and the original arguments", () => {
  expect(titleOf("lvskeeper", "vrrp", ["-n", "-f", "/etc/keepalived/keepalived.conf"])).toBe(
    "lvskeeper: vrrp -n -f /etc/keepalived/keepalived.conf",
  );
  expect(titleOf("keepalived", "parent", ["-P"])).toBe("keepalived -P");
});
