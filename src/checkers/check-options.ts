import { address } from "../config/addresses.ts";
import { row, type ValueType } from "../config/row.ts";
import { int, interfaceName, MANY_SECONDS, MAX_UINT32, optionalBool, seconds } from "../config/types.ts";

/** The keywords that checks have in common. */
type CommonKeyword =
  | "connect_ip"
  | "connect_port"
  | "connect_timeout"
  | "bindto"
  | "bind_port"
  | "bind_if"
  | "fwmark"
  | "retry"
  | "delay_before_retry"
  | "warmup"
  | "delay_loop"
  | "alpha"
  | "log_all_failures";

/** The keepalived versions that brought them to a block. */
export type Since = { readonly [K in CommonKeyword]?: string };

/** A check that has had all common keywords from its first version on. */
export const allSince = (version: string): Required<Since> => ({
  connect_ip: version,
  connect_port: version,
  connect_timeout: version,
  bindto: version,
  bind_port: version,
  bind_if: version,
  fwmark: version,
  retry: version,
  delay_before_retry: version,
  warmup: version,
  delay_loop: version,
  alpha: version,
  log_all_failures: version,
});

/** A block with the common keywords. `retry` and `delayBeforeRetry` are the defaults where nothing encloses it that gives
 *  one, in words. */
export type CheckFacts<B extends string> = {
  readonly in: B;
  readonly since: Since;
  readonly retry?: string;
  readonly delayBeforeRetry?: string;
};

const ENCLOSING = "the real server's, then the virtual server's";

type TimingFacts<B extends string> = {
  readonly in: B;
  readonly since: Since;
  readonly minRetry: 0 | 1;
  readonly retry: string;
  readonly delayBeforeRetry: string;
  readonly warmup: string;
  readonly delayLoop: string;
};

/** Times and counts of a real server's checks; the same keywords stand in virtual_server, real_server and the checkers,
 *  and the innermost counts. */
export const timingRows = <const B extends string>(facts: TimingFacts<B>) => {
  const at = { in: facts.in, process: "checker" } as const;
  const retry = row({
    ...at,
    name: "retry",
    type: int({ min: facts.minRetry, max: MAX_UINT32 }),
    defaultText: facts.retry,
    doc: "Extra failing attempts before a server that was up is taken out. The very first failure after the start counts at once.",
    example: "retry 3",
    since: facts.since.retry ?? "",
  });
  return {
    retry,
    rows: [
      retry,
      row({
        ...at,
        name: "delay_before_retry",
        type: seconds({ minS: 0, maxS: MANY_SECONDS }),
        defaultText: facts.delayBeforeRetry,
        doc: "Time between attempts while retrying.",
        example: "delay_before_retry 3",
        since: facts.since.delay_before_retry ?? "",
      }),
      row({
        ...at,
        name: "warmup",
        type: seconds({ minS: 0, maxS: MANY_SECONDS }),
        defaultText: facts.warmup,
        doc: "The first check comes 1 s plus a random part of this after the start; 0: no random part.",
        example: "warmup 2.5",
        since: facts.since.warmup ?? "",
      }),
      row({
        ...at,
        name: "delay_loop",
        type: seconds({ minS: 0.000001, maxS: MANY_SECONDS }),
        defaultText: facts.delayLoop,
        doc: "Time from the end of one check to the start of the next.",
        example: "delay_loop 3",
        since: facts.since.delay_loop ?? "",
      }),
    ],
  } as const;
};

/** connect_timeout of a check, or of the blocks around it. */
export const connectTimeout = <const B extends string>(inBlock: B, since: string, defaultText: string) =>
  row({
    in: inBlock,
    process: "checker",
    name: "connect_timeout",
    type: seconds({ minS: 0.000001, maxS: 4294.967295 }),
    defaultText,
    doc: "Limit for connecting, and for each wait for an answer after that.",
    example: "connect_timeout 10",
    since,
  });

