import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab, type LabProcess } from "../lib/lab.ts";
import type { FlapOrder, FlapReport } from "./flap-report.ts";

const FULL = process.env.LVSKEEPER_LAB_FULL === "1";
const SERVERS = 2000;
const PER_SERVICE = 20;
const PORT = 8080;
const SECONDS = Number(process.env.LVSKEEPER_FLAP_SECONDS ?? 600);
const CHECKERS_PID = "/run/flapping-checkers.pid";
const PARENT_PID = "/run/flapping.pid";

const hosts = Array.from({ length: SERVERS }, (_, at) => `127.1.${at >> 8}.${at & 255}`);

/** Worst case from a change to the table: delay_loop, connect_timeout, a retry 1 s later; the rest is what a guest with one
 *  processor needs for 500 checks a second. */
const TIMES = "delay_loop 4\n  connect_timeout 1\n  retry 1\n  delay_before_retry 1";
const SETTLE_MS = 15_000;

// A guest on a busy machine stands still for seconds now and then: that is not what is looked at here.
const config = `global_defs {\n  router_id flapping\n  watchdog_timeout 30\n}\n${Array.from(
  { length: SERVERS / PER_SERVICE },
  (_, service) => {
    const real = hosts
      .slice(service * PER_SERVICE, (service + 1) * PER_SERVICE)
      .map((host) => `  real_server ${host} ${PORT} {\n    weight 1\n    TCP_CHECK {\n    }\n  }`);
    return `virtual_server 10.9.0.${service + 1} 80 {\n  ${TIMES}\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n${real.join("\n")}\n}\n`;
  },
).join("")}`;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.skipIf(!FULL)(`${SERVERS} real servers that come and go (LVSKEEPER_LAB_FULL)`, () => {
  let lab: Lab;
  let flapping: LabProcess;
  beforeAll(async () => {
    lab = await Lab.start({ memoryMb: 2048 });
    const program = await lab.bundle("test/lab/guest/flapping.ts");
    const order: FlapOrder = {
      ...{ hosts, port: PORT, seconds: SECONDS, settleMs: SETTLE_MS, holdMs: 20_000, sampleMs: 5000, seed: 7 },
      pidFiles: [CHECKERS_PID, PARENT_PID],
    };
    flapping = await lab.spawn("d1", [process.execPath, program, JSON.stringify(order)], { name: "flapping" });
    await lab.eventually("all listen", 60_000, async () => (await flapping.log()).includes("listening"));
    await lab.director("d1", config, ["-C", "-c", CHECKERS_PID, "-p", PARENT_PID]);
    await lab.eventually("the table is there", 120_000, async () => {
      return Number(await lab.run("d1", "ipvsadm -Ln | grep -c Masq || true", { timeoutMs: 60_000 })) === SERVERS;
    });
  }, 300_000);
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  test("the table is right at each moment that is looked at, and memory and descriptors stay as they are", {
    timeout: (SECONDS + 120) * 1000,
  }, async () => {
    await flapping.signal("SIGUSR1");
    expect(await flapping.exited()).toMatchObject({ code: 0 });
    const printed = (await flapping.log()).split("\n").find((line) => line.startsWith("{")) ?? "{}";
    const { flaps, samples, judged, wrong, readings } = JSON.parse(printed) as FlapReport;
    // What a start takes is over after the first third.
    const third = Math.floor(readings.length / 3);
    const processes = ["checker", "parent"].map((name, at) => {
      const early = readings.slice(third, 2 * third).map((one) => one[at]?.rssKb ?? 0);
      const late = readings.slice(2 * third).map((one) => one[at]?.rssKb ?? 0);
      const descriptors = readings.slice(third).map((one) => one[at]?.descriptors ?? 0);
      return { name, earlyMb: mean(early) / 1024, lateMb: mean(late) / 1024, descriptors };
    });
    const words = processes.map(
      ({ name, earlyMb, lateMb, descriptors }) =>
        `${name} ${earlyMb.toFixed(1)} MB, later ${lateMb.toFixed(1)} MB, ${Math.min(...descriptors)} to ${Math.max(...descriptors)} descriptors`,
    );
    console.log(
      `${SECONDS} s: ${flaps} flaps, ${samples} looks at the table, ${judged} times a settled server, ${wrong.length} wrong; ${words.join("; ")}`,
    );
    expect(wrong).toEqual([]);
    expect(flaps).toBeGreaterThan((SERVERS * SECONDS) / 45);
    expect(judged).toBeGreaterThan((SERVERS * samples) / 5);
    for (const { earlyMb, lateMb, descriptors } of processes) {
      expect(lateMb).toBeLessThan(earlyMb * 1.1 + 2);
      // Beside what is always open: connections that are under way.
      expect(Math.max(...descriptors) - Math.min(...descriptors)).toBeLessThan(400);
    }
  });
});
