// 100,000 real servers in one process of this machine, all of them one listener on the whole of 127.0.0.0/8.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { bundleScript } from "../scripts/bundle.mjs";
import { PROJECT } from "../test/lab/lib/workspace.ts";
import type { EngineReport } from "./checks-engine.ts";

const MANY = { servers: 100_000, delayLoopS: 60, measureS: 60 };
const LATE_BOUND_MS = 1000;

async function report(): Promise<EngineReport> {
  const engine = path.join(PROJECT, ".lab", `checks-engine-${process.pid}.mjs`);
  await bundleScript(path.join(PROJECT, "bench/checks-engine.ts"), engine);
  const server = net.createServer((socket) => socket.on("error", () => {}).resume());
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "0.0.0.0", backlog: 4096 }, resolve));
  const { port } = server.address() as net.AddressInfo;
  const words = [engine, MANY.servers, MANY.delayLoopS, MANY.measureS, port].map(String);
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await new Promise((resolve) => child.once("close", resolve));
  server.close();
  rmSync(engine, { force: true });
  return JSON.parse(printed) as EngineReport;
}

/** Whether each was checked in its time, with the right verdict. */
export async function checkMany(): Promise<boolean> {
  const { checks, down, cpuShare, perCheckUs, perSecond, lateMs, rssMb } = await report();
  const late = [lateMs.median, lateMs.p99, lateMs.most].map((ms) => `${ms.toFixed(0)} ms`);
  console.log(
    `${MANY.servers} real servers, delay_loop ${MANY.delayLoopS}, one process on this machine: ${Math.round(perSecond)} checks/s, ` +
      `${(100 * cpuShare).toFixed(1)} % of a processor (${perCheckUs.toFixed(0)} µs a check), ` +
      `late by ${late[0]} (99 %: ${late[1]}, most ${late[2]}), ${rssMb.toFixed(0)} MB, ${down} wrong verdicts`,
  );
  return down === 0 && lateMs.p99 < LATE_BOUND_MS && checks > 0.95 * (MANY.servers / MANY.delayLoopS) * MANY.measureS;
}
