import { lastWords } from "../script/log-events.ts";
import type { ScriptOutcome } from "../script/model.ts";
import { obstacleText } from "./takeover.ts";
import type { Obstacle } from "./takeover-model.ts";

type OfInstance = { readonly instance: string };
type Seen = OfInstance & {
  readonly from: string;
  readonly priority: number;
  readonly own: number;
  readonly held: number;
};

const more = (held: number): string => (held > 0 ? ` (${held} more of these were not logged)` : "");

/** What the vrrp process logs. Sentences that keepalived has are its own, since people and tools grep for them; what is
 *  added to them stands behind. */
export const vrrpEvents = {
  "vrrp.master": (f: OfInstance & { why: string }) => `(${f.instance}) Entering MASTER STATE`,
  "vrrp.backup": (f: OfInstance & { why: string }) =>
    `(${f.instance}) Entering BACKUP STATE${f.why === "init" ? " (init)" : ""}`,
  "vrrp.fault": (f: OfInstance & { why: string }) => `(${f.instance}) Entering FAULT STATE (${f.why})`,
  "vrrp.init": (f: OfInstance & { why: string }) =>
    f.why === "stopped" ? `(${f.instance}) stopped` : `(${f.instance}) not running: ${f.why}`,
  "vrrp.cleared": (f: OfInstance & { reason: string }) => `(${f.instance}) no longer a fault: ${f.reason}`,
  "vrrp.second": (f: OfInstance & { from: string; priority: number; adverts: number; held: number }) =>
    `(${f.instance}) split brain: ${f.from} (priority ${f.priority}) is MASTER too, ${f.adverts} adverts heard${more(f.held)}`,
  "vrrp.frozen": (f: OfInstance & { silentMs: number }) =>
    `(${f.instance}) stood still for ${(f.silentMs / 1000).toFixed(2)} s while MASTER: it listens before it sends again`,
  "vrrp.alone": (f: OfInstance & { from: string; adverts: number; lastedMs: number; held: number }) =>
    `(${f.instance}) split brain is over: ${f.adverts} adverts of ${f.from} within ${(f.lastedMs / 1000).toFixed(1)} s${more(f.held)}`,
  "vrrp.oldChecksum": (f: OfInstance & { from: string }) =>
    `(${f.instance}) Setting unicast VRRPv3 checksum to old version: ${f.from} sends it`,
  "vrrp.claimed": (f: OfInstance & { address: string; hardwareAddress: string; interface: string; held: number }) =>
    `(${f.instance}) split brain: ${f.address} is claimed by ${f.hardwareAddress} on ${f.interface} while this is MASTER${more(f.held)}`,
  "vrrp.unclaimed": (
    f: OfInstance & { address: string; hardwareAddress: string; claims: number; lastedMs: number; held: number },
  ) =>
    `(${f.instance}) ${f.address} is no longer claimed by ${f.hardwareAddress}: ${f.claims} claims within ${(f.lastedMs / 1000).toFixed(1)} s${more(f.held)}`,
  "vrrp.held": (f: OfInstance & { obstacle: Obstacle; held: number }) =>
    `(${f.instance}) does not take over: ${obstacleText(f.obstacle)}${more(f.held)}`,
  "vrrp.despite": (f: OfInstance & { obstacle: Obstacle; held: number }) =>
    `(${f.instance}) takes over although ${obstacleText(f.obstacle)}${more(f.held)}`,
  "claims.deaf": (f: { interface: string; error: string; held: number }) =>
    `who else claims virtual addresses on ${f.interface} is not heard: ${f.error}${more(f.held)}`,
  "vrrp.peerLost": (f: OfInstance) =>
    `(${f.instance}) handed over by the administrator, but nobody else is MASTER: it takes part again`,
  "vrrp.resumed": (f: OfInstance) => `(${f.instance}) continues as MASTER, its addresses stay`,
  "vrrp.timeout": (f: OfInstance) => `(${f.instance}) Receive advertisement timeout`,
  "vrrp.election": (f: Seen) =>
    `(${f.instance}) Received advert from ${f.from} with lower priority ${f.priority}, ours ${f.own}, forcing new election${more(f.held)}`,
  "vrrp.higher": (f: Seen) =>
    `(${f.instance}) Master received advert from ${f.from} with higher priority ${f.priority}, ours ${f.own}`,
  "vrrp.same": (f: Seen) =>
    `(${f.instance}) Master received advert from ${f.from} with same priority ${f.priority} but higher IP address than ours`,
  "vrrp.discarded": (f: Seen) =>
    `(${f.instance}) received lower priority (${f.priority}) advert from ${f.from} - discarding${more(f.held)}`,
  "vrrp.own": (f: Seen) =>
    `(${f.instance}) Received an advert from our own address ${f.from}: another host uses it, or packets come back${more(f.held)}`,
  "vrrp.priority": (f: OfInstance & { from: number; to: number }) =>
    `(${f.instance}) Changing effective priority from ${f.from} to ${f.to}`,
  "vrrp.rejected": (f: OfInstance & { from: string; counter: string; detail: string; held: number }) =>
    `(${f.instance}) dropped an advert from ${f.from}: ${f.detail}${more(f.held)}`,
  "vrrp.remark": (f: OfInstance & { from: string; counter: string; detail: string; held: number }) =>
    `(${f.instance}) advert from ${f.from}: ${f.detail}${more(f.held)}`,
  "vrrp.zero": (f: OfInstance) => `(${f.instance}) sent 0 priority`,
  "vrrp.unsent": (f: OfInstance & { interface: string; errno: string; held: number }) =>
    `(${f.instance}) an advert could not be sent on ${f.interface} (${f.errno}); it is tried again${more(f.held)}`,
  "vrrp.unannounced": (f: { interface: string; errno: string; held: number }) =>
    `gratuitous ARP could not be sent on ${f.interface} (${f.errno})${more(f.held)}`,
  "vrrp.socket": (f: { interface: string; group: string; error: string }) =>
    `no VRRP socket on ${f.interface} for ${f.group}: ${f.error}`,
  "vrrp.socket.broken": (f: { interface: string; group: string; errno: string }) =>
    `the VRRP socket on ${f.interface} for ${f.group} failed (${f.errno}); it is opened again`,
  "bfd.trackedUp": (f: OfInstance & { session: string }) =>
    `VRRP_Instance(${f.instance}) Tracked BFD instance ${f.session} is UP`,
  "bfd.trackedDown": (f: OfInstance & { session: string }) =>
    `VRRP_Instance(${f.instance}) Tracked BFD instance ${f.session} is DOWN`,
  "virtualServer.trackedUp": (f: OfInstance & { virtualServer: string }) =>
    `VRRP_Instance(${f.instance}) tracked virtual server ${f.virtualServer} has its quorum`,
  "virtualServer.trackedDown": (f: OfInstance & { virtualServer: string }) =>
    `VRRP_Instance(${f.instance}) tracked virtual server ${f.virtualServer} has lost its quorum`,
  "checker.trackedUp": (f: OfInstance) => `VRRP_Instance(${f.instance}) our checker process is there`,
  "checker.trackedDown": (f: OfInstance & { awayMs: number }) =>
    `VRRP_Instance(${f.instance}) our checker process has not been there for ${f.awayMs / 1000} s`,
  "service.up": (f: { service: string; detail: string }) => `tracked service ${f.service} answers (${f.detail})`,
  "service.down": (f: { service: string; detail: string }) =>
    `tracked service ${f.service} does not answer: ${f.detail}`,
  "process.up": (f: { process: string; count: number }) =>
    `Quorum gained for tracked process ${f.process} (${f.count} running)`,
  "process.down": (f: { process: string; count: number }) =>
    `Quorum lost for tracked process ${f.process} (${f.count} running)`,
  "process.polled": (f: { everyMs: number; error: string }) =>
    `the kernel tells of no processes here (${f.error}): /proc is read every ${f.everyMs / 1000} s for vrrp_track_process`,
  "file.value": (f: { file: string; value: number }) => `track_file ${f.file} has the value ${f.value}`,
  "file.trouble": (f: { file: string; error: string }) => `track_file ${f.file}: ${f.error}; it is tried again`,
  "fib.failed": (f: { action: "add" | "delete"; what: string; error: string }) =>
    `${f.what}: ${f.error}${f.action === "add" ? "; it is tried again" : ""}`,
  "fib.restored": (f: { what: string }) => `${f.what} was removed by somebody else; put back`,
  "vrrp.unpromoted": (f: { interface: string; error: string }) =>
    `cannot set promote_secondaries of ${f.interface}: ${f.error}`,
  "firewall.table": (f: { table: string; used: string }) =>
    `nft(8) knows no table ${JSON.stringify(f.table)}: ${f.used} is used; name it with letters, digits and _`,
  "firewall.missing": (_: object) =>
    "nft is not installed: addresses of instances with no_accept or strict_mode answer all the same. Install nftables",
  "firewall.unguarded": (_: object) =>
    "nft is not installed: a backup with use_vmac may draw its virtual MAC address to its switch port by IGMP. Install nftables",
  "firewall.undup": (f: { error: string }) =>
    `reports of multicast groups leave by the macvlan of use_vmac, since nftables cannot send them by the interface below: ${f.error}`,
  "firewall.failed": (f: { error: string }) => `nftables: ${f.error}; it is tried again`,
  "own.made": (f: { interface: string; below: string; kind: string }) => `${f.kind} ${f.interface} made on ${f.below}`,
  "own.adopted": (f: { interface: string; below: string; kind: string }) =>
    `${f.kind} ${f.interface} on ${f.below} was there; it is used`,
  "own.removed": (f: { interface: string }) => `interface ${f.interface} removed`,
  "own.failed": (f: { interface: string; error: string }) => `${f.interface}: ${f.error}`,
  "own.unset": (f: { setting: string; error: string }) => `cannot set ${f.setting}: ${f.error}`,
  "vips.set": (f: OfInstance) => `(${f.instance}) setting VIPs.`,
  "vips.removing": (f: OfInstance) => `(${f.instance}) removing VIPs.`,
  "vips.announced": (f: OfInstance & { interface: string; address: string; repeat: number }) =>
    f.address.includes(":")
      ? `Sending unsolicited Neighbour Adverts on ${f.interface} for ${f.address}`
      : `Sending gratuitous ARP on ${f.interface} for ${f.address}`,
  "vips.restored": (f: OfInstance & { address: string; interface: string }) =>
    `(${f.instance}) ${f.address} was removed from ${f.interface} by somebody else; put back`,
  "vips.failed": (f: { action: "add" | "delete"; address: string; interface: string; error: string }) =>
    f.action === "add"
      ? `cannot add ${f.address} to ${f.interface}: ${f.error}; tried again`
      : `cannot remove ${f.address} from ${f.interface}: ${f.error}; tried again`,
  "vips.nowhere": (f: { address: string; interface: string; existing: string }) =>
    `cannot add ${f.address}: interface ${f.interface} does not exist; this host has ${f.existing}`,
  "script.up": (f: { script: string }) => `VRRP_Script(${f.script}) succeeded`,
  "script.down": (f: { script: string; how: string; outcome: ScriptOutcome }) =>
    `VRRP_Script(${f.script}) ${f.how}${f.outcome.output ? `: ${lastWords(f.outcome.output)}` : ""}`,
  "script.busy": (f: { script: string; held: number }) =>
    `Track script ${f.script} is already running, ignoring this run${more(f.held)}`,
  "interface.missing": (f: OfInstance & { interface: string; existing: string }) =>
    `(${f.instance}) interface ${f.interface} does not exist; this host has ${f.existing}. It is used as soon as it appears`,
  "network.trouble": (f: { error: string }) => `${f.error}; interfaces and addresses are read again every second`,
  "vrrp.reloaded": (f: { kept: number; added: number; removed: number }) =>
    `VRRP configuration applied: ${f.kept} instances kept, ${f.added} added, ${f.removed} removed`,
};
