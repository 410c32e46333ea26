import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "./lib/lab.ts";

// The articles' own files are not ours to ship. Where they lie beside the project, each must run as it is.
const FILES = fileURLToPath(new URL("../../../shared/seed-configs/", import.meta.url));

/** What a director that runs the file alone comes to hold, and the services it makes. */
const articles = [
  { file: "000-lb01.conf", interface: "eth0", addresses: ["192.168.15.3/32"], services: [] },
  { file: "000-lb02-nopreempt.conf", interface: "eth0", addresses: ["192.168.15.3/32"], services: [] },
  { file: "001-master.conf", interface: "eth1", addresses: ["192.168.1.50/32"], services: [] },
  { file: "001-backup.conf", interface: "eth1", addresses: ["192.168.1.50/32"], services: [] },
  {
    file: "002-dual-master-A.conf",
    interface: "eth0",
    addresses: ["192.168.122.100/32", "192.168.122.110/32"],
    services: ["192.168.122.100:80 -s rr -p 50", "192.168.122.110:80 -s rr -p 50"],
  },
  {
    file: "002-dual-master-B.conf",
    interface: "eth0",
    addresses: ["192.168.122.100/32", "192.168.122.110/32"],
    services: ["192.168.122.100:80 -s rr -p 50", "192.168.122.110:80 -s rr -p 50"],
  },
  {
    file: "003-mysql-server1.conf",
    interface: "ens33",
    addresses: ["1.0.0.122/32"],
    services: ["1.0.0.122:3306 -s wrr -p 50"],
  },
  {
    file: "003-mysql-udzyh1.conf",
    interface: "ens33",
    addresses: ["192.168.41.222/24"],
    services: ["1.0.0.3:3306 -s wrr -p 60"],
  },
] as const;

const links = [
  ["eth1", ["192.168.1.51/24", "192.168.1.52/24"]],
  ["ens33", ["1.0.0.2/24", "192.168.41.201/24"]],
] as const;

describe.skipIf(!existsSync(FILES))(`the articles' files, unchanged (skipped where ${FILES} is absent)`, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
    for (const [name, addresses] of links) {
      const add = addresses.map((address) => `ip addr add ${address} dev ${name}`);
      const commands = [`ip link add ${name} type veth peer name ${name}-far`, `ip link set ${name}-far up`, ...add];
      await lab.run("d1", [...commands, `ip link set ${name} up`].join(" && "));
    }
    // A script that the nginx articles' files name; the first one's is nowhere to be found, as on a fresh machine.
    const checks = "#!/bin/sh\nexit 0\n";
    await lab.writeFile("/etc/keepalived/nginx_check.sh", checks, { at: "d1" });
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  test.for(articles)("$file", async ({ file, interface: device, addresses, services }) => {
    const held = (): Promise<string> => lab.run("d1", ["ip", "-4", "-o", "addr", "show", "dev", device]);
    const director = await lab.director("d1", readFileSync(path.join(FILES, file), "utf8"));
    await lab.eventually(`${addresses.join(" and ")} on ${device}`, 30_000, async () => {
      const shown = await held();
      return addresses.every((address) => shown.includes(` ${address} `));
    });
    const table = await lab.run("d1", ["ipvsadm", "-Sn"]);
    for (const service of services) expect(table).toContain(`-A -t ${service}`);
    expect(table.match(/^-A/gm)?.length ?? 0).toBe(services.length);

    await director.signal("SIGTERM");
    expect(await director.exited()).toMatchObject({ code: 0 });
    for (const address of addresses) expect(await held()).not.toContain(` ${address} `);
    expect(await lab.run("d1", ["ipvsadm", "-Sn"])).toBe("");
  });
});
