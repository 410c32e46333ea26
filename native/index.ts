import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** What JavaScript cannot do on Linux. Calls that open something throw what node:net throws ({ code: "EPERM", errno: -1,
 *  syscall }); calls on the packet path return a byte count or a negative errno instead, so that EAGAIN costs nothing. */
export type Native = {
  /** A bound, non-blocking AF_NETLINK socket (NETLINK_ROUTE 0, NETLINK_GENERIC 16) with capped and extended acks. */
  openNetlink(protocol: number, receiveBufferBytes: number): number;
  joinNetlinkGroup(fd: number, group: number): void;
  /** A raw IP socket for `protocol` (112 VRRP), header included on send, bound to the interface or VRF ("": to none), joined
   *  to `group` if one is given, own packets not looped back. EPERM without CAP_NET_RAW; ENODEV when the interface is
   *  missing. */
  openRawIp(protocol: number, family: 4 | 6, interfaceName: string, receiveBufferBytes: number, group?: string): number;
  /** Runs `work`, which may not wait, in the network namespace of a file (/run/netns/NAME, /proc/PID/ns/net), and gives what
   *  it gives: sockets opened by it stay there. ENOENT; EPERM without CAP_SYS_ADMIN. */
  inNetworkNamespace<T>(file: string, work: () => T): T;
  /** Adverts that a thread sends through a raw IP socket, one packet to each of `destinations`; docs/decisions/0020.
   *  `repeats`: one advert again and again, over IPv4 each packet with the next number (1 to 65535, round and round). */
  openBeat(fd: number, destinations: readonly string[], repeats: boolean): NativeBeat;
  /** CLOCK_MONOTONIC, the clock of a beat. */
  monotonicMs(): number;
  /** An AF_PACKET socket for sending frames only; it receives nothing. */
  openPacket(): number;
  /** An AF_PACKET socket on an interface that sends frames, and is handed those of an Ethernet type that come in and pass
   *  `filter`: struct sock_filter of linux/filter.h, offsets from the Ethernet header on. EPERM without CAP_NET_RAW; ENODEV;
   *  EINVAL for a filter that the kernel does not take. */
  openFiltered(interfaceIndex: number, etherType: number, filter: Uint8Array): number;
  /** A non-blocking AF_UNIX datagram socket connected to `path` (/dev/log). */
  openUnixDatagram(path: string): number;
  /** A UDP socket bound to an address ("0.0.0.0" and "::": any) and a port, that sends with this TTL or hop limit as network
   *  control traffic. EADDRINUSE, EADDRNOTAVAIL. */
  openUdp(address: string, port: number, hops: number): number;
  /** Bytes sent or -errno; -ECONNREFUSED and the like may be of a datagram before. */
  sendUdp(fd: number, data: Uint8Array, address: string, port: number): number;
  /** One datagram into `buffer`: its length (larger than the buffer: cut), or -errno. `about` tells of it in network order:
   *  0-15 where it is from, 16-31 where it was sent to (4 bytes for IPv4), 32 TTL or hop limit as it came in, 34-35 port it
   *  is from, 36-39 index of the interface. */
  receiveUdp(fd: number, buffer: Uint8Array, about: Uint8Array): number;
  /** A socket of a health check that is neither bound nor connected: "ping" is a datagram socket for ICMP, "icmp" a raw one
   *  that is handed echo replies only. `interfaceName` "" and `mark` 0: none. `resetAtEnd`: closing it resets the connection.
   *  ENODEV when the interface is missing, EACCES for "ping" outside of net.ipv4.ping_group_range, EPERM for "icmp" without
   *  CAP_NET_RAW or a mark without CAP_NET_ADMIN. */
  openProbe(
    kind: "tcp" | "udp" | "ping" | "icmp",
    family: 4 | 6,
    interfaceName: string,
    mark: number,
    resetAtEnd: boolean,
  ): number;
  /** bind(2), where there is an address or a port, and connect(2) of such a datagram socket. */
  connectProbe(fd: number, host: string, port: number, bindAddress: string, bindPort: number): void;
  /** What there is to know of connections to a target, as a record of the requests of a connector. `interfaceName` "" and
   *  `mark` 0: none; "" and 0 as source: any. "probe": the connected socket is closed at once; "keep": it is handed over;
   *  "ask": a text is sent, and it is handed over when there is something to read. */
  connectTarget(
    host: string,
    port: number,
    bindAddress: string,
    bindPort: number,
    interfaceName: string,
    mark: number,
    purpose: "probe" | "keep" | "ask",
  ): Uint32Array;
  /** Opens TCP connections, many at a time. `onResults`: there are some to take(). */
  openConnector(requests: Uint32Array, texts: Uint8Array, results: Int32Array, onResults: () => void): NativeConnector;
  /** A raw socket whose packets go to the machine that sendRawIp() is told, whatever address they bear; IPVS does not look
   *  at those of IPv4. `interfaceName` "" and `mark` 0: none. EPERM without CAP_NET_RAW. */
  openDirect(family: 4 | 6, interfaceName: string, mark: number): number;
  /** The address that packets to a host leave with. ENETUNREACH when there is no way to it. */
  sourceTowards(host: string, interfaceName: string, mark: number): string;
  /** A socket that has a port (0: any) and drops all that comes to it. EADDRINUSE. */
  holdPort(family: 4 | 6, protocol: "tcp" | "udp", port: number): { readonly fd: number; readonly port: number };
  /** A packet socket that is handed every packet of a family that passes `filter` (struct sock_filter of linux/filter.h,
   *  offsets from the IP header on), from its IP header on, before the kernel decides about it. EPERM without
   *  CAP_NET_RAW. */
  openTap(family: 4 | 6, filter: Uint8Array): number;
  /** The interface that packets to a host leave by, and the link-layer address of who gets them there (the host, or a
   *  gateway); without that one, the kernel is asking for it now. ENETUNREACH and the like when there is no way; ENODEV;
   *  EPERM without CAP_NET_ADMIN; EOPNOTSUPP before Linux 5.0. */
  neighbour(
    host: string,
    interfaceName: string,
    mark: number,
  ): { readonly interfaceIndex: number; readonly address?: Uint8Array };
  /** A packet socket for sendLink() only; it receives nothing. */
  openLink(): number;
  /** Sends an IP packet to a link-layer address, past routing, netfilter and IPVS. Bytes sent or -errno. */
  sendLink(fd: number, packet: Uint8Array, interfaceIndex: number, address: Uint8Array): number;
  /** What is wrong with a Perl-compatible expression, and at which byte; undefined: nothing. `options` are PCRE2_* of
   *  pcre2.h. ENOSYS when this machine has no libpcre2-8. */
  patternError(pattern: Uint8Array, options: number): { message: string; offset: number } | undefined;
  /** Looks for the expression in `subject`, from the byte `start` on; a match has to begin at `offsetLimit` at the latest
   *  (-1: anywhere). Rejects on what PCRE2 calls an error (bytes that are no UTF-8, a limit of its memory). */
  matchPattern(
    pattern: Uint8Array,
    options: number,
    subject: Uint8Array,
    start: number,
    offsetLimit: number,
    timeMs: number,
  ): Promise<"match" | "none" | "timeout">;
  /** A non-blocking inotify(7) descriptor. EMFILE when the user has fs.inotify.max_user_instances of them. */
  openInotify(): number;
  /** Tells from now on what happens to the files of a folder, and to itself: files made, written and closed, moved,
   *  deleted. The watch's number; ENOENT, ENOTDIR, ENOSPC (fs.inotify.max_user_watches). */
  watchFolder(fd: number, path: string): number;
  /** Tells of each time the file is opened from now on. */
  watchOpens(fd: number, path: string): number;
  /** mkfifo(3): EEXIST, ENOENT, EACCES. The umask takes permissions away. */
  makeFifo(path: string, mode: number): void;
  unwatchFolder(fd: number, watch: number): void;
  /** read(2) of what is no socket: its length, or -errno. */
  read(fd: number, buffer: Uint8Array): number;
  close(fd: number): void;
  /** Datagram to the socket's peer, or for raw IP to the destination address inside its header. Bytes sent or -errno. */
  send(fd: number, data: Uint8Array): number;
  sendRawIp(fd: number, packet: Uint8Array, destination: string): number;
  /** Reads a raw IP socket, and calls back when something is there to receive() that is not known. A packet of IPv6 comes with
   *  a header, made of what the kernel tells beside the payload (addresses, hop limit); traffic class and flow label are 0. */
  openEar(fd: number, family: 4 | 6, protocol: number, onUnknown: () => void): NativeEar;
  sendFrame(fd: number, frame: Uint8Array, interfaceIndex: number): number;
  /** One datagram into `buffer`: its length (MSG_TRUNC: larger than the buffer means cut), or -errno. */
  receive(fd: number, buffer: Uint8Array): number;
  /** Reads a file to its end, or until `buffer` is full, however small the pieces that it comes in: its length, or -errno. */
  readWhole(fd: number, buffer: Uint8Array): number;
  /** The services of a dump in the order of `ipvsadm -Ln`, or the kernel's, four words each: where their attributes begin and end in
   *  `services`, and the lines of their destinations in `text`, which is /proc/net/ip_vs; -1 >>> 0 where it tells of this
   *  service less than the listing needs. `services`: attributes of the dump's messages, each of them aligned. */
  orderTable(services: Uint8Array, text: Uint8Array, sorted: boolean): Uint32Array;
  /** Draws services from the one with the number `next[0]` on, which becomes that of the first that is not drawn: it does
   *  not fit any more, or the text tells too little. The bytes that were drawn; 0: ask the kernel for that service. */
  drawTable(
    services: Uint8Array,
    text: Uint8Array,
    sorted: boolean,
    rows: Uint32Array,
    next: Uint32Array,
    sheet: Uint8Array,
  ): number;
  /** Calls back while `fd` is readable (or in error). The returned function stops it; it must run before close(). */
  watch(fd: number, onReadable: () => void): () => void;
  /** prctl(PR_SET_PDEATHSIG): the signal this process gets when its parent dies. */
  setParentDeathSignal(signal: number): void;
  /** SCHED_RR with a priority of 1 to 99, which no child process inherits; 0: SCHED_OTHER. EPERM without CAP_SYS_NICE. */
  setRealtimePriority(thread: number, priority: number): void;
  /** The processors that a thread runs on. EINVAL where none of them exists. */
  setAffinity(thread: number, processors: readonly number[]): void;
  affinity(thread: number): number[];
  /** mlock2(2) of the program's code and constants, not of the heap. ENOMEM or EPERM without CAP_IPC_LOCK. */
  lockMemory(on: boolean): void;
  /** RLIMIT_RTTIME: SIGXCPU when a realtime thread has run for so long without a pause; 0: no limit of ours. */
  setRunTimeLimit(us: number): void;
  /** sigaction(SIG_IGN), also for real-time signals, which process.on() does not know. */
  ignoreSignal(signal: number): void;
  /** Catches a signal from now on: its number is a byte to read() from the descriptor, which is one for all that are caught.
   *  EINVAL for numbers that the C library keeps to itself. */
  catchSignal(signal: number): number;
  /** Starts the program that runs scripts, in a session of its own, with nothing of this process but one end of a socket for
   *  packets (native/script_wire.h); `fd` is the other. The memory of this process is not copied for it. `title` is its
   *  argv[0]. ENOENT when it was not built. */
  startScripts(
    program: string,
    title: string,
    environment: readonly string[],
  ): { readonly pid: number; readonly fd: number };
  /** Whether a child of startScripts() is gone; it is no more asked for then, its number may be another's. */
  hasEnded(pid: number): boolean;
  /** Locks a file that is open for writing, for as long as the descriptor is (F_OFD_SETLK); false: somebody else has. */
  lockFile(fd: number): boolean;
  /** SO_PEERCRED of a UNIX socket: who connected it. */
  peerCredentials(fd: number): { pid: number; uid: number };
  /** Gives up all capabilities of this thread and of what it starts, for good (no_new_privs). */
  dropCapabilities(): void;
};

