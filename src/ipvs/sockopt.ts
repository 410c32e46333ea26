import { setImmediate as nextTurn } from "node:timers/promises";
import { DirectorError, errnoCode } from "../core/errors.ts";
import { errnoName } from "../netlink/message.ts";
import { here, type Inside } from "../netlink/socket.ts";
import { versionText } from "./kernel-values.ts";
import type {
  Command,
  CommandFailure,
  Destination,
  DestinationReading,
  IpvsClient,
  Service,
  ServiceId,
  ServiceReading,
  SyncDaemon,
  Timeouts,
} from "./model.ts";
import { askError, daemonError, refusal } from "./refusal.ts";
import * as structs from "./sockopt-structs.ts";

/** IPVS over getsockopt/setsockopt on a raw IPv4 socket, as kernels had it before generic netlink and still have.
 *  IPv4 only. The calls are synchronous: every COMMANDS_PER_TURN of them the event loop gets its turn. */

const AF_INET = 2;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const IPPROTO_IP = 0;
const IPPROTO_RAW = 255;
const COMMANDS_PER_TURN = 64;
const READ_ATTEMPTS = 5;

/** libc's calls by FFI: zero, or the errno's name. */
type Libc = {
  get(option: number, value: Buffer): string | undefined;
  set(option: number, value: Buffer): string | undefined;
  close(): void;
};

/** Rejects with DirectorError: "EPERM" without CAP_NET_RAW and CAP_NET_ADMIN, "ENOPROTOOPT" when the kernel has no IPVS. */
export async function openSockoptClient(inside: Inside = here): Promise<IpvsClient> {
  const libc = await openLibc(inside);
  const failed = libc.get(structs.getOptions.info, Buffer.alloc(structs.INFO_BYTES));
  if (failed === undefined) return new SockoptClient(libc);
  libc.close();
  throw askError("reach IPVS by socket options", new DirectorError(failed, `getsockopt answered ${failed}`));
}

async function openLibc(inside: Inside): Promise<Libc> {
  const { default: koffi } = await import("koffi");
  const file = ["libc.so.6", "libc.so", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];
  const libc = firstThatLoads(file, (name) => koffi.load(name));
  const socket = libc.func("int socket(int domain, int type, int protocol)");
  const close = libc.func("int close(int fd)");
  const getsockopt = libc.func("int getsockopt(int fd, int level, int option, void *value, void *length)");
  const setsockopt = libc.func("int setsockopt(int fd, int level, int option, const void *value, uint32_t length)");
  const outcome = (result: number): string | undefined =>
    result === 0 ? undefined : (errnoName(koffi.errno()) ?? "EIO");

  const fd: number = inside(() => socket(AF_INET, SOCK_RAW_CLOEXEC, IPPROTO_RAW));
  if (fd < 0) {
    const errno = errnoName(koffi.errno()) ?? "EIO";
    throw askError("reach IPVS by socket options", new DirectorError(errno, `socket answered ${errno}`));
  }
  return {
    get: (option, value) => outcome(getsockopt(fd, IPPROTO_IP, option, value, new Uint32Array([value.length]))),
    set: (option, value) => outcome(setsockopt(fd, IPPROTO_IP, option, value, value.length)),
    close: () => close(fd),
  };
}

