import path from "node:path";
import { describe, expect, test } from "vitest";
import { Bench, eventually, instance, isRoot, plan, type Running, VIP } from "./vrrp-bench.ts";

const fast = { version: 3, advertIntervalMs: 300, notifyPriorityChanges: true } as const;
const keepalivedText = (fifo: string): string => `
global_defs {
    vrrp_notify_fifo ${fifo}
}
vrrp_sync_group G {
    group {
        VI_1
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.3
    priority 100
    virtual_ipaddress {
        ${VIP}
    }
}
`;

describe.skipIf(!isRoot)("events in a FIFO", () => {
  test.concurrent("the lines are those of Debian's keepalived, from the start to a FAULT and back to the end", async () => {
    await using bench = await Bench.start();
    const lived = async (host: "a" | "b", start: (fifo: string) => Promise<Running>): Promise<string> => {
      const fifo = path.join(bench.folder, `${host}.fifo`);
      await bench.run(host, "mkfifo", fifo);
      const reader = bench.spawn(host, "sh", "-c", `exec cat <> ${fifo}`); // it stays when writers come and go
      const director = await start(fifo);
      await eventually(`${host} is MASTER`, 8000, () => bench.owns(host));
      await bench.ip(host, "link", "set", "eth0", "down");
      await eventually(`${host} is in FAULT`, 4000, () => reader.stdout.includes("FAULT"));
      await bench.ip(host, "link", "set", "eth0", "up");
      await eventually(`${host} is MASTER again`, 8000, () => reader.stdout.split(" MASTER ").length > 4);
      await director.end();
      await eventually(`${host} has stopped`, 4000, () => reader.stdout.split(" STOP ").length > 2);
      return reader.stdout;
    };
    const groups = [{ name: "G", members: ["VI_1"], notify: {}, smtpAlert: false }];
    const rooms = { ...plan(instance(fast)), groups };
    const theirs = await lived("b", (fifo) => bench.keepalived("b", keepalivedText(fifo)));
    const ours = await lived("a", (fifo) => bench.room("a", rooms, undefined, false, fifo));
    const changes = (text: string): string[] =>
      text
        .trimEnd()
        .split("\n")
        .filter((line, i, all) => all.indexOf(line) === i || !all.slice(0, i).at(-1)?.endsWith(line))
        .sort();
    expect(new Set(changes(ours))).toEqual(new Set(changes(theirs)));
    expect(ours.split("\n").filter((line) => line.startsWith("INSTANCE"))).toEqual(
      theirs.split("\n").filter((line) => line.startsWith("INSTANCE")),
    );
  });
});
