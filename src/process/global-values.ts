import type { Arguments } from "../config/arguments.ts";
import type { ValueType } from "../config/row.ts";
import { readChoice, readInt, readInterface } from "../config/types.ts";

export type SyncDaemonLine = { readonly interface: string; readonly instance?: string; readonly syncId?: number };

/** `IFNAME [inst VRRP] [id 0..255] …`: the kernel's connection-sync daemons. */
export function syncDaemon(): ValueType<SyncDaemonLine> {
  return {
    syntax: "IFNAME [inst INSTANCE] [id 0..255]",
    body: "none",
    read: (words) => {
      const name = words.need("the name of an interface");
      const device = name && readInterface(words, name);
      if (device === undefined) return undefined;
      const line: { interface: string; instance?: string; syncId?: number } = { interface: device };
      for (let option = words.take(); option; option = words.take()) {
        if (!readSyncOption(words, option.text, line)) {
          words.problems.warning("conf/no-effect", "this option of `lvs_sync_daemon` has no effect", option);
          words.take();
        }
      }
      return line;
    },
  };
}

function readSyncOption(words: Arguments, option: string, line: { instance?: string; syncId?: number }): boolean {
  if (option === "inst") {
    const instance = words.need("the name of a vrrp_instance");
    if (instance) line.instance = instance.text;
    return true;
  }
  if (option !== "id") return false;
  const id = words.need("a number 0 to 255");
  const syncId = id && readInt(words, id, 0, 255);
  if (syncId !== undefined) line.syncId = syncId;
  return true;
}

export type MailServer = { readonly host: string; readonly port: number };

/** `ADDRESS-or-HOST [PORT]`. */
export function mailServer(): ValueType<MailServer> {
  return {
    syntax: "ADDRESS or HOST [PORT 1..65535]",
    body: "none",
    read: (words) => {
      const host = words.need("an address or a host name");
      const port = words.take();
      const number = port ? readInt(words, port, 1, 65_535) : 25;
      return host && number !== undefined ? { host: host.text, port: number } : undefined;
    },
  };
}

/** `USER [[:]GROUP]`. */
export function account(): ValueType<{ readonly user: string; readonly group?: string }> {
  return {
    syntax: "USER [GROUP]",
    body: "none",
    read: (words) => {
      const user = words.need("the name of an account");
      const group = words.take()?.text.replace(/^:/, "");
      return user && { user: user.text, ...(group !== undefined && { group }) };
    },
  };
}

/** One of a few words, or nothing; which it is does not matter. */
export function oneOfOptional(choices: readonly string[]): ValueType<true> {
  return {
    syntax: `[${choices.join("|")}]`,
    body: "none",
    read: (words) => {
      const choice = words.take();
      return !choice || readChoice(words, choice, choices, false) !== undefined ? true : undefined;
    },
  };
}
