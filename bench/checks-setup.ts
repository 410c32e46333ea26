// Directors that check real servers of their own, all of them addresses of their host: ours on one host, Debian's keepalived
// on another.
import type { Host, Lab, LabProcess } from "../test/lab/lib/lab.ts";

export type Kind = "TCP_CHECK" | "HTTP_GET";
export type Setting = {
  readonly kind: Kind;
  readonly servers: number;
  readonly delayLoopS: number;
  readonly connectTimeoutS: number;
};
export type Director = { readonly at: Host; readonly parent: LabProcess; readonly checker: number };

export const OURS: Host = "d1";
export const THEIRS: Host = "d2";
export const PATIENT = { timeoutMs: 300_000 };
export const PER_SERVICE = 20;
const CHECKERS_PID = "/run/bench-checkers.pid";

export const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function configuration({ kind, servers, delayLoopS, connectTimeoutS }: Setting, port: number): string {
  const common = `connect_timeout ${connectTimeoutS}\nretry 1\ndelay_before_retry 1\n}`;
  const check = {
    TCP_CHECK: `TCP_CHECK {\n${common}`,
    HTTP_GET: `HTTP_GET {\nurl {\npath /\nstatus_code 200\n}\n${common}`,
  }[kind];
  // Two directors and their servers share one processor: a checker that is killed for silence would be another measurement.
  const lines = ["global_defs {", "router_id bench", "watchdog_timeout 60", "}"];
  for (let at = 0; at < servers; at += 1) {
    const service = Math.floor(at / PER_SERVICE);
    if (at % PER_SERVICE === 0) {
      if (at > 0) lines.push("}");
      lines.push(`virtual_server 10.9.${service >> 8}.${service & 255} 80 {`, `delay_loop ${delayLoopS}`);
      lines.push("lb_algo rr", "lb_kind NAT", "protocol TCP");
    }
    const host = `127.${1 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`;
    lines.push(`real_server ${host} ${port} {`, "weight 1", check, "}");
  }
  return `${lines.join("\n")}\n}\n`;
}

/** Ours on one host, keepalived on the other; resolves once the whole table is there. */
export async function startOne(lab: Lab, at: Host, setting: Setting, port: number): Promise<Director> {
  const options = ["-C", "-c", CHECKERS_PID];
  const text = configuration(setting, port);
  const began = performance.now();
  const parent = await (at === OURS ? lab.director(at, text, options) : lab.keepalived(at, text, options));
  // A listing takes the guest's processor too, the longer the more servers there are.
  await lab.eventually(`${at} has its table`, 600_000, async () => {
    await sleep(setting.servers / 10_000);
    return Number(await lab.run(at, "ipvsadm -Ln | grep -c Masq || true", PATIENT)) >= setting.servers;
  });
  console.log(
    `${at === OURS ? "ours" : "keepalived"}: ${setting.servers} servers within ${Math.round((performance.now() - began) / 1000)} s`,
  );
  return { at, parent, checker: Number(await lab.run(at, ["cat", CHECKERS_PID])) };
}

/** One after the other: each has the guest's one processor for itself until its table is there. */
export async function startBoth(lab: Lab, setting: Setting, port: number): Promise<readonly Director[]> {
  const ours = await startOne(lab, OURS, setting, port);
  return [ours, await startOne(lab, THEIRS, setting, port)];
}

export async function stopBoth(lab: Lab, directors: readonly Director[]): Promise<void> {
  for (const { at, parent } of directors) {
    await parent.signal("SIGTERM");
    await parent.exited();
    await lab.run(at, ["ipvsadm", "-C"], PATIENT);
  }
}
