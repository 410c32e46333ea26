import type { Family } from "../core/ip.ts";

/** The kernel's IPVS table as values. Field meanings: uapi/linux/ip_vs.h (IPVS_SVC_ATTR_*, IPVS_DEST_ATTR_*). */
export type Protocol = "tcp" | "udp" | "sctp";

/** What identifies a virtual service to the kernel. A firewall mark has no protocol, address or port. */
export type ServiceId =
  | { readonly kind: "address"; readonly protocol: Protocol; readonly address: string; readonly port: number }
  | { readonly kind: "fwmark"; readonly family: Family; readonly fwmark: number };

export type Service = {
  readonly id: ServiceId;
  /** Kernel name: rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos. */
  readonly scheduler: string;
  /** IP_VS_SVC_F_PERSISTENT 1, HASHED 2 (kernel-internal, never compared), ONEPACKET 4, SCHED1..3 8 16 32. */
  readonly flags: number;
  /** Persistence timeout in seconds; 0 unless persistent. */
  readonly timeoutS: number;
  /** Persistence granularity as a prefix length: 32 or 128 means each client. */
  readonly netmaskBits: number;
  /** An IPv4 persistence mask that is no prefix ("0.0.0.24"), where another program set one; netmaskBits is then -1. */
  readonly oddNetmask?: string;
  /** Persistence engine ("sip"). */
  readonly engine?: string;
};

export type Tunnel =
  | { readonly type: "ipip" }
  | { readonly type: "gue"; readonly port: number; readonly checksum: "none" | "csum" | "remcsum" }
  | { readonly type: "gre"; readonly checksum: "none" | "csum" };

/** `local` (LOCALNODE) is what the kernel makes of any method when the destination is one of its own addresses. */
export type Forwarding =
  | { readonly method: "nat" | "dr" | "local" | "bypass" }
  | { readonly method: "tun"; readonly tunnel: Tunnel };

export type Destination = {
  readonly address: string;
  readonly port: number;
  readonly forwarding: Forwarding;
  readonly weight: number;
  /** Connection limits; 0 is off. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
};

export type TableEntry = { readonly service: Service; readonly destinations: ReadonlyMap<string, Destination> };

/** Keyed by serviceKey() and destinationKey(), in the order in which the entries are to be made. */
export type Table = ReadonlyMap<string, TableEntry>;

export const serviceKey = (id: ServiceId): string =>
  id.kind === "fwmark" ? `fwm${id.family}:${id.fwmark}` : `${id.protocol}:${id.address}:${id.port}`;

export const destinationKey = (d: Pick<Destination, "address" | "port">): string => `${d.address}:${d.port}`;

export const serviceFamily = (id: ServiceId): Family =>
  id.kind === "fwmark" ? id.family : id.address.includes(":") ? 6 : 4;

/** Counters and rates of a service or destination, as the kernel keeps them (IPVS_STATS_ATTR_*). */
export type Stats = {
  readonly connections: bigint;
  readonly packetsIn: bigint;
  readonly packetsOut: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
  readonly connectionsPerS: bigint;
  readonly packetsInPerS: bigint;
  readonly packetsOutPerS: bigint;
  readonly bytesInPerS: bigint;
  readonly bytesOutPerS: bigint;
};

/** What only a listing needs, beside the table proper. */
export type DestinationReading = {
  readonly destination: Destination;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly stats: Stats;
};
export type ServiceReading = {
  readonly service: Service;
  readonly stats: Stats;
  readonly destinations: readonly DestinationReading[];
};
export type ServiceEntry = Omit<ServiceReading, "destinations">;

/** A service as the kernel tells it, of which only the identity has been looked at. */
export type RawService = {
  readonly service: Service;
  /** All that is told of it and its destinations, but for what counts: while these are the same, so is the rest. A view, as
   *  all here valid while it is shown. */
  readonly bytes: Buffer;
  readonly destinations: () => readonly Destination[];
};

/** One sync daemon of the kernel (ipvsadm --start-daemon). A backup with syncId 0 accepts every id. Asked for without an
 *  option the kernel takes its own value; where it does not say one (before Linux 4.3, or by socket options) it is absent. */
export type SyncDaemon = SyncOptions & {
  readonly role: "master" | "backup";
  readonly interface: string;
  readonly syncId: number;
};

/** IPVS_DAEMON_ATTR_SYNC_MAXLEN (bytes, longest message), MCAST_PORT, MCAST_TTL, MCAST_GROUP and MCAST_GROUP6. */
export type SyncOptions = {
  readonly maxLength?: number;
  readonly port?: number;
  readonly ttl?: number;
  readonly group?: string;
};

/** Seconds without a packet after which the kernel forgets a connection (ipvsadm --set). */
export type Timeouts = { readonly tcpS: number; readonly tcpFinS: number; readonly udpS: number };

export type Command =
  | { readonly op: "addService" | "setService" | "delService"; readonly service: Service }
  | { readonly op: "addDest" | "setDest" | "delDest"; readonly service: Service; readonly destination: Destination };

/** A command the kernel refused: `errno` its name ("ESRCH"), `hint` the remedy in an administrator's words. */
export type CommandFailure = { readonly command: Command; readonly errno: string; readonly hint: string };

/** The kernel's IPVS as the rest of the program sees it. Two implementations: generic netlink, and the socket options of
 *  older kernels through FFI. Every method rejects with DirectorError when the kernel cannot be asked at all. */
export type IpvsClient = {
  readonly transport: "genl" | "sockopt";
  /** IPVS version of the kernel, and the size of its connection hash table. */
  info(): Promise<{ readonly version: string; readonly connectionTableSize: number }>;
  /** The whole table in the kernel's order. `counters` false here and below: nobody looks at `stats`, which may be all 0. */
  read(counters?: boolean): Promise<readonly ServiceReading[]>;
  /** Shows it service by service, for a look at whether anything has changed. Absent where that is no cheaper. */
  readRaw?(look: (raw: RawService) => void): Promise<void>;
  /** The services alone, in the kernel's order. */
  services(counters?: boolean): Promise<readonly ServiceEntry[]>;
  /** The destinations of one service; rejects with "ESRCH" where there is no such service. */
  destinations(id: ServiceId, counters?: boolean): Promise<readonly DestinationReading[]>;
  /** Runs the commands in order, many in flight at once, and reports those refused; the others hold. */
  apply(commands: readonly Command[]): Promise<readonly CommandFailure[]>;
  syncDaemons(): Promise<readonly SyncDaemon[]>;
  startSyncDaemon(daemon: SyncDaemon): Promise<void>;
  stopSyncDaemon(role: SyncDaemon["role"], syncId: number): Promise<void>;
  timeouts(): Promise<Timeouts>;
  /** What is left out stays as it is. */
  setTimeouts(timeouts: Partial<Timeouts>): Promise<void>;
  flush(): Promise<void>;
  /** Sets the counters of one service and its destinations, or of all, to 0; "ESRCH" where there is no such service. */
  zero(id?: ServiceId): Promise<void>;
  /** Why this way to the kernel cannot carry a service, or with `destination` that destination of it, whatever the kernel
   *  could: "IPv6 needs IPVS over generic netlink, which is not in use here". Absent where it carries everything. */
  readonly lacks?: (service: Service, destination?: Destination) => string | undefined;
  close(): void;
};