/** One epoll set of connections under way; docs/decisions/0018. Records lie in memory that both sides see, so that neither
 *  a call nor an object is needed for each. */
export type NativeConnector = {
  /** Starts the first `count` records of `requests`: each is that of connectTarget() with its first two words set, an id
   *  that is not in use and the time limit in ms (of the connection, and again of the answer), and its last two, where in
   *  `texts` what is to be sent lies, and its bytes. True: there are results already. RangeError for an id in use. */
  start(count: number): boolean;
  /** Moves results into `results`, three words each: id; descriptor, 0 where none was asked for, or -errno (-ETIMEDOUT: the
   *  time is up); which step failed (0 connect, 1 socket, 2 setsockopt, 3 bind, 4 send, 5 the answer, 6 epoll_ctl). Their number. */
  take(): number;
  /** False where the result is there already, and is still to be taken. */
  cancel(id: number): boolean;
  /** Ends all that is under way, without results. */
  close(): void;
};

/** Adverts that leave at their time. Times are monotonicMs(). */
export type NativeBeat = {
  /** One more packet behind the others; an advert is one for each destination, in their order. */
  append(packet: Uint8Array): void;
  /** Forgets all packets. */
  clear(): void;
  /** The first advert leaves at `dueMs`, each other `intervalMs` after the one before, none after `untilMs` or without
   *  packets. */
  go(dueMs: number, intervalMs: number, untilMs: number): void;
  /** Moves the end of that; false when it is over already, or was held: then nothing leaves before another go(). */
  renew(untilMs: number): boolean;
  /** Nothing leaves any more once this returns. Fills `left` with what has left since the last call: the adverts, how many
   *  of them failed, the last -errno, when the last one left, when the next one is due, how late the last one was, and the
   *  latest. */
  hold(left: Float64Array): void;
  close(): void;
};