function firstThatLoads<T>(names: readonly string[], load: (name: string) => T): T {
  const reasons: unknown[] = [];
  for (const name of names) {
    try {
      return load(name);
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new DirectorError("ipvs/libc", `cannot load the C library (${names.join(", ")})`, { cause: reasons[0] });
}

class SockoptClient implements IpvsClient {
  readonly transport = "sockopt";
  readonly #libc: Libc;
  #open = true;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  async info(): Promise<{ version: string; connectionTableSize: number }> {
    const { version, tableSize } = this.#info();
    return { version: versionText(version), connectionTableSize: tableSize };
  }

  async read(): Promise<readonly ServiceReading[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#readOnce();
      } catch (error) {
        // Another program changed the table between two calls: a buffer no longer fits, or a service is gone.
        const changed = ["EINVAL", "ESRCH", "EAGAIN"].includes(errnoCode(error) ?? "");
        if (!changed || attempt === READ_ATTEMPTS) throw error;
      }
    }
  }

  async services(): Promise<readonly ServiceReading[]> {
    return this.read();
  }

  async destinations(id: ServiceId): Promise<readonly DestinationReading[]> {
    const what = "read a service of IPVS";
    const entry = structs.serviceBuffer(id);
    if (!entry) throw askError(what, new DirectorError("ESRCH", "it is not in the table")); // no IPv6 by this way
    this.#get(what, structs.getOptions.service, entry);
    const buffer = structs.destinationsBuffer(id, structs.destinationsIn(entry));
    this.#get(what, structs.getOptions.dests, buffer);
    return structs.decodeDestinations(buffer);
  }

  async #readOnce(): Promise<ServiceReading[]> {
    const { services: count } = this.#info();
    const buffer = structs.servicesBuffer(count);
    this.#get("read the IPVS services", structs.getOptions.services, buffer);
    const services = structs.decodeServices(buffer);
    const readings: ServiceReading[] = [];
    for (const { destinations, ...entry } of services) {
      const buffer = structs.destinationsBuffer(entry.service.id, destinations);
      this.#get("read the IPVS destinations", structs.getOptions.dests, buffer);
      readings.push({ ...entry, destinations: structs.decodeDestinations(buffer) });
      if (readings.length % COMMANDS_PER_TURN === 0) await nextTurn();
    }
    if (services.length !== count || this.#info().services !== count)
      throw askError("read the IPVS table", new DirectorError("EAGAIN", "it changed meanwhile, again and again"));
    return readings;
  }

  async apply(list: readonly Command[]): Promise<readonly CommandFailure[]> {
    const failures: CommandFailure[] = [];
    for (const [index, command] of list.entries()) {
      if (index > 0 && index % COMMANDS_PER_TURN === 0) await nextTurn();
      const failure = this.#applyOne(command);
      if (failure?.errno === "EPERM")
        throw askError("program IPVS", new DirectorError("EPERM", "setsockopt answered EPERM"));
      if (failure) failures.push(failure);
    }
    return failures;
  }

  #applyOne(command: Command): CommandFailure | undefined {
    const destination = "destination" in command ? command.destination : undefined;
    const hint = this.lacks(command.service, destination);
    if (hint !== undefined) return { command, errno: "EAFNOSUPPORT", hint };
    try {
      const value = destination
        ? structs.encodeDestination(command.service, destination)
        : structs.encodeService(command.service);
      const errno = this.#set(structs.setOptions[command.op], value);
      return errno === undefined ? undefined : refusal(command, errno);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return refusal(command, "ERANGE", error.message);
    }
  }

  readonly lacks = (service: Service, destination?: Destination): string | undefined => {
    const wanting = structs.unsupported(service, destination);
    return wanting === undefined ? undefined : `${wanting} IPVS over generic netlink, which is not in use here`;
  };

  async syncDaemons(): Promise<readonly SyncDaemon[]> {
    const buffer = structs.daemonsBuffer();
    this.#get("ask IPVS for its sync daemons", structs.getOptions.daemons, buffer);
    return structs.decodeDaemons(buffer);
  }

  async startSyncDaemon(daemon: SyncDaemon): Promise<void> {
    const wanting = structs.unsupportedDaemon(daemon);
    if (wanting !== undefined)
      throw daemonError("start", daemon, new DirectorError("EOPNOTSUPP", `${wanting} IPVS over generic netlink`));
    const errno = this.#set(structs.setOptions.startDaemon, structs.encodeDaemon(daemon));
    if (errno !== undefined)
      throw daemonError("start", daemon, new DirectorError(errno, `setsockopt answered ${errno}`));
  }

  async stopSyncDaemon(role: SyncDaemon["role"], syncId: number): Promise<void> {
    const errno = this.#set(structs.setOptions.stopDaemon, structs.encodeDaemon({ role, interface: "", syncId }));
    if (errno !== undefined)
      throw daemonError("stop", { role }, new DirectorError(errno, `setsockopt answered ${errno}`));
  }

  async timeouts(): Promise<Timeouts> {
    const buffer = structs.timeoutsBuffer({});
    this.#get("ask IPVS for its timeouts", structs.getOptions.timeouts, buffer);
    return structs.decodeTimeouts(buffer);
  }

  async setTimeouts(timeouts: Partial<Timeouts>): Promise<void> {
    const errno = this.#set(structs.setOptions.setTimeouts, structs.timeoutsBuffer(timeouts));
    if (errno !== undefined)
      throw askError("set the timeouts of IPVS", new DirectorError(errno, `setsockopt answered ${errno}`));
  }

  async flush(): Promise<void> {
    const errno = this.#set(structs.setOptions.flush, Buffer.alloc(0));
    if (errno !== undefined)
      throw askError("empty the IPVS table", new DirectorError(errno, `setsockopt answered ${errno}`));
  }

  async zero(id?: ServiceId): Promise<void> {
    const errno = this.#set(structs.setOptions.zero, structs.encodeIdentity(id));
    if (errno !== undefined)
      throw askError("set the counters of IPVS to 0", new DirectorError(errno, `setsockopt answered ${errno}`));
  }

  close(): void {
    if (this.#open) this.#libc.close();
    this.#open = false;
  }

  #info() {
    const buffer = Buffer.alloc(structs.INFO_BYTES);
    this.#get("ask IPVS for its version", structs.getOptions.info, buffer);
    return structs.decodeInfo(buffer);
  }

  #get(what: string, option: number, value: Buffer): void {
    const errno = this.#open ? this.#libc.get(option, value) : "EBADF";
    if (errno !== undefined) throw askError(what, new DirectorError(errno, `getsockopt answered ${errno}`));
  }

  #set(option: number, value: Buffer): string | undefined {
    return this.#open ? this.#libc.set(option, value) : "EBADF";
  }
}
