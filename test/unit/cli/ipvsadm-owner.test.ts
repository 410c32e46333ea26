import { expect, test } from "vitest";
import { insteadOf, isChecker } from "../../../src/cli/ipvs-owner.ts";
import { parseCommandLine } from "../../../src/ipvs/admin/parse.ts";

const noNames = { host: () => undefined, port: () => undefined };

test.for([
  { line: "-A -t 10.0.0.1:80", says: "change `virtual_server` of its configuration and run `lvskeeper reload`" },
  { line: "-E -t 10.0.0.1:80 -s rr", says: "change `virtual_server` of its configuration and run `lvskeeper reload`" },
  { line: "-a -t 10.0.0.1:80 -r 10.0.0.2", says: "run `lvskeeper rs enable`, or change `real_server`" },
  { line: "-e -t 10.0.0.1:80 -r 10.0.0.2 -w 3", says: "run `lvskeeper rs weight` or `lvskeeper rs drain`" },
  { line: "-d -t 10.0.0.1:80 -r 10.0.0.2", says: "run `lvskeeper rs drain` or `lvskeeper rs disable`" },
  { line: "-C", says: "run `lvskeeper stop`" },
  { line: "--set 1 2 3", says: "change `lvs_timeouts`" },
  { line: "--start-daemon master", says: "change `lvs_sync_daemon`" },
])("where a director owns the table, instead of $line: $says", ({ line, says }) => {
  const parsed = parseCommandLine(line.split(" "), noNames);
  if (!("request" in parsed)) throw new Error(line);
  expect(insteadOf(parsed.request)).toContain(says);
});

test.for([
  { title: "lvskeeper: checker -n -f /etc/keepalived/keepalived.conf\0", owns: true },
  { title: "keepalived: checker\0", owns: true },
  { title: "lvskeeper: vrrp -n\0", owns: false },
  { title: "vim\0lvskeeper: checker\0", owns: false },
  { title: "", owns: false },
])("a process called $title owns the table: $owns", ({ title, owns }) => expect(isChecker(title)).toBe(owns));
