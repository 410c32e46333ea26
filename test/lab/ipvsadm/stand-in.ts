import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { commandAttrs, infoAttrs, stats64Attrs } from "../../../src/ipvs/attrs.ts";
import * as kernel from "../../../src/ipvs/kernel-values.ts";
import type { SyncDaemon, Timeouts } from "../../../src/ipvs/model.ts";
import { type ServiceId, type ServiceReading, type Stats, serviceFamily } from "../../../src/ipvs/model.ts";
import { encodeAttrs } from "../../../src/netlink/attrs.ts";

export const IPVSADM = "/sbin/ipvsadm";
const SOURCE = path.join(import.meta.dirname, "stand-in.c");

/** Whether the ipvsadm binary and a compiler are here. */
export const canStandIn = (): boolean => existsSync(IPVSADM) && spawnSync("cc", ["--version"]).status === 0;

export type KernelState = {
  readonly services: readonly ServiceReading[];
  readonly daemons?: readonly SyncDaemon[];
  readonly timeouts?: Timeouts;
  /** Lines of /proc/net/ip_vs_conn, with its heading. */
  readonly connections?: string;
};

export type Ran = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Commands as they went to the kernel: the number and the attributes. */
  readonly sent: readonly { readonly command: number; readonly attributes: Buffer }[];
};

/** The ipvsadm binary on a kernel that stand-in.c plays. Files are gone after dispose. */
export class StandIn {
  readonly #folder = mkdtempSync(path.join(tmpdir(), "ipvsadm-"));
  readonly #library = path.join(this.#folder, "stand-in.so");

  constructor() {
    execFileSync("cc", ["-shared", "-fPIC", "-O1", "-w", "-o", this.#library, SOURCE, "-ldl"]);
  }

  run(args: readonly string[], state: KernelState, options: { input?: string; errno?: number } = {}): Ran {
    const file = (name: string): string => path.join(this.#folder, name);
    writeFileSync(file("state"), stateText(state));
    if (state.connections !== undefined) writeFileSync(file("connections"), state.connections);
    const sentTo = openSync(file("sent"), "w");
    try {
      const { status, stdout, stderr } = spawnSync(IPVSADM, args, {
        env: {
          PATH: "/usr/bin:/bin",
          LD_PRELOAD: this.#library,
          STAND_IN: file("state"),
          STAND_IN_CONNECTIONS: file(state.connections === undefined ? "absent" : "connections"),
          ...(options.errno !== undefined && { STAND_IN_ERRNO: String(options.errno) }),
        },
        input: options.input ?? "",
        stdio: ["pipe", "pipe", "pipe", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore", sentTo],
      });
      const sent = readFileSync(file("sent"), "latin1")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const [command, hex = ""] = line.split(" ");
          return { command: Number(command), attributes: Buffer.from(hex, "hex") };
        });
      return { status, stdout: stdout.toString("latin1"), stderr: stderr.toString("latin1"), sent };
    } finally {
      closeSync(sentTo);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const hex = (buffer: Uint8Array): string => Buffer.from(buffer).toString("hex");

function stateText({ services, daemons = [], timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 } }: KernelState): string {
  const lines = [
    `I - ${hex(encodeAttrs(infoAttrs, { version: 0x010201, connectionTableSize: 4096 }))}`,
    `T - ${hex(encodeAttrs(commandAttrs, timeouts))}`,
    ...daemons.map((daemon) => `M - ${hex(daemonBytes(daemon))}`),
  ];
  for (const { service, stats, destinations } of services) {
    const key = keyOf(service.id);
    const { id } = service;
    const entry = {
      family: kernel.kernelFamily(serviceFamily(id)),
      ...(id.kind === "fwmark"
        ? { fwmark: id.fwmark }
        : { protocol: kernel.protocolNumber(id.protocol), address: kernel.addressToKernel(id.address), port: id.port }),
      scheduler: service.scheduler,
      flags: service.flags,
      timeoutS: service.timeoutS,
      netmask: kernel.netmaskToKernel(service.oddNetmask ?? service.netmaskBits, serviceFamily(id)),
      ...(service.engine !== undefined && { engine: service.engine }),
      ...statsOf(stats),
    };
    lines.push(`S ${key} ${hex(encodeAttrs(commandAttrs, { service: entry }))}`);
    for (const reading of destinations) {
      const { destination, activeConnections, inactiveConnections, persistentConnections } = reading;
      const { method, tunnelType, tunnelPort, tunnelFlags } = kernel.forwardingToKernel(destination.forwarding);
      const { address, port, weight, upperThreshold, lowerThreshold } = destination;
      const family = kernel.kernelFamily(address.includes(":") ? 6 : 4);
      const values = {
        address: kernel.addressToKernel(address),
        ...{ port, method, weight, upperThreshold, lowerThreshold, activeConnections, inactiveConnections },
        ...{ persistentConnections, family, tunnelType, tunnelPort, tunnelFlags },
        ...statsOf(reading.stats),
      };
      lines.push(`D ${key} ${hex(encodeAttrs(commandAttrs, { destination: values }))}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The counters twice, as the kernel says them; the older, narrow ones are not read where the wide ones are there. */
function statsOf(stats: Stats): { stats32: Buffer; stats64: Buffer } {
  const wide = encodeAttrs(stats64Attrs, stats);
  return { stats32: Buffer.alloc(0), stats64: wide };
}

function daemonBytes({ role, group, interface: name, ...rest }: SyncDaemon): Buffer {
  const bytes = group === undefined ? undefined : kernel.addressToKernel(group);
  const six = group?.includes(":") === true;
  const daemon = { state: kernel.daemonState[role], interface: name, ...rest };
  return encodeAttrs(commandAttrs, {
    daemon: { ...daemon, ...(bytes && (six ? { group6: bytes } : { group: bytes.subarray(0, 4) })) },
  });
}

/** As stand-in.c writes it. */
function keyOf(id: ServiceId): string {
  const family = kernel.kernelFamily(serviceFamily(id));
  if (id.kind === "fwmark") return `${family},0,${"00".repeat(16)},0,${id.fwmark}`;
  return `${family},${kernel.protocolNumber(id.protocol)},${hex(kernel.addressToKernel(id.address))},${id.port},0`;
}