/** What every check has. */
export const checkRows = <const B extends string>(facts: CheckFacts<B>) => {
  const at = { in: facts.in, process: "checker" } as const;
  const timing = timingRows({
    in: facts.in,
    since: facts.since,
    minRetry: 0,
    retry: `${ENCLOSING}, then ${facts.retry ?? "1"}`,
    delayBeforeRetry: `${ENCLOSING}, then ${facts.delayBeforeRetry ?? "1"}`,
    warmup: `${ENCLOSING}, then \`delay_loop\``,
    delayLoop: `${ENCLOSING}, which is 60 unless given`,
  });
  return {
    retry: timing.retry,
    rows: [
      ...timing.rows,
      row({
        ...at,
        name: "alpha",
        type: optionalBool(),
        defaultText: ENCLOSING,
        doc: "Counts as failed until its first success, so that the server joins only then.",
        example: "alpha",
        since: facts.since.alpha ?? "",
      }),
      row({
        ...at,
        name: "log_all_failures",
        type: optionalBool(),
        defaultText: "`checker_log_all_failures`",
        doc: "Log each failing attempt, not only changes.",
        example: "log_all_failures",
        since: facts.since.log_all_failures ?? "",
      }),
    ],
  } as const;
};

/** `[IPADDR]`; without an address, the obvious one. */
function optionalAddress(): ValueType<string | true> {
  const given = address();
  return { ...given, syntax: `[${given.syntax}]`, read: (words) => (words.peek() ? given.read(words) : true) };
}

/** A check that sends packets: where to, and where from. Without ports: one that has none (ICMP). */
export const connectionRows = <const B extends string>(facts: CheckFacts<B> & { readonly portless?: boolean }) => {
  const at = { in: facts.in, process: "checker" } as const;
  const checks = checkRows(facts);
  const portless = facts.portless === true ? { noEffect: "ICMP has no ports" } : {};
  return {
    retry: checks.retry,
    rows: [
      row({
        ...at,
        name: "connect_ip",
        type: address(),
        defaultText: "the real server's address",
        doc: "Address to check instead.",
        example: "connect_ip 192.168.1.110",
        since: facts.since.connect_ip ?? "",
      }),
      row({
        ...at,
        name: "connect_port",
        type: int({ min: 1, max: 65_535 }),
        defaultText: "the real server's port",
        doc: "Port to check instead.",
        example: "connect_port 8080",
        since: facts.since.connect_port ?? "",
        ...portless,
      }),
      connectTimeout(facts.in, facts.since.connect_timeout ?? "", `${ENCLOSING}, which is 5 unless given`),
      row({
        ...at,
        name: "bindto",
        type: address(),
        defaultText: "the kernel's choice",
        doc: "Source address of the check.",
        example: "bindto 192.168.1.1",
        since: facts.since.bindto ?? "",
      }),
      row({
        ...at,
        name: "bind_port",
        type: int({ min: 1, max: 65_535 }),
        defaultText: "the kernel's choice",
        doc: "Source port of the check. A TCP connection from it is reset at its end, so that the next check can have it.",
        example: "bind_port 40000",
        since: facts.since.bind_port ?? "",
        ...portless,
      }),
      row({
        ...at,
        name: "bind_if",
        type: interfaceName(),
        doc: "Interface the check leaves by; a link-local address needs it.",
        example: "bind_if eth1",
        since: facts.since.bind_if ?? "",
        rfc: "SO_BINDTODEVICE, socket(7)",
      }),
      row({
        ...at,
        name: "fwmark",
        type: int({ min: 0, max: MAX_UINT32 }),
        default: 0,
        doc: "Firewall mark of the check's packets, for a routing rule to go by; 0: none.",
        example: "fwmark 7",
        since: facts.since.fwmark ?? "",
        rfc: "SO_MARK, socket(7)",
      }),
      row({
        ...at,
        name: "via_vip",
        type: optionalAddress(),
        defaultText: "off: the real server's own address is asked; without an address, that of the virtual server",
        doc: "Ask at the virtual address, by packets that reach this real server as clients' do, so that one without the address on its loopback interface is found out. Behind DR or TUN; a UDP_CHECK needs `require_reply` with it. Not known to keepalived.",
        example: "via_vip",
        since: "lvskeeper 0.1",
      }),
      ...checks.rows,
    ],
  } as const;
};
