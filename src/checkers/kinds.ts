import { commandText } from "../script/log-events.ts";
import { askedText, type Checker, type ProbeOf, type Starter, type Turn } from "./checker.ts";
import { dnsCheck } from "./dns.ts";
import { miscCheck } from "./misc.ts";
import type { Probe, Verdict } from "./model.ts";
import { pingCheck } from "./ping.ts";
import { smtpCheck } from "./smtp.ts";
import { startTcp, tcpCheck } from "./tcp.ts";
import { udpCheck } from "./udp.ts";

/** What a probe in flight holds: a connection being opened, a talk over a socket, or a process. Each is bounded on its own. */
export type Slot = "connect" | "socket" | "process";

/** What the runner must know of a kind of checker. A new kind is one file with its Checker, and one row here. */
type Kind<K extends Probe["kind"]> = {
  readonly slot: Slot;
  /** What is probed, for `status`. */
  readonly target: (probe: ProbeOf<K>) => string;
  readonly load: () => Promise<Program<ProbeOf<K>>> | Program<ProbeOf<K>>;
};

/** `start` in place of `check`, of a kind that is run without promises. */
type Program<P extends Probe> = { readonly check: Checker<P>; readonly start?: Starter<P> };

type EndpointProbe = Extract<Probe, { readonly endpoint: unknown }>;
const endpointOf = ({ endpoint }: EndpointProbe): string => askedText(endpoint);

const grpcTarget = (probe: ProbeOf<"GRPC_CHECK">): string =>
  probe.service === "" ? endpointOf(probe) : `${endpointOf(probe)} ${probe.service}`;

const kinds: { readonly [K in Probe["kind"]]: Kind<K> } = {
  TCP_CHECK: { slot: "connect", target: endpointOf, load: () => ({ check: tcpCheck, start: startTcp }) },
  // The HTTP client is large: a director without such checks does not load it.
  HTTP_GET: {
    slot: "socket",
    target: endpointOf,
    load: async () => {
      const { httpCheck, startHttp } = await import("./http.ts");
      return { check: httpCheck, start: startHttp };
    },
  },
  SSL_GET: {
    slot: "socket",
    target: endpointOf,
    load: async () => ({ check: (await import("./ssl.ts")).sslCheck }),
  },
  MISC_CHECK: { slot: "process", target: ({ script }) => commandText(script), load: () => ({ check: miscCheck }) },
  SMTP_CHECK: { slot: "socket", target: endpointOf, load: () => ({ check: smtpCheck }) },
  DNS_CHECK: { slot: "socket", target: endpointOf, load: () => ({ check: dnsCheck }) },
  UDP_CHECK: { slot: "socket", target: endpointOf, load: () => ({ check: udpCheck }) },
  GRPC_CHECK: {
    slot: "socket",
    target: grpcTarget,
    load: async () => ({ check: (await import("./grpc.ts")).grpcCheck }),
  },
  PING_CHECK: { slot: "socket", target: endpointOf, load: () => ({ check: pingCheck }) },
};

type AnyProgram = {
  readonly check: (probe: Probe, turn: Turn, signal: AbortSignal) => Promise<Verdict>;
  readonly start?: Starter<Probe>;
};
const loaded = new Map<Probe["kind"], AnyProgram>();

export const slotOf = (probe: Probe): Slot => kinds[probe.kind].slot;

export const targetOf = (probe: Probe): string => (kinds[probe.kind] as Kind<Probe["kind"]>).target(probe as never);

async function load(kind: Probe["kind"]): Promise<AnyProgram> {
  const program = loaded.get(kind) ?? ((await kinds[kind].load()) as AnyProgram);
  loaded.set(kind, program);
  return program;
}

/** Loads what these kinds need, which takes a busy machine long enough to look hung: before anybody waits for a heartbeat. */
export const loadKinds = async (wanted: ReadonlySet<Probe["kind"]>): Promise<void> => {
  for (const kind of wanted) await load(kind);
};

/** Runs the checker of the probe's kind, loading it where a reload has brought its first. */
export async function runProbe(probe: Probe, turn: Turn, signal: AbortSignal): Promise<Verdict> {
  const { check } = loaded.get(probe.kind) ?? (await load(probe.kind));
  return check(probe, turn, signal);
}

/** Begins a probe of a kind that is run without promises, and that has been loaded; undefined for the others. */
export const startProbe = (
  probe: Probe,
  turn: Turn,
  onVerdict: (verdict: Verdict) => void,
): { cancel(): void } | undefined => loaded.get(probe.kind)?.start?.(probe, turn, onVerdict);
