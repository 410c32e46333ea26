// Carries out steps on the kernel's IPVS through our client: `node ipvs-driver.mjs genl|sockopt|any < STEPS`. Steps and
// their results are JSON arrays, one result a step; ipvs-bench.ts types both.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { DirectorError } from "../../../src/core/errors.ts";
import { openGenlClient } from "../../../src/ipvs/client.ts";
import { diffTables } from "../../../src/ipvs/diff.ts";
import type { Command, IpvsClient } from "../../../src/ipvs/model.ts";
import { openIpvs } from "../../../src/ipvs/open.ts";
import { kernelSocket, protocols } from "../../../src/netlink/socket.ts";
import { tableOf } from "../../../src/virtual-server/kernel-table.ts";
import { generatedTable, type Step, tableFrom } from "../ipvs-bench.ts";

async function carryOut(client: IpvsClient, step: Step): Promise<unknown> {
  switch (step.do) {
    case "info":
      return { transport: client.transport, reason, ...(await client.info()) };
    case "apply":
      return client.apply(step.commands);
    case "reach": {
      const actual = tableOf(await client.read(), () => true);
      const commands = diffTables(tableFrom(step.entries), actual);
      const failures = await client.apply(commands);
      const left = diffTables(
        tableFrom(step.entries),
        tableOf(await client.read(), () => true),
      );
      return { ops: commands.map(({ op }) => op), failures, left };
    }
    case "destinations":
      return (await client.destinations(step.id, false)).map(({ destination }) => destination);
    case "generate": {
      const commands = diffTables(generatedTable(step.services, step.destinations), new Map());
      const start = performance.now();
      const failures = await client.apply(commands);
      const applyMs = performance.now() - start;
      const read = await client.read();
      return { failures: failures.length, applyMs, readMs: performance.now() - start - applyMs, services: read.length };
    }
    case "starve":
      return starved(step.commands);
    case "start":
      return client.startSyncDaemon(step.daemon);
    case "stop":
      return client.stopSyncDaemon(step.daemon.role, step.daemon.syncId);
    case "daemons":
      return client.syncDaemons();
    case "timeouts":
      return client.timeouts();
    case "setTimeouts":
      return client.setTimeouts(step.timeouts);
    case "flush":
      return client.flush();
    case "command": {
      const start = performance.now();
      const { status, stdout, stderr } = spawnSync("sh", ["-c", step.line], { encoding: "utf8", maxBuffer: 1 << 26 });
      if (status !== 0) throw new Error(`${step.line}: ${stderr}`);
      return step.timed ? performance.now() - start : stdout;
    }
  }
}

/** The same by a socket whose receive buffer holds few answers: what it said, and whether it can still read the table. */
async function starved(commands: readonly Command[]): Promise<unknown> {
  const client = await openGenlClient({ open: kernelSocket(protocols.generic, RECEIVE_BUFFER_BYTES) });
  const errnos = (await client.apply(commands)).map(({ errno }) => errno);
  const services = (await client.read()).length;
  client.close();
  return { errnos, services };
}

const RECEIVE_BUFFER_BYTES = 4096;
const transport = process.argv[2];
const { client, reason } = await openIpvs(transport === "genl" || transport === "sockopt" ? transport : undefined);
const results: unknown[] = [];
for (const step of JSON.parse(readFileSync(0, "utf8")) as Step[]) {
  try {
    results.push((await carryOut(client, step)) ?? null);
  } catch (error) {
    if (!(error instanceof DirectorError)) throw error;
    results.push({ error: error.code, message: error.message, hint: error.hint });
  }
}
client.close();
process.stdout.write(JSON.stringify(results));
