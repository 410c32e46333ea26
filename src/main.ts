#!/usr/bin/env node
import path from "node:path";
import type { ChildBoot } from "./process/messages.ts";

// What each role needs is loaded once the role is known: a child that is replaced must be back within an advert interval.
// The handlers come first of all: Node would answer SIGUSR1 by opening a debugger port, and die of SIGUSR2.
for (const signal of ["SIGUSR1", "SIGUSR2"] as const) process.on(signal, () => {});

/** A child of ours has its boot message as its first argument and a line to its parent; nobody else has both. */
function bootOf(argument: string | undefined): ChildBoot | { readonly role: "daemon" } | undefined {
  if (!process.connected || !argument?.startsWith('{"role":')) return undefined;
  return JSON.parse(argument) as ChildBoot | { readonly role: "daemon" };
}

/** `ipvs` and the names of ipvsadm, which scripts call many times a second: they load nothing else. */
async function runIpvs(name: string, args: readonly string[]): Promise<number | undefined> {
  if (!name.startsWith("ipvsadm") && (args[0] !== "ipvs" || name === "keepalived")) return undefined;
  // A file of its own beside this one, and like this one no ECMAScript module (scripts/build-js.mjs).
  const ipvs = require("./ipvs.cjs") as typeof import("./cli/ipvs.ts");
  const { ipvsCommand, ipvsRestoreCommand, ipvsSaveCommand } = ipvs;
  switch (name) {
    case "ipvsadm-save":
      return ipvsSaveCommand(args);
    case "ipvsadm-restore":
      return ipvsRestoreCommand(args);
    case "ipvsadm":
      return ipvsCommand(args, name);
    default:
      return ipvsCommand(args.slice(1));
  }
}

async function main(): Promise<void> {
  const [, file = "lvskeeper", ...args] = process.argv;
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
      const ipvsStatus = boot ? undefined : await runIpvs(path.basename(file), args);
      if (ipvsStatus !== undefined) {
        process.exitCode = ipvsStatus;
        return;
      }
      const { runProgram } = await import("./cli/program.ts");
      process.exitCode = await runProgram(path.basename(file), boot ? args.slice(1) : args, {
        isDaemon: boot !== undefined,
      });
    }
  }
}

void main();
