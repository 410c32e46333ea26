import type { Endpoint } from "../checkers/model.ts";
import { type Placed, quote } from "../config/diagnostic.ts";
import { blockPlace, placeOf } from "../config/place.ts";
import { familyOf } from "../core/ip.ts";
import type { Forwarding } from "../ipvs/model.ts";
import type { RealServer, VirtualServer } from "../virtual-server/options.ts";
import type { ServerContext } from "./plan-context.ts";
import { planVia } from "./plan-via-vip.ts";

/** A real server as its checks see it. `owner` is the key of its virtual server, `vip` its address, or the first of its
 *  group. `checkPort` is the port they connect to unless they say otherwise; 0: none. */
export type CheckTarget = {
  readonly owner: string;
  readonly address: string;
  readonly port: number;
  readonly checkPort: number;
  readonly vip?: string;
  readonly forwarding: Forwarding;
};

/** Everything that checks of one real server inherit. */
export type Setting = {
  readonly block: VirtualServer;
  readonly server: RealServer;
  readonly target: CheckTarget;
  readonly context: ServerContext;
};

/** The keywords that say where a check connects to. */
export type Connecting = Parameters<typeof blockPlace>[0] & {
  readonly connect_ip: string | undefined;
  readonly connect_port: number | undefined;
  readonly connect_timeout: number | undefined;
  readonly bindto: string | undefined;
  readonly bind_port: number | undefined;
  readonly bind_if: string | undefined;
  readonly fwmark: number;
  readonly via_vip: string | true | undefined;
};

const DEFAULT_TIMEOUT_MS = 5000;

export type Connection = { readonly endpoint: Endpoint; readonly connectTimeoutMs: number };

/** `portless`: the check has no port. `outer`: the check, where `check` is a part of it that may leave things to it. */
export function planConnection(
  check: Connecting,
  setting: Setting,
  { portless = false, outer }: { readonly portless?: boolean; readonly outer?: Connecting } = {},
): Connection | undefined {
  const { block, server, target, context } = setting;
  const viaBlock = [check, outer].find((one) => one?.via_vip !== undefined);
  const via = viaBlock ? planVia(viaBlock, check, setting) : undefined;
  if (via === "refused") return undefined;
  const port = portless ? 0 : (check.connect_port ?? outer?.connect_port ?? target.checkPort);
  if (port === 0 && !portless) {
    context.problems.error(
      "check/no-port",
      "the real server has no port, and this check needs one",
      blockPlace(check),
      { hint: "add `connect_port`" },
    );
    return undefined;
  }
  const host = check.connect_ip ?? outer?.connect_ip ?? target.address;
  const bindAddress = check.bindto ?? outer?.bindto;
  const bindPort = check.bind_port ?? outer?.bind_port;
  const bindInterface = check.bind_if ?? outer?.bind_if;
  const fwmark = check.fwmark || (outer?.fwmark ?? 0);
  const asked = via?.vip ?? host;
  if (bindAddress !== undefined && familyOf(bindAddress) !== familyOf(asked))
    return refuse(
      context,
      `\`bindto\` ${bindAddress} and the target ${asked} are of different families`,
      placeOf(check, "bindto", "connect_ip"),
      `give an IPv${familyOf(asked)} address`,
    );
  if (bindInterface === undefined && host.startsWith("fe80:"))
    return refuse(
      context,
      `the link-local address ${quote(host)} can be reached only through a named interface`,
      placeOf(check, "connect_ip"),
      "add `bind_if`, or `connect_ip` with another address of the server",
    );
  const plain: Endpoint = { host, port };
  const isPlain =
    bindAddress === undefined && bindPort === undefined && bindInterface === undefined && fwmark === 0 && !via;
  // An object made of spreads takes twice the memory and time, and there are as many as there are checks.
  const endpoint = isPlain
    ? plain
    : {
        ...plain,
        ...(bindAddress !== undefined && { bindAddress }),
        ...(bindPort !== undefined && { bindPort }),
        ...(bindInterface !== undefined && { bindInterface }),
        ...(fwmark !== 0 && { fwmark }),
        ...(via && { via }),
      };
  const timeoutMs = check.connect_timeout ?? outer?.connect_timeout ?? server.connect_timeout ?? block.connect_timeout;
  return { endpoint, connectTimeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS };
}

function refuse({ problems }: ServerContext, message: string, at: Placed, hint: string): undefined {
  problems.error("check/address", message, at, { hint });
  return undefined;
}