/** The packets of VRRP that come by one socket; docs/decisions/0035. */
export type NativeEar = {
  /** The next packet that is not known: its length (larger than the buffer: cut), or -errno. */
  receive(buffer: Uint8Array): number;
  /** Packets of this VRID that are equal to this one, but for number and checksum of an IPv4 header, are only counted. */
  know(packet: Uint8Array): void;
  forget(vrid: number): void;
  /** How many that are known have come since the last call, and when the last one of them was read, by monotonicMs(). */
  heard(vrid: number, heard: Float64Array): void;
  /** Must run before the descriptor is closed. */
  close(): void;
};

/** Where a file of the build is, if it is there. From the source tree this file lies in native/, from a bundle in dist/. */
const built = (name: string): string | undefined =>
  ["./build/Release/", "../native/build/Release/"]
    .map((folder) => path.join(import.meta.dirname, folder, name))
    .find((file) => existsSync(file));

/** The program of startScripts(). */
export const scriptsProgram = (): string | undefined => built("lvskeeper-scripts");

const require = createRequire(import.meta.url);
let loaded: Native | undefined;

/** The addon, loaded on first use. Throws DirectorError-like one-line errors when it was not built. */
export function native(): Native {
  if (loaded) return loaded;
  const file = built("lvskeeper.node");
  if (!file) throw new Error("the native addon is missing: run `npm run build:native`");
  loaded = require(file) as Native;
  return loaded;
}
