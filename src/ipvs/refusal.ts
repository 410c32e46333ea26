import { DirectorError, errnoCode, messageOf } from "../core/errors.ts";
import type { Command, CommandFailure, SyncDaemon } from "./model.ts";

/** What the kernel's refusals mean and what to do about them, in an administrator's words. */

const privilege = "run as root, or with CAP_NET_ADMIN";

/** errno → remedy, by what was attempted. The kernel's reasons: net/netfilter/ipvs/ip_vs_ctl.c. */
const hints: Readonly<Record<Command["op"], Readonly<Record<string, (command: Command) => string>>>> = {
  addService: {
    EEXIST: () => "the virtual service is in the table already; see who else programs IPVS",
    ENOENT: missingModule,
    EINVAL: () => "check the persistence netmask (IPv6: a prefix length of 1 to 128) and the scheduler's flags",
    EAFNOSUPPORT: () => "this kernel's IPVS is built without IPv6",
  },
  setService: {
    ESRCH: () => "the virtual service is not in the table any more; something else removed it",
    ENOENT: missingModule,
    EINVAL: () => "check the persistence netmask (IPv6: a prefix length of 1 to 128) and the scheduler's flags",
  },
  delService: { ESRCH: () => "the virtual service was gone already" },
  addDest: {
    EEXIST: () => "the real server is in the virtual service already; see who else programs IPVS",
    ESRCH: () => "its virtual service is not in the table",
    EINVAL: invalidDestination,
    ERANGE: () => "the weight is negative, or the lower connection threshold is above the upper one",
    EOPNOTSUPP: () => "this kernel cannot forward to it that way",
  },
  setDest: {
    ENOENT: () => "the real server is not in the virtual service any more; something else removed it",
    ESRCH: () => "its virtual service is not in the table any more; something else removed it",
    EINVAL: invalidDestination,
    ERANGE: () => "the weight is negative, or the lower connection threshold is above the upper one",
  },
  delDest: {
    ENOENT: () => "the real server was gone already",
    ESRCH: () => "its virtual service was gone already",
  },
};

function missingModule({ service }: Command): string {
  const engine = service.engine === undefined ? "" : ` and persistence engine \`${service.engine}\``;
  const modules = [
    `ip_vs_${service.scheduler}`,
    ...(service.engine === undefined ? [] : [`ip_vs_pe_${service.engine}`]),
  ];
  return `the kernel needs scheduler \`${service.scheduler}\`${engine}: modprobe ${modules.join(" ")}`;
}

function invalidDestination(command: Command): string {
  const tunnel = "a real server of another address family than its virtual service needs method TUN";
  if (!("destination" in command)) return tunnel;
  const { address } = command.destination;
  return `${address} must be a unicast address that is not this host's broadcast or a multicast one; ${tunnel}`;
}

const anywhere: Readonly<Record<string, string>> = {
  EPERM: privilege,
  ENOMEM: "the kernel is out of memory",
  ENOBUFS: "the kernel's answer was lost; the table has to be read again",
  ERANGE: "a value is out of the range that the kernel accepts",
};

/** `said`: further words about it, of the kernel or of the encoder. */
export function refusal(command: Command, errno: string, said?: string): CommandFailure {
  const known = hints[command.op][errno]?.(command) ?? anywhere[errno];
  const hint = [known, said].filter((part) => part !== undefined).join("; ");
  return { command, errno, hint: hint === "" ? "the kernel gives no other reason" : hint };
}

const daemonHints: Readonly<Record<string, string>> = {
  EPERM: privilege,
  ENODEV: "the interface does not exist",
  EADDRNOTAVAIL: "the interface has no address, or cannot multicast",
  EEXIST: "it runs already",
  ESRCH: "it does not run",
  EOPNOTSUPP: "remove these options from `lvs_sync_daemon`, or run where generic netlink can be had",
  EINVAL: "virtual services with real servers of the other address family exclude connection synchronisation",
};

/** The error of a failed call on a sync daemon; its code is the errno. */
export function daemonError(
  what: "start" | "stop",
  daemon: Pick<SyncDaemon, "role"> & Partial<SyncDaemon>,
  cause: unknown,
) {
  const code = errnoCode(cause) ?? "EIO";
  const where = daemon.interface === undefined ? "" : ` on ${daemon.interface}`;
  const hint = daemonHints[code];
  return new DirectorError(code, `cannot ${what} the ${daemon.role} sync daemon${where}: ${messageOf(cause)}`, {
    cause,
    ...(hint !== undefined && { hint }),
  });
}

/** The error of a call that asked the kernel for `what`; its code is the errno. */
export function askError(what: string, cause: unknown): DirectorError {
  const code = errnoCode(cause) ?? "EIO";
  const hint = code === "EPERM" ? privilege : cause instanceof DirectorError ? cause.hint : undefined;
  return new DirectorError(code, `cannot ${what}: ${messageOf(cause)}`, { cause, ...(hint !== undefined && { hint }) });
}
