// The memory of all processes together beside Debian's keepalived: 2,000 real servers with a TCP_CHECK each, one VRRP instance,
// and somebody who has asked for the status.
import path from "node:path";
import { Lab } from "../test/lab/lib/lab.ts";
import { PROJECT } from "../test/lab/lib/workspace.ts";
import { generatedConfig } from "./generated-config.mjs";
import { table } from "./measure.mjs";

const TARGET_MIB = 120;
const INSTANCE = `
vrrp_instance V {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        10.9.9.100
    }
}
`;

const lab = await Lab.start({ memoryMb: 2048 });

/** MiB of each process by its name. */
async function memoryOf(name: string, command: readonly string[], status: string): Promise<Map<string, number>> {
  const folder = `/tmp/${name}`;
  await lab.writeFile(`${folder}/conf`, generatedConfig(100, 20) + INSTANCE);
  const files = ["-p", `${folder}/pid`, "-c", `${folder}/checkers.pid`, "-r", `${folder}/vrrp.pid`];
  const words = [
    path.join(PROJECT, "bench/memory.sh"),
    folder,
    ...command,
    "-n",
    "-l",
    ...files,
    "-f",
    `${folder}/conf`,
  ];
  const printed = await lab.run("d1", ["env", `STATUS=${status}`, "unshare", "-n", "bash", ...words], {
    timeoutMs: 300_000,
  });
  const sizes = new Map<string, number>();
  for (const line of printed.trim().split("\n")) {
    const [, process = "", kib = ""] = /^(.*) (\d+)$/.exec(line.trim()) ?? [];
    sizes.set(`${process} ${sizes.size + 1}`, Number(kib) / 1024);
  }
  return sizes;
}

try {
  const program = await lab.program();
  const ours = await memoryOf(
    "ours",
    [process.execPath, program, "run"],
    `${process.execPath} ${program} status -p /tmp/ours/pid`,
  );
  const theirs = await memoryOf("theirs", ["keepalived"], "");
  const sum = (sizes: Map<string, number>): number => [...sizes.values()].reduce((a, b) => a + b, 0);
  const rows = [...ours, ...theirs].map(([name, mib]) => [name, mib.toFixed(1)]);
  console.log(table(["process", "MiB (PSS)"], rows));
  const met = sum(ours) <= TARGET_MIB;
  console.log(`together: ${sum(ours).toFixed(1)} MiB, keepalived ${sum(theirs).toFixed(1)}; target ${TARGET_MIB} MiB`);
  process.exitCode = met ? 0 : 1;
} finally {
  await lab[Symbol.asyncDispose]();
}
