import type { Request } from "./request.ts";

/** What ipvsadm 1.31 says of an errno, by what was attempted. `perform` is the command's own name or the request's. */

const service = { ESRCH: "No such service" };
const destination = { ESRCH: "Service not defined", ENOENT: "No such destination" };

const own: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  addService: { EEXIST: "Service already exists", ENOENT: "Scheduler or persistence engine not found" },
  setService: { ...service, ENOENT: "Scheduler or persistence engine not found" },
  delService: service,
  zero: service,
  list: service,
  addDest: { EEXIST: "Destination already exists", ESRCH: destination.ESRCH },
  setDest: destination,
  delDest: destination,
  startDaemon: { EEXIST: "Daemon has already run" },
  stopDaemon: { ESRCH: "No daemon is running" },
};

const anywhere: Readonly<Record<string, string>> = {
  EPERM: "Permission denied (you must be root)",
  EINVAL: "Invalid operation.  Possibly wrong module version, address not unicast, ...",
  ENOPROTOOPT: "Protocol not available",
  ENOMEM: "Memory allocation problem",
  EOPNOTSUPP: "Operation not supported with IPv6",
  EAFNOSUPPORT: "Operation not supported with specified address family",
  EMSGSIZE: "Module is wrong version",
};

/** The C library's words for the errnos that the kernel's IPVS answers with. */
const common: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  ESRCH: "No such process",
  EIO: "Input/output error",
  ENXIO: "No such device or address",
  EACCES: "Permission denied",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  ENODEV: "No such device",
  ERANGE: "Numerical result out of range",
  EOVERFLOW: "Value too large for defined data type",
  EPROTONOSUPPORT: "Protocol not supported",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ENETDOWN: "Network is down",
  ENETUNREACH: "Network is unreachable",
  ENOBUFS: "No buffer space available",
  EINTR: "Interrupted system call",
  EAGAIN: "Resource temporarily unavailable",
};

export function refusedText(request: Request, errno: string): string {
  const what = request.do === "change" ? request.command.op : request.do;
  const isWhole = request.do === "list" && !request.id;
  return (isWhole ? undefined : own[what]?.[errno]) ?? anywhere[errno] ?? common[errno] ?? errno;
}
