import {
  type Connection,
  connectionLine,
  connectionOf,
  connectionsHeading,
} from "../../../src/ipvs/admin/connections.ts";
import { daemonLine, timeoutsLine } from "../../../src/ipvs/admin/daemon-text.ts";
import { versionText } from "../../../src/ipvs/admin/help.ts";
import { parseCommandLine } from "../../../src/ipvs/admin/parse.ts";
import { savedService } from "../../../src/ipvs/admin/save.ts";
import type { Names } from "../../../src/ipvs/admin/values.ts";
import { commandAttrs, commands } from "../../../src/ipvs/attrs.ts";
import { encodeCommand, encodeDaemon, encodeTimeouts, encodeZero } from "../../../src/ipvs/genl-codec.ts";
import { heading } from "../../../src/ipvs/heading.ts";
import { serviceListing, sortedDestinations, sortedServices } from "../../../src/ipvs/listing.ts";
import { serviceKey } from "../../../src/ipvs/model.ts";
import { decodeAttrs } from "../../../src/netlink/attrs.ts";
import type { KernelState, Ran } from "./stand-in.ts";

/** Our reading of a command line, and what comes of it on a kernel of that state, as the binary's run is told. */

export type Outcome = Pick<Ran, "status" | "stdout" | "stderr"> & { readonly sent: readonly unknown[] };

export function ours(args: readonly string[], state: KernelState, names: Names, program = "/sbin/ipvsadm"): Outcome {
  const outcome = { status: 0, stdout: "", stderr: "", sent: [] as unknown[] };
  const parsed = parseCommandLine(args, names);
  if ("wrong" in parsed) {
    const { message, status } = parsed.wrong;
    const advice = `Try \`${program} -h' or '${program} --help' for more information.`;
    return { ...outcome, status, stderr: `${message ?? advice}\n` };
  }
  const { request } = parsed;
  const sent = (message: { command: number; attributes: Uint8Array }): Outcome => ({
    ...outcome,
    sent: [said(message.command, Buffer.from(message.attributes))],
  });
  switch (request.do) {
    case "change":
      return sent(encodeCommand(request.command));
    case "flush":
      return sent({ command: commands.flush, attributes: Buffer.alloc(0) });
    case "zero":
      return sent(encodeZero(request.id));
    case "setTimeouts":
      return sent(encodeTimeouts(request.timeouts));
    case "startDaemon":
      return sent(encodeDaemon(commands.newDaemon, request.daemon));
    case "stopDaemon":
      return sent(encodeDaemon(commands.delDaemon, { role: request.role, syncId: request.syncId }));
    case "save":
      return { ...outcome, stdout: sortedServices(state.services).map(saved).join("") };
    case "version":
      return { ...outcome, stdout: versionText };
    case "help":
    case "restore":
      return outcome;
    case "list":
      break;
  }
  switch (request.what) {
    case "timeouts":
      return { ...outcome, stdout: timeoutsLine(state.timeouts ?? { tcpS: 900, tcpFinS: 120, udpS: 300 }) };
    case "daemons":
      return { ...outcome, stdout: (state.daemons ?? []).map(daemonLine).join("") };
    case "connections": {
      const lines = (state.connections ?? "").split("\n").map(connectionOf);
      const drawn = lines.filter((line): line is Connection => line !== undefined);
      const texts = drawn.map((line) => connectionLine(line, request.persistent));
      return { ...outcome, stdout: connectionsHeading(request.persistent) + texts.join("") };
    }
    case "services": {
      const { id } = request;
      const chosen = state.services.filter(({ service }) => !id || serviceKey(service.id) === serviceKey(id));
      if (id && chosen.length === 0) return { ...outcome, status: 1, stderr: "No such service\n" };
      const sorted = request.sorted ? sortedServices(chosen) : chosen;
      const info = id ? undefined : { version: "1.2.1", connectionTableSize: 4096 };
      return {
        ...outcome,
        stdout: heading(info, request.columns) + sorted.map((s) => serviceListing(s, request)).join(""),
      };
    }
  }
}

const saved = (reading: KernelState["services"][number]): string =>
  savedService(
    reading,
    sortedDestinations(reading.destinations).map(({ destination }) => destination),
  );

/** A message to the kernel in the parts that it reads, the order and the padding of the attributes aside. */
export function said(command: number, attributes: Buffer): unknown {
  const { service, destination, daemon, ...rest } = decodeAttrs(commandAttrs, attributes);
  const named = command !== commands.newService && command !== commands.setService;
  const six = service?.family === 10;
  const hex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("hex");
  const place = (bytes: Uint8Array | undefined, family: number | undefined): string | undefined =>
    hex(bytes?.subarray(0, family === 10 ? 16 : 4));
  const identity = service && {
    family: service.family,
    protocol: service.protocol,
    address: place(service.address, service.family),
    port: service.port,
    fwmark: service.fwmark,
  };
  const whole = service && {
    ...identity,
    scheduler: service.scheduler,
    flags: service.flags,
    timeoutS: service.timeoutS,
    netmask: hex(service.netmask),
    engine: service.engine,
    six,
  };
  const { address, port, family, method, weight, upperThreshold, lowerThreshold } = destination ?? {};
  const server = destination && { address: place(address, family), port, family };
  const tunnel = [destination?.tunnelType ?? 0, destination?.tunnelPort ?? 0, destination?.tunnelFlags ?? 0];
  return JSON.parse(
    JSON.stringify({
      command,
      service: named ? identity : whole,
      destination:
        command === commands.delDest || !destination
          ? server
          : { ...server, method, weight, upperThreshold, lowerThreshold, tunnel },
      daemon: daemon && {
        ...daemon,
        interface: daemon.interface === "" ? undefined : daemon.interface,
        group: hex(daemon.group),
        group6: hex(daemon.group6),
      },
      rest,
    }),
  );
}
