#!/usr/bin/env node
import path from "node:path";
import type { ChildBoot } from "./process/messages.ts";

/** A child of ours has its boot message as its first argument and a line to its parent; nobody else has both. */
function bootOf(argument: string | undefined): ChildBoot | { readonly role: "daemon" } | undefined {
  if (!process.connected || !argument?.startsWith('{"role":')) return undefined;
  return JSON.parse(argument) as ChildBoot | { readonly role: "daemon" };
}

/** `ipvs` and the names of ipvsadm, which scripts call many times a second: they load nothing else. */
async function runIpvs(name: string, args: readonly string[]): Promise<number> {
  const own = name === "ipvsadm" ? args : args.slice(1);
  if (!name.startsWith("ipvsadm-")) {
    const { plainListing } = await import("./cli/ipvs-plain.ts"); // in this very file (scripts/build-js.mjs)
    const status = await plainListing(own);
    if (status !== undefined) return status;
  }
  const ipvs = require("./ipvs.cjs") as typeof import("./cli/ipvs.ts"); // beside it, and like it no ECMAScript module
  switch (name) {
    case "ipvsadm-save":
      return ipvs.ipvsSaveCommand(args);
    case "ipvsadm-restore":
      return ipvs.ipvsRestoreCommand(args);
    case "ipvsadm":
      return ipvs.ipvsCommand(own, name);
    default:
      return ipvs.ipvsCommand(own);
  }
}

async function main(name: string, args: readonly string[]): Promise<void> {
  const boot = bootOf(args[0]);
  switch (boot?.role) {
    case "checker":
    case "vrrp":
    case "bfd":
      return (await import("./process/child.ts")).runChild(boot, args.slice(1));
    case "api":
      return (await import("./api/main.ts")).runApi(boot, args.slice(1));
    case "daemon":
    case undefined: {
      const { runProgram } = await import("./cli/program.ts");
      process.exitCode = await runProgram(name, boot ? args.slice(1) : args, { isDaemon: boot !== undefined });
    }
  }
}

const [, file = "lvskeeper", ...args] = process.argv;
const name = path.basename(file);
if (name.startsWith("ipvsadm") || (args[0] === "ipvs" && name !== "keepalived")) {
  // All is written. To take Node apart again takes as long as drawing a table of some thousand lines.
  void runIpvs(name, args).then((status) => process.exit(status));
} else {
  // What each role needs is loaded once the role is known: a child that is replaced must be back within an advert interval.
  // The handlers come first of all: Node would answer SIGUSR1 by opening a debugger port, and die of SIGUSR2.
  for (const signal of ["SIGUSR1", "SIGUSR2"] as const) process.on(signal, () => {});
  void main(name, args);
}
