type RealServer = { readonly realServer: string; readonly virtualServer: string };
type VirtualServer = { readonly virtualServer: string };
type Quorum = VirtualServer & { readonly quorum: number; readonly hysteresis: number; readonly sum: number };
type Sorry = VirtualServer & { readonly sorryServer: string };
type Refused = { readonly what: string; readonly errno: string; readonly hint: string };

/** `changes`: what puts it right. */
type Drift = { readonly entries: number; readonly changes: string };

const entriesText = (count: number): string => `${count} ${count === 1 ? "entry is" : "entries are"}`;
const because = (why: string): string => (why === "" ? "" : ` (${why})`);

type Sum = Pick<Quorum, "quorum" | "hysteresis" | "sum">;

/** The arithmetic of a quorum, as keepalived tells it. */
export const gainedText = ({ quorum, hysteresis, sum }: Sum): string =>
  `${quorum}+${hysteresis}=${quorum + hysteresis} <= ${sum}`;
export const lostText = ({ quorum, hysteresis, sum }: Sum): string =>
  `${quorum}-${hysteresis}=${quorum - hysteresis} > ${sum}`;

/** keepalived's sentences where it has one. */
export const virtualServerEvents = {
  "rs.up": (f: RealServer & { readonly inhibit: boolean }) =>
    f.inhibit
      ? `Enabling service ${f.realServer} of VS ${f.virtualServer}`
      : `Adding service ${f.realServer} to VS ${f.virtualServer}`,
  "rs.down": (f: RealServer & { readonly inhibit: boolean; readonly why: string }) =>
    f.inhibit
      ? `Disabling service ${f.realServer} of VS ${f.virtualServer}${because(f.why)}`
      : `Removing service ${f.realServer} from VS ${f.virtualServer}${because(f.why)}`,
  "rs.weight": (f: RealServer & { readonly active: boolean; readonly from: number; readonly to: number }) =>
    `Changing weight from ${f.from} to ${f.to} for ${f.active ? "active" : "inactive"} service ${f.realServer} of VS ${f.virtualServer}`,
  "rs.gone": (f: RealServer) => `service ${f.realServer} no longer exist in VS ${f.virtualServer}`,
  "rs.removed": (f: RealServer) => `Removing service ${f.realServer} from VS ${f.virtualServer}`,
  "rs.stopped": (f: RealServer) => `Shutting down service ${f.realServer} from VS ${f.virtualServer}`,
  "vs.gone": (f: VirtualServer) => `Removing Virtual Server ${f.virtualServer}`,
  "quorum.gained": (f: Quorum) => `Gained quorum ${gainedText(f)} for VS ${f.virtualServer}`,
  "quorum.lost": (f: Quorum) => `Lost quorum ${lostText(f)} for VS ${f.virtualServer}`,
  "quorum.startsDown": (f: Quorum) => `Starting with quorum down ${lostText(f)} for VS ${f.virtualServer}`,
  "sorry.added": (f: Sorry) => `Adding sorry server ${f.sorryServer} to VS ${f.virtualServer}`,
  "sorry.removed": (f: Sorry) => `Removing sorry server ${f.sorryServer} from VS ${f.virtualServer}`,
  "pool.emptied": (f: VirtualServer) => `Removing alive servers from the pool for VS ${f.virtualServer}`,
  "pool.filled": (f: VirtualServer) => `Adding alive servers to the pool for VS ${f.virtualServer}`,
  "ipvs.transport": (f: { readonly transport: string; readonly version: string; readonly reason?: string }) =>
    `IPVS ${f.version} is programmed through ${f.transport === "genl" ? "generic netlink" : "socket options (getsockopt/setsockopt)"}${because(f.reason ?? "")}`,
  "ipvs.adopted": (f: { readonly services: number; readonly destinations: number }) =>
    `The kernel's table already holds ${f.services} of our services with ${f.destinations} destinations: they are taken over`,
  "ipvs.refused": (f: Refused) => `IPVS refused to ${f.what}: ${f.errno}; ${f.hint}`,
  "ipvs.failed": (f: { readonly message: string; readonly retryMs: number }) =>
    `IPVS could not be programmed, it is tried again in ${f.retryMs / 1000} s: ${f.message}`,
  "ipvs.notCleared": (f: { readonly message: string }) =>
    `Our services could not be removed from the kernel: ${f.message}; remove them with \`ipvsadm -C\``,
  "quorums.untold": (f: { readonly error: string }) =>
    `VRRP instances cannot be told of virtual servers: ${f.error}; it is tried again`,
  "ipvs.recovered": (_: object) => "IPVS holds all that is wanted again",
  "ipvs.drift": (f: Drift) =>
    `The kernel's table was changed by somebody else: ${entriesText(f.entries)} repaired: ${f.changes}`,
  "ipvs.driftLeft": (f: Drift) =>
    `The kernel's table was changed by somebody else: ${entriesText(f.entries)} left so, which would take: ${f.changes}`,
  "sync.started": (f: { readonly role: string; readonly interface: string; readonly syncId: number }) =>
    `Started the ${f.role} connection sync daemon on ${f.interface}, id ${f.syncId}`,
  "sync.stopped": (f: { readonly role: string; readonly interface: string; readonly syncId: number }) =>
    `Stopped the ${f.role} connection sync daemon on ${f.interface}, id ${f.syncId}`,
  "rs.override": (f: RealServer & { readonly what: string }) => `${f.realServer} of VS ${f.virtualServer} ${f.what}`,
  "rs.drained": (f: RealServer & { readonly how: "empty" | "deadline" }) =>
    `${f.realServer} of VS ${f.virtualServer} is drained: ${f.how === "empty" ? "it has no open connection" : "its time is over"}`,
  "overrides.notKept": (f: { readonly message: string }) =>
    `What was said of real servers will not be known after a restart: ${f.message}`,
  "overrides.unreadable": (f: { readonly file: string; readonly message: string }) =>
    `What was said of real servers before this start is not known: ${f.file}: ${f.message}`,
  "overrides.notCounted": (f: { readonly message: string }) =>
    `The connections of draining servers could not be counted: ${f.message}`,
  "settings.missing": (f: { readonly name: string }) => `This kernel has no net.ipv4.vs.${f.name}: it is passed over`,
  "settings.failed": (f: { readonly what: string; readonly message: string }) => `Cannot ${f.what}: ${f.message}`,
  "addresses.unknown": (f: { readonly message: string }) =>
    `The addresses of this host cannot be watched: ha_suspend suspends nothing: ${f.message}`,
  "sync.failed": (f: { readonly message: string }) => `A connection sync daemon could not be changed: ${f.message}`,
};
