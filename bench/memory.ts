// Memory of all processes together (PSS) with 2,000 real servers, each with a TCP_CHECK, and one VRRP instance.
import path from "node:path";
import { Lab } from "../test/lab/lib/lab.ts";
import { PROJECT } from "../test/lab/lib/workspace.ts";
import { generatedConfig } from "./generated-config.mjs";
import { table } from "./measure.mjs";

const [SERVICES, REALS] = [100, 20];
const TARGET_MB = 120;
const TIMEOUT_MS = 300_000;

const INSTANCE = `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    virtual_ipaddress {
        192.0.2.100
    }
}
`;

const lab = await Lab.start({ memoryMb: 2048 });
try {
  const program = await lab.program();
  const measured = async (
    name: string,
    command: readonly string[],
  ): Promise<[megabytes: number, processes: number]> => {
    const folder = `/tmp/${name}`;
    await lab.writeFile(`${folder}/conf`, generatedConfig(SERVICES, REALS) + INSTANCE);
    const pids = ["-p", `${folder}/pid`, "-c", `${folder}/checkers.pid`, "-r", `${folder}/vrrp.pid`];
    const script = path.join(PROJECT, "bench/memory.sh");
    const words = [script, folder, process.execPath, ...command, "-n", "-l", ...pids, "-f", `${folder}/conf`];
    const printed = await lab.run("d1", ["unshare", "-n", "bash", ...words], { timeoutMs: TIMEOUT_MS });
    const [kib = Number.NaN, processes = 0] = printed.trim().split(" ").map(Number);
    return [kib / 1024, processes];
  };
  const [ours, ourProcesses] = await measured("ours", [process.execPath, program, "run"]);
  const [theirs, theirProcesses] = await measured("theirs", ["keepalived"]);
  const row = (name: string, mb: number, processes: number) => [name, processes, mb.toFixed(1)];
  const rows = [row("lvskeeper", ours, ourProcesses), row("keepalived", theirs, theirProcesses)];
  console.log(table(["2,000 real servers with TCP_CHECK, one VRRP instance", "processes", "PSS, MiB"], rows));
  console.log(`target: ${TARGET_MB} MiB; ${(ours / theirs).toFixed(1)} x keepalived`);
  process.exitCode = ours <= TARGET_MB ? 0 : 1;
} finally {
  await lab[Symbol.asyncDispose]();
}
