import { renderDiagnostics } from "../config/render.ts";
import { wallMs } from "../core/clock.ts";
import type { Table } from "../ipvs/model.ts";
import { openIpvs } from "../ipvs/open.ts";
import { exitStatus, loadConfiguration } from "../process/configuration.ts";
import { watchAddresses } from "../process/local-addresses.ts";
import { ipvsInside } from "../process/namespace.ts";
import { isEmpty, type Kernel, previewOf, previewText, type Running } from "../process/preview.ts";
import { DEFAULT_CONFIG_FILE, type Reading } from "../process/run-options.ts";
import { tableOf } from "../virtual-server/kernel-table.ts";
import { askDaemon } from "./control-client.ts";
import { CommandError, EXIT_FAILED, EXIT_NOT_RUNNING } from "./errors.ts";

export type PlanOptions = {
  /** Absent: the file of the running director. */
  readonly file?: string;
  readonly json: boolean;
  readonly reading: Reading;
};

const EXIT_CHANGES = 2;

/** Prints what a reload would change, against the live kernel; where no director runs, what a start would. Nothing is
 *  changed. Gives the exit status: 0 nothing, 2 changes, 4, 5 or 6 for a configuration that would be refused. */
export async function planCommand(socketPath: string, options: PlanOptions): Promise<number> {
  const asked = await running(socketPath);
  const file = options.file ?? asked?.configFile ?? DEFAULT_CONFIG_FILE;
  const { plan, runnable, diagnostics, files } = loadConfiguration(file, options.reading);
  if (!plan || !runnable) {
    process.stderr.write(`${renderDiagnostics(diagnostics, files, { color: false })}\n`);
    return exitStatus(diagnostics) || 5;
  }
  const hasServices = plan.checker.virtualServers.length + (asked?.checker.virtualServers.length ?? 0) > 0;
  const namespace = plan.checker.ipvsNamespace ?? plan.global.place.namespace;
  const preview = previewOf(plan, asked, await kernelNow(hasServices, namespace), wallMs());
  const head = { version: 1, configFile: file, running: asked !== undefined, ...preview };
  if (options.json) process.stdout.write(`${JSON.stringify(head, null, 2)}\n`);
  else {
    if (!asked) process.stderr.write("no director is running: this is what a start would do\n");
    process.stdout.write(previewText(preview));
  }
  return isEmpty(preview) ? 0 : EXIT_CHANGES;
}

type Asked = Running & { readonly configFile: string };

async function running(socketPath: string): Promise<Asked | undefined> {
  try {
    const { httpStatus, body } = await askDaemon(socketPath, "GET", "/running");
    if (httpStatus === 200) return body as Asked;
    throw new CommandError("control/refused", `the director answered HTTP status ${httpStatus}`, {
      exitStatus: EXIT_FAILED,
      hint: "it is of another version: restart it",
    });
  } catch (error) {
    if (error instanceof CommandError && error.exitStatus === EXIT_NOT_RUNNING) return undefined;
    throw error;
  }
}

async function kernelNow(withTable: boolean, namespace: string | undefined): Promise<Kernel> {
  const addresses = await watchAddresses(() => {});
  try {
    const local = addresses.all();
    return { table: withTable ? await readTable(namespace) : new Map(), isLocal: (address) => local.has(address) };
  } finally {
    addresses.close();
  }
}

async function readTable(namespace: string | undefined): Promise<Table> {
  const { client } = await openIpvs(undefined, ipvsInside(namespace, process.pid));
  try {
    return tableOf(await client.read(), () => true);
  } finally {
    client.close();
  }
}
