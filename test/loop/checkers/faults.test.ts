import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadKinds, runProbe } from "../../../src/checkers/kinds.ts";
import type { Verdict } from "../../../src/checkers/model.ts";
import { nodeConnector } from "../../../src/checkers/node-connector.ts";
import { useConnector } from "../../../src/checkers/socket-connector.ts";
import { type Certificates, makeCertificates } from "../../faults/certificates.ts";
import { startFault } from "../../faults/fault-servers.ts";
import { probeOf } from "../../faults/probe.ts";
import { type FaultRow, saidOf } from "../../faults/row.ts";
import { faultRows } from "../../faults/rows.ts";
import { deafServer, unusedPort } from "./servers.ts";

const limitMs = 2000;
const CONNECTING = new Set<string>(["TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "GRPC_CHECK"]);

type Outcome = { readonly verdict: Verdict; readonly tookMs: number; readonly target: string };
type Outcomes = Map<FaultRow, Outcome>;
const outcomes: Outcomes = new Map();
/** Where the addon's connector is missing, and node:net opens the connections. */
const withoutAddon: Outcomes = new Map();
/** What is met that way too: what goes by a connection; but for what is waited for, the time limits being the same. */
const rowsWithoutAddon = faultRows.filter(({ kind, limits }) => CONNECTING.has(kind) && limits === 0);
let certificates: Certificates;
let folder = "";
const closing: (() => unknown)[] = [];

/** Where the servers that are none stand. */
const absences = { nobody: 0, deaf: 0, stopped: 0 };

async function place({ at, kind }: FaultRow): Promise<{ host: string; port: number; bindInterface?: string }> {
  // A group that nobody has joined: all of 127.0.0.0/8 answers.
  if (at === "deaf" && kind === "PING_CHECK") return { host: "239.255.0.99", port: 0, bindInterface: "lo" };
  if (at === "unreachable") return { host: "255.255.255.255", port: 9 };
  if (typeof at === "string") return { host: "127.0.0.1", port: absences[at] };
  const server = await startFault(at, () => certificates);
  closing.push(server.close);
  return { host: "127.0.0.1", port: server.port };
}

async function meet(row: FaultRow, into: Outcomes): Promise<void> {
  const endpoint = await place(row);
  const started = performance.now();
  const verdict = await runProbe(
    probeOf(row, endpoint, { limitMs, caFile: path.join(folder, "ca.pem") }),
    { url: 0 },
    new AbortController().signal,
  );
  into.set(row, { verdict, tookMs: performance.now() - started, target: `${endpoint.host}:${endpoint.port}` });
}

/** A process that listens and is stopped then: its kernel goes on accepting. */
async function stoppedServer(): Promise<number> {
  const script = `const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => console.log(s.address().port));`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGSTOP");
  closing.push(() => child.kill("SIGKILL"));
  return Number(line);
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "faults-"));
  certificates = makeCertificates();
  writeFileSync(path.join(folder, "ca.pem"), certificates.authority);
  const deaf = await deafServer();
  closing.push(() => deaf[Symbol.asyncDispose]());
  Object.assign(absences, { nobody: await unusedPort(), deaf: deaf.port, stopped: await stoppedServer() });
  await loadKinds(new Set(faultRows.map(({ kind }) => kind)));
  await Promise.all(faultRows.map((row) => meet(row, outcomes))); // what is waited for is waited for once
  useConnector(nodeConnector);
  await Promise.all(rowsWithoutAddon.map((row) => meet(row, withoutAddon)));
  useConnector(undefined);
}, 60_000);
afterAll(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true });
});

function expectMet(row: FaultRow, by: Outcomes): void {
  const outcome = by.get(row);
  expect(outcome).toBeDefined();
  if (!outcome) return;
  const { verdict, tookMs, target } = outcome;
  const said = "detail" in verdict ? (verdict.detail ?? "") : "";
  expect({ up: verdict.up, reason: "reason" in verdict ? verdict.reason : undefined, said }).toEqual({
    up: row.reason === undefined,
    reason: row.reason,
    said: expect.stringMatching(saidOf(row, target, limitMs / 1000)),
  });
  expect(tookMs).toBeLessThan((row.limits + 1) * limitMs);
}

const named = (rows: readonly FaultRow[]) => rows.map((row) => [`${row.kind}: ${row.fault}`, row] as const);

test.for(named(faultRows))("%s", ([, row]) => expectMet(row, outcomes));
test.for(named(rowsWithoutAddon))("without the addon: %s", ([, row]) => expectMet(row, withoutAddon));
