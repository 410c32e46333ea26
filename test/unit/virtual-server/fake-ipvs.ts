import { DirectorError } from "../../../src/core/errors.ts";
import { noStats } from "../../../src/ipvs/kernel-values.ts";
import {
  type Command,
  type CommandFailure,
  type Destination,
  type DestinationReading,
  destinationKey,
  type IpvsClient,
  type Service,
  type ServiceReading,
  type SyncDaemon,
  serviceKey,
  type Timeouts,
} from "../../../src/ipvs/model.ts";

/** A kernel's IPVS in memory, which refuses what IPVS refuses. */
export class FakeIpvs implements IpvsClient {
  readonly transport = "genl";
  readonly table = new Map<string, { service: Service; destinations: Map<string, Destination> }>();
  /** Every command that was tried, in order. */
  readonly commands: Command[] = [];
  /** After each command that took away or added something: "SERVICE: N destinations with weight". */
  readonly emptied: string[] = [];
  reads = 0;
  daemons: SyncDaemon[] = [];
  /** errno by which a command is refused; undefined: as the kernel would. */
  refuse: (command: Command) => string | undefined = () => undefined;
  unreachable = false;
  closed = false;

  info = async () => ({ version: "1.2.1", connectionTableSize: 4096 });

  async read(): Promise<readonly ServiceReading[]> {
    this.#ask();
    this.reads += 1;
    return [...this.table.values()].map(({ service, destinations }) => ({
      service,
      stats: noStats,
      destinations: [...destinations.values()].map((destination) => ({
        destination,
        activeConnections: this.active.get(destinationKey(destination)) ?? 0,
        inactiveConnections: 0,
        persistentConnections: 0,
        stats: noStats,
      })),
    }));
  }

  /** Open connections by destinationKey(). */
  readonly active = new Map<string, number>();
  async destinations(id: Service["id"]): Promise<readonly DestinationReading[]> {
    const key = serviceKey(id);
    const found = (await this.read()).find(({ service }) => serviceKey(service.id) === key);
    if (!found) throw new DirectorError("ESRCH", "it is not in the table");
    return found.destinations;
  }

  async apply(commands: readonly Command[]): Promise<readonly CommandFailure[]> {
    this.#ask();
    const failures: CommandFailure[] = [];
    for (const command of commands) {
      this.commands.push(command);
      const errno = this.refuse(command) ?? this.run(command);
      if (errno) failures.push({ command, errno, hint: "see the kernel's log" });
      else this.#watch(command);
    }
    return failures;
  }

  /** Carries a command out, or says why not. */
  run(command: Command): string | undefined {
    const key = serviceKey(command.service.id);
    const entry = this.table.get(key);
    if (command.op === "addService") {
      if (entry) return "EEXIST";
      this.table.set(key, { service: command.service, destinations: new Map() });
      return undefined;
    }
    if (!entry) return "ESRCH";
    if (command.op === "setService") entry.service = command.service;
    else if (command.op === "delService") this.table.delete(key);
    else if ("destination" in command) return runOnDestination(command, entry.destinations);
    return undefined;
  }

  #watch(command: Command): void {
    const entry = this.table.get(serviceKey(command.service.id));
    if (!entry || command.op === "addService") return;
    if (![...entry.destinations.values()].some(({ weight }) => weight > 0)) this.emptied.push(command.op);
  }

  #ask(): void {
    if (this.unreachable) throw new DirectorError("EIO", "the kernel does not answer");
  }

  syncDaemons = async (): Promise<readonly SyncDaemon[]> => this.daemons;
  async startSyncDaemon(daemon: SyncDaemon): Promise<void> {
    if (this.daemons.some(({ role }) => role === daemon.role)) throw new DirectorError("EEXIST", "it runs already");
    this.daemons = [...this.daemons, daemon];
  }
  async stopSyncDaemon(role: SyncDaemon["role"]): Promise<void> {
    this.daemons = this.daemons.filter((daemon) => daemon.role !== role);
  }
  kernelTimeouts: Timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
  timeouts = async (): Promise<Timeouts> => this.kernelTimeouts;
  async setTimeouts(timeouts: Partial<Timeouts>): Promise<void> {
    this.kernelTimeouts = { ...this.kernelTimeouts, ...timeouts };
  }
  async flush(): Promise<void> {
    this.#ask();
    this.table.clear();
  }
  services = (): Promise<readonly ServiceReading[]> => this.read();
  zero = async (): Promise<void> => {};
  close(): void {
    this.closed = true;
  }

  /** "10.0.1.1:80 → 10.0.0.2:80 w1, …" for each service. */
  show(): string[] {
    return [...this.table.values()].map(({ service, destinations }) => {
      const id = service.id.kind === "fwmark" ? `fwm ${service.id.fwmark}` : `${service.id.address}:${service.id.port}`;
      const list = [...destinations].map(([key, { weight }]) => `${key} w${weight}`).sort();
      return `${id} → ${list.join(", ")}`;
    });
  }
}

function runOnDestination(
  command: Extract<Command, { destination: unknown }>,
  destinations: Map<string, Destination>,
): string | undefined {
  const key = destinationKey(command.destination);
  if (command.op === "addDest" && destinations.has(key)) return "EEXIST";
  if (command.op !== "addDest" && !destinations.has(key)) return "ENOENT";
  if (command.op === "delDest") destinations.delete(key);
  else destinations.set(key, command.destination);
  return undefined;
}
