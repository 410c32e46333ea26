import { expect, test } from "vitest";
import { checker, processPlan, server, service } from "../../unit/virtual-server/plans.ts";
import { Lab } from "../lib/lab.ts";
const N = 1000;
test("cpu", async () => {
  await using lab = await Lab.start();
  await lab.web("rs1");
  const cpu = async (pid: number) => {
    const f = (await lab.run("d1", ["cat", `/proc/${pid}/stat`])).split(" ");
    return (Number(f[13]) + Number(f[14])) * 10;
  };
  const kind = process.env.KIND ?? "TCP_CHECK";
  const conf = `virtual_server 192.168.122.100 80 {
 delay_loop 5
 lb_algo rr
 lb_kind DR
 protocol TCP
${Array.from({ length: N }, (_, i) => `real_server 10.9.${i >> 8}.${i & 255} 80 {\n ${kind} {\n connect_ip 192.168.122.10\n connect_timeout 3\n ${kind === "HTTP_GET" ? "url {\n path /\n status_code 200\n }" : ""}\n}\n}`).join("\n")}
}`;
  const k = await lab.keepalived("d1", conf, ["-C"]);
  await new Promise((r) => setTimeout(r, 12000));
  const pids = (await lab.run("d1", `pgrep -P ${k.pid}`)).trim().split("\n").map(Number);
  const a = await cpu(pids[0] as number);
  await new Promise((r) => setTimeout(r, 20000));
  const kcpu = (await cpu(pids[0] as number)) - a;
  await k.signal("SIGTERM"); await k.exited();
  console.log("keepalived ms per probe", kcpu / (4 * N), pids);
  const plan = processPlan([service(1, Array.from({ length: N }, (_, i) => server(1, { address: `10.9.${i >> 8}.${i & 255}`, checkers: [checker(`c${i}`, { delayLoopMs: 5000, warmupMs: 5000, probe: kind === "HTTP_GET" ? { kind: "HTTP_GET", endpoint: { host: "192.168.122.10", port: 80 }, connectTimeoutMs: 3000, httpProtocol: "1.0", urls: [{ path: "/", statusCodes: [] }] } : { kind: "TCP_CHECK", endpoint: { host: "192.168.122.10", port: 80 }, connectTimeoutMs: 3000 } })] })))]);
  await lab.writeFile("/tmp/p.json", JSON.stringify(plan));
  const prog = await lab.bundle("test/lab/checkers/room-driver.ts");
  const o = await lab.spawn("d1", [process.execPath, ...(process.env.PROF ? ["--cpu-prof", "--cpu-prof-dir=/tmp"] : []), prog, "/tmp/p.json"]);
  await new Promise((r) => setTimeout(r, 15000));
  const b = await cpu(o.pid);
  await new Promise((r) => setTimeout(r, 20000));
  const ours = (await cpu(o.pid)) - b;
  const rss = await lab.run("d1", `grep -E 'Pss:|Rss:' /proc/${o.pid}/smaps_rollup`);
  if (process.env.STRACE) console.log(await lab.run("d1", `timeout 5 strace -c -f -p ${o.pid} 2>&1 | head -30; true`));
  await o.signal("SIGTERM"); await o.exited();
  console.log("ours ms per probe", ours / (4 * N), rss);
  expect(1).toBe(1);
});
