import { canonicalAddress } from "../core/ip.ts";
import { MAX_WEIGHT } from "./model.ts";

/** A real server of all its ports, or of one. */
export type ServerName = { readonly address: string; readonly port?: number };

/** What is asked at run time of real servers: those of `server` in the virtual server `service`, or in all. */
export type RsCommand = { readonly server: ServerName; readonly service?: string } & (
  | { readonly do: "drain"; readonly after: "remove" | "stay"; readonly deadlineMs?: number }
  | { readonly do: "disable" }
  | { readonly do: "enable" }
  | { readonly do: "weight"; readonly weight: number }
);

/** A real server that a command was for, and what it came to. */
export type RsAnswer = {
  readonly servers: readonly { readonly realServer: string; readonly virtualServer: string; readonly what: string }[];
  /** Why it will not be known after a restart of the daemon. */
  readonly notKept?: string;
};

const MAX_DEADLINE_MS = 31 * 86_400_000;
const MAX_NAME = 256;

/** `10.0.0.2`, `10.0.0.2:80`, `2001:db8::2`, `[2001:db8::2]:80`. */
export function parseServerName(text: string): ServerName | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = canonicalAddress(bracketed ?? plain ?? text);
  if (address === undefined) return undefined;
  if (port === undefined) return { address };
  return Number(port) <= 65_535 ? { address, port: Number(port) } : undefined;
}

const isInt = (value: unknown, min: number, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

/** A command out of what came through the control socket: from a process that nobody has to trust. */
export function parseRsCommand(value: unknown): RsCommand | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  const server = typeof given.server === "string" ? parseServerName(given.server) : undefined;
  const { service } = given;
  const isService = service === undefined || (typeof service === "string" && service.length <= MAX_NAME);
  if (!server || !isService) return undefined;
  const at = { server, ...(service !== undefined && { service }) };
  switch (given.do) {
    case "disable":
    case "enable":
      return { ...at, do: given.do };
    case "weight":
      return isInt(given.weight, 0, MAX_WEIGHT) ? { ...at, do: "weight", weight: given.weight } : undefined;
    case "drain": {
      const { after = "remove", deadlineMs } = given;
      if (after !== "remove" && after !== "stay") return undefined;
      if (deadlineMs === undefined) return { ...at, do: "drain", after };
      return isInt(deadlineMs, 0, MAX_DEADLINE_MS) ? { ...at, do: "drain", after, deadlineMs } : undefined;
    }
    default:
      return undefined;
  }
}
