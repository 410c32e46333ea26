import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Lab, type LabProcess } from "../lib/lab.ts";

const VIP = "192.168.122.100";
const [RS1, RS2, SORRY] = ["192.168.122.10", "192.168.122.20", "192.168.122.50"];
const CONFIG = "/etc/keepalived/keepalived.conf";

/** A real server whose MISC_CHECK says what stands in a file: its exit status. */
const real = (address: string, file: string, more = ""): string => `
  real_server ${address} 80 {
    weight 1
    ${more}
    MISC_CHECK {
      misc_path "/tmp/check.sh ${file}"
      misc_timeout 2
      misc_dynamic
      delay_loop 0.3
      warmup 0
    }
  }`;

const virtual = (body: string, more = ""): string => `
global_defs {
  router_id lab
  ipvs_resync 1
}
virtual_server ${VIP} 80 {
  delay_loop 1
  lb_algo wrr
  lb_kind DR
  protocol TCP
  ${more}
${body}
}
`;

describe("a virtual server", () => {
  let lab: Lab;
  let director: LabProcess | undefined;

  beforeAll(async () => {
    lab = await Lab.start();
    await lab.writeFile(
      "/tmp/check.sh",
      '#!/bin/sh\nstatus=$(cat "/tmp/$1")\n[ "$status" = hang ] && exec sleep 60\nexit "$status"\n',
    );
  });
  afterEach(async () => {
    await director?.signal("SIGTERM");
    await director?.exited();
    director = undefined;
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  const says = (file: string, status: number | "hang"): Promise<void> => lab.writeFile(`/tmp/${file}`, String(status));

  /** The table as ipvsadm saves it, without the service's own words: "RS:80 weight". */
  const table = async (): Promise<string[]> =>
    (await lab.run("d1", ["ipvsadm", "-Sn"]))
      .split("\n")
      .flatMap((line) => /-r (\S+) -g -w (\d+)/.exec(line)?.slice(1).filter(Boolean).join(" ") ?? [])
      .sort();

  async function start(config: string): Promise<LabProcess> {
    for (const file of ["one", "two"]) await says(file, 0);
    director = await lab.director("d1", config, ["-C"]);
    const started = director;
    await lab.eventually(
      "both checks have run",
      20_000,
      async () => (await started.log()).split("] succeeded.").length > 2,
    );
    return started;
  }

  const becomes = (what: string, want: readonly string[]): Promise<number> =>
    lab.eventually(what, 15_000, async () => (await table()).join() === want.join());

  /** The log comes after the table. */
  const tells = (running: LabProcess, words: string): Promise<number> =>
    lab.eventually(`"${words}" in the log`, 5000, async () => (await running.log()).includes(words));

  test("a sorry server stands in when the quorum is lost, and no client ever meets an empty service", async () => {
    const log = await start(
      virtual(`${real(RS1 as string, "one")}${real(RS2 as string, "two")}`, `quorum 2\n  sorry_server ${SORRY} 80`),
    );
    const watch = await lab.spawn("d1", ["sh", "-c", "while :; do ipvsadm -Sn; echo; done"], { name: "d1-watch" });
    await says("two", 1);
    await becomes("the sorry server alone", [`${SORRY}:80 1`]);
    await says("two", 0);
    await becomes("both again", [`${RS1}:80 1`, `${RS2}:80 1`]);
    const snapshots = async () => (await watch.log()).trim().split("\n\n").slice(0, -1);
    await lab.eventually("some looks at the table", 20_000, async () => (await snapshots()).length > 5);
    await watch.signal("SIGKILL");
    await watch.exited();
    const seen = await snapshots();
    expect(seen.filter((snapshot) => !snapshot.includes(" -r "))).toEqual([]);
    expect(await log.log()).toMatch(
      /Lost quorum 2-0=2 > 1 for VS[\s\S]*Adding sorry server[\s\S]*Gained quorum 2\+0=2 <= 2[\s\S]*Removing sorry server/,
    );
  });

  test("inhibit_on_failure keeps a failed server with weight 0", async () => {
    await start(virtual(`${real(RS1 as string, "one", "inhibit_on_failure")}${real(RS2 as string, "two")}`));
    await says("one", 1);
    await becomes("weight 0", [`${RS1}:80 0`, `${RS2}:80 1`]);
    await says("one", 0);
    await becomes("weight 1", [`${RS1}:80 1`, `${RS2}:80 1`]);
  });

  test("slow_start: a server that came back has weight 1 at first, and rises to its own", async () => {
    const servers = `${real(RS1 as string, "one", "slow_start 2")}${real(RS2 as string, "two")}`;
    await start(virtual(servers.replaceAll("weight 1", "weight 50")));
    expect(await table()).toEqual([`${RS1}:80 50`, `${RS2}:80 50`]);
    await says("one", 1);
    await becomes("the other alone", [`${RS2}:80 50`]);
    await says("one", 0);
    const seen: number[] = [];
    await lab.eventually("all of its weight", 15_000, async () => {
      const [, weight] = /^\S+ (\d+)$/.exec((await table()).find((row) => row.startsWith(`${RS1}:`)) ?? "") ?? [];
      if (weight !== undefined) seen.push(Number(weight));
      return weight === "50";
    });
    expect(seen[0]).toBeLessThan(50);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test("misc_dynamic sets the weight; a script that hangs is ended at misc_timeout and counts as a failure", async () => {
    const running = await start(virtual(`${real(RS1 as string, "one")}${real(RS2 as string, "two")}`));
    await says("one", 7);
    await becomes("weight 5", [`${RS1}:80 5`, `${RS2}:80 1`]);
    await says("one", 0);
    await becomes("the configured weight", [`${RS1}:80 1`, `${RS2}:80 1`]);
    await says("one", "hang");
    await becomes("the other alone", [`${RS2}:80 1`]);
    await tells(running, "by [/tmp/check.sh] timed out with retry disabled (after 2 s).");
    await says("one", 0);
    await becomes("both again", [`${RS1}:80 1`, `${RS2}:80 1`]);
    expect(await lab.run("d1", "pgrep -c -f '^sleep 60' || true")).toBe("0\n");
  });

  test("a reload sends what changed, thresholds too; a broken file changes nothing and says so", async () => {
    const running = await start(virtual(`${real(RS1 as string, "one")}${real(RS2 as string, "two")}`));
    const next = virtual(`${real(RS1 as string, "one", "weight 4\n    uthreshold 100\n    lthreshold 50")}`);
    await lab.writeFile(CONFIG, next, { at: "d1" });
    expect(await lab.lvskeeper("d1", ["reload"])).toMatchObject({ status: 0 });
    expect(await table()).toEqual([`${RS1}:80 4`]);
    expect(await lab.run("d1", ["ipvsadm", "-Ln", "--thresholds"])).toMatch(/-> 192\.168\.122\.10:80 +100 +50 /);
    await tells(running, `service [${RS2}]:tcp:80 no longer exist`);
    await lab.writeFile(CONFIG, next.replace("lb_kind", "lb_knid"), { at: "d1" });
    const refused = await lab.lvskeeper("d1", ["reload"]);
    expect(refused.status).not.toBe(0);
    expect(`${refused.stderr}${refused.stdout}`).toContain("lb_knid");
    expect(await table()).toEqual([`${RS1}:80 4`]);
  });

  test("drift is repaired at the next comparison, and the services of others are left alone", async () => {
    const running = await start(virtual(`${real(RS1 as string, "one")}${real(RS2 as string, "two")}`));
    await lab.run("d1", ["ipvsadm", "-A", "-t", "192.168.122.30:99", "-s", "rr"]);
    await lab.run("d1", ["ipvsadm", "-d", "-t", `${VIP}:80`, "-r", `${RS1}:80`]);
    await becomes("both again", [`${RS1}:80 1`, `${RS2}:80 1`]);
    await lab.run("d1", ["ipvsadm", "-C"]);
    await becomes("both again after a flush", [`${RS1}:80 1`, `${RS2}:80 1`]);
    expect(await running.log()).toContain(
      `changed by somebody else: 1 entry is repaired: add [${RS1}]:tcp:80 to [${VIP}]:tcp:80 (weight 1, method DR)`,
    );
    expect((await lab.lvskeeper("d1", ["status", "--json"])).stdout).toMatch(/"driftRepairs": ?4\b/);
    // Told only, from now on.
    const reporting = virtual(`${real(RS1 as string, "one")}${real(RS2 as string, "two")}`).replace(
      "ipvs_resync 1",
      "ipvs_resync 1\n  ipvs_drift report",
    );
    await lab.writeFile(CONFIG, reporting, { at: "d1" });
    expect(await lab.lvskeeper("d1", ["reload"])).toMatchObject({ status: 0 });
    await lab.run("d1", ["ipvsadm", "-e", "-t", `${VIP}:80`, "-r", `${RS1}:80`, "-g", "-w", "9"]);
    await lab.eventually("it is told and left", 15_000, async () =>
      (await lab.lvskeeper("d1", ["status"])).stdout.includes("changed by somebody else, and left so"),
    );
    expect(await table()).toEqual([`${RS1}:80 9`, `${RS2}:80 1`]);
    await lab.run("d1", ["ipvsadm", "-A", "-t", "192.168.122.30:99", "-s", "rr"]);
    await running.signal("SIGTERM");
    await running.exited();
    expect(await lab.run("d1", ["ipvsadm", "-Sn"])).toBe("-A -t 192.168.122.30:99 -s rr\n");
    await lab.run("d1", ["ipvsadm", "-C"]);
  });

  test("what the kernel makes of every kind of service is no drift", async () => {
    const rs = (address: string, more = ""): string => `real_server ${address} { weight 2\n ${more}\n }`;
    const service = (id: string, ...lines: readonly string[]): string =>
      `virtual_server ${id} {\n${lines.join("\n")}\n}\n`;
    const group = "virtual_server_group web {\n10.9.0.1-2 8000-8004\n10.9.1.0/30 80\n2001:db8:9::1-3 81\n}\n";
    const config = [
      "global_defs {\n router_id lab\n ipvs_resync 0.3\n}\n",
      group.replace(/\n2001\S+ 81/, ""),
      group.replace("web", "web6").replace(/\n10\.\S+ \S+/g, ""),
      service("group web", "lb_algo wlc", "lb_kind NAT", "protocol TCP", rs(`${RS1} 80`), rs(RS2 as string)),
      service("group web6", "lb_algo wlc", "lb_kind DR", "protocol UDP", rs("2001:db8::10")),
      service(
        `${VIP} 80`,
        "lb_algo wrr",
        "lb_kind DR",
        "protocol TCP",
        "persistence_timeout 50",
        "persistence_granularity 255.255.255.0",
        rs(`${RS1} 80`, "uthreshold 100\n lthreshold 50"),
      ),
      service(
        `${VIP} 81`,
        "lb_algo sh",
        "sh-port",
        "sh-fallback",
        "lb_kind NAT",
        "protocol TCP",
        rs(`${RS1} 8080`),
        rs("192.168.122.30 81"),
      ),
      service(`${VIP} 53`, "lb_algo rr", "ops", "lb_kind DR", "protocol UDP", rs(`${RS1} 53`)),
      service(
        `${VIP} 5060`,
        "lb_algo rr",
        "lb_kind DR",
        "protocol UDP",
        "persistence_timeout 60",
        "persistence_engine sip",
        rs(`${RS1} 5060`),
      ),
      service(`${VIP} 99`, "lb_algo mh", "mh-port", "lb_kind TUN", "protocol SCTP", rs(`${RS1} 99`)),
      service(`${VIP} 82`, "lb_algo wlc", "lb_kind TUN type gue port 6080", "protocol TCP", rs(`${RS1} 82`)),
      service(`${VIP} 83`, "lb_algo lblcr", "lb_kind TUN type gre csum", "protocol TCP", rs(`${RS1} 83`)),
      service("fwmark 7", "lb_algo dh", "lb_kind DR", rs(`${RS1} 80`), rs(`${RS2} 80`)),
      service("fwmark 8", "ip_family inet6", "lb_algo nq", "lb_kind NAT", rs("2001:db8::10 80")),
      service(
        "2001:db8::100 80",
        "lb_algo sed",
        "lb_kind DR",
        "protocol TCP",
        "persistence_timeout 30",
        "persistence_granularity 64",
        rs("2001:db8::10 80"),
      ),
    ].join("");
    director = await lab.director("d1", config, ["-C"]);
    const running = director;
    await lab.eventually(
      "all services are there",
      20_000,
      async () => (await lab.run("d1", ["ipvsadm", "-Sn"])).split("-A ").length > 27,
    );
    const before = await lab.run("d1", ["ipvsadm", "-Ln"]);
    const services = (await lab.run("d1", ["ipvsadm", "-Sn"])).split("\n").filter((line) => line.startsWith("-A"));
    const ofGroup = (start: string) => services.filter((line) => line.slice(6).startsWith(start)).length;
    expect(["10.9.0.1:80", "10.9.0.2:80", "10.9.1.", "[2001:db8:9::"].map(ofGroup)).toEqual([5, 5, 4, 3]);
    await lab.eventually("some comparisons", 20_000, async () => {
      const { stdout } = await lab.lvskeeper("d1", ["status", "--json"]);
      return (
        Number(/"startedWallMs": ?(\d+)/.exec(stdout)?.[1]) + 3000 < Number(/"nowWallMs": ?(\d+)/.exec(stdout)?.[1])
      );
    });
    expect(await lab.run("d1", ["ipvsadm", "-Ln"])).toBe(before);
    expect(await running.log()).not.toMatch(/changed by somebody else|refused|could not be programmed/);
    expect((await lab.lvskeeper("d1", ["status", "--json"])).stdout).toMatch(/"driftRepairs": ?0\b/);
  });
});
