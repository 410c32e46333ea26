import { readAddress } from "../config/addresses.ts";
import { corrected } from "../config/corrected.ts";
import { quote } from "../config/diagnostic.ts";
import type { ValueType } from "../config/row.ts";
import { type Account, ints, MAX_UINT32, mapped, readAccount, readChoice, readInt, word } from "../config/types.ts";
import { type Family, familyOf, isMulticast } from "../core/ip.ts";

export type MailServer = { readonly host: string; readonly port: number };

/** `ADDRESS-or-HOST [PORT]`. */
export function mailServer(): ValueType<MailServer> {
  return {
    syntax: "ADDRESS or HOST [PORT 1..65535]",
    body: "none",
    show: ({ host, port }) => `${host} ${port}`,
    read: (words) => {
      const host = words.need("an address or a host name");
      const [, name, glued] = /^([^:]+):(\d+)$/.exec(host?.text ?? "") ?? [];
      if (host && glued !== undefined)
        return words.bad(host, "an address or a host name", {
          hint: `write the port as a word of its own: ${quote(`${name} ${glued}`)}`,
        });
      const port = words.take();
      const number = port ? readInt(words, port, 1, 65_535) : 25;
      return host && number !== undefined ? { host: host.text, port: number } : undefined;
    },
  };
}

const MAIL_TLS = ["off", "starttls", "tls"] as const;
export type MailTls = { readonly mode: (typeof MAIL_TLS)[number]; readonly caFile?: string };

/** `off|starttls|tls [CA_FILE]`. */
export function mailTls(): ValueType<MailTls> {
  return {
    syntax: "off|starttls|tls [CA_FILE]",
    body: "none",
    show: ({ mode, caFile }) => (caFile === undefined ? mode : `${mode} ${caFile}`),
    read: (words) => {
      const word = words.need("off, starttls or tls");
      const mode = MAIL_TLS.find((one) => one === word?.text);
      if (word && mode === undefined) return words.bad(word, "off, starttls or tls");
      const caFile = words.take()?.text;
      return mode && { mode, ...(caFile !== undefined && { caFile }) };
    },
  };
}

export type FifoLine = { readonly path: string } & Partial<Account>;

/** `PATH [USER [GROUP]]`: a FIFO and who owns it. */
export function fifo(): ValueType<FifoLine> {
  return {
    syntax: "PATH [USER [GROUP]]",
    body: "none",
    show: ({ path, user, group }) => [path, user, group].filter(Boolean).join(" "),
    read: (words) => {
      const path = words.need("the path of a FIFO");
      if (!path) return undefined;
      if (!path.text.startsWith("/")) return words.bad(path, "an absolute path", { hint: "e.g. /run/keepalived.fifo" });
      const account = words.rest > 0 ? readAccount(words) : {};
      if (!account) return undefined;
      return { path: path.text, ...account };
    },
  };
}

/** The short name of a process; the kernel keeps 15 bytes, and so does this. */
export const processName = (): ValueType<string> =>
  corrected({ ...word("STRING"), range: "1..15 characters" }, (name) => {
    if (Buffer.byteLength(name) <= MAX_PROCESS_NAME) return undefined;
    let cut = "";
    for (const c of name) {
      if (Buffer.byteLength(cut + c) > MAX_PROCESS_NAME) break;
      cut += c;
    }
    return { value: cut, shown: cut, why: "the name of a process has 15 characters at most" };
  });

/** TASK_COMM_LEN of linux/sched.h less the terminating NUL. */
const MAX_PROCESS_NAME = 15;

/** CPU_SETSIZE of sched.h: numbers of processors are below it. */
const MAX_CPU = 1023;

/** Numbers of processors, each once, in ascending order. */
export const cpuList = (): ValueType<readonly number[]> => ({
  ...mapped(ints("CPU", { min: 0, max: MAX_CPU }), (cpus) => [...new Set(cpus)].sort((a, b) => a - b)),
  show: (cpus) => cpus.join(" "),
});

/** A multicast address of one family, in its canonical text. */
export function multicastAddress(family: Family): ValueType<string> {
  const expected = `an IPv${family} multicast address`;
  return {
    syntax: "ADDRESS",
    body: "none",
    range: family === 4 ? "224.0.0.0..239.255.255.255" : "ff00::/8",
    read: (words) => {
      const token = words.need(expected);
      const found = token && readAddress(words, token, expected);
      if (!token || found === undefined || (familyOf(found) === family && isMulticast(found))) return found;
      return words.bad(token, expected, { hint: `e.g. ${family === 4 ? "224.0.0.18" : "ff02::12"}` });
    },
  };
}

export type BufferPolicy = "mtu" | "advert" | number;

/** `MTU`, `ADVERT` or a number of bytes. */
export function bufferPolicy(): ValueType<BufferPolicy> {
  return {
    syntax: "MTU or ADVERT or BYTES",
    body: "none",
    unit: "bytes",
    values: ["MTU", "ADVERT"],
    show: (policy) => String(policy).toUpperCase(),
    read: (words) => {
      const token = words.need("MTU, ADVERT or a number of bytes");
      if (!token) return undefined;
      if (/^\d/.test(token.text)) return readInt(words, token, 1, MAX_UINT32);
      const choice = readChoice(words, token, ["MTU", "ADVERT"], true);
      return choice && (choice === "MTU" ? "mtu" : "advert");
    },
  };
}

export type ExtraGarp = { readonly intervalMs: number; readonly all: boolean };

/** `[all] SECONDS`. */
export function extraGarp(): ValueType<ExtraGarp> {
  return {
    syntax: "[all] SECONDS",
    body: "none",
    unit: "s",
    range: "1..86400",
    show: ({ intervalMs, all }) => `${all ? "all " : ""}${intervalMs / 1000}`,
    read: (words) => {
      const all = words.peek()?.text === "all";
      if (all) words.take();
      const token = words.need("a number of seconds, 1 to 86400");
      const intervalS = token && readInt(words, token, 1, 86_400);
      return intervalS === undefined ? undefined : { intervalMs: intervalS * 1000, all };
    },
  };
}
