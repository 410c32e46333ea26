import type { LogHelp } from "../core/log.ts";
import type { vrrpEvents } from "./log-events.ts";

/** What the lines about VRRP mean. */
export const vrrpHelp: LogHelp<typeof vrrpEvents> = {
  "vrrp.master": {
    example: { instance: "VI_1", why: "timeout" },
    means: "This director owns the instance's addresses now.",
  },
  "vrrp.backup": {
    example: { instance: "VI_1", why: "higher" },
    means: "Another director owns the addresses, or none does yet.",
  },
  "vrrp.fault": {
    example: { instance: "VI_1", why: "interface eth0 is down" },
    means: "The instance cannot take part. The reason is in the line.",
    remedy: "Mend what the line names; the instance comes back by itself.",
  },
  "vrrp.init": {
    example: { instance: "VI_1", why: "stopped" },
    means: "The instance does not run: it was stopped, or has not begun.",
  },
  "vrrp.cleared": {
    example: { instance: "VI_1", reason: "interface eth0 is down" },
    means: "One reason for FAULT is gone. The state changes when the last one is.",
  },
  "vrrp.second": {
    example: { instance: "VI_1", from: "10.0.0.2", priority: 90, adverts: 3, held: 0 },
    means: "Two directors are master at once: both answer for the virtual addresses, and clients land on either.",
    remedy:
      "Adverts do not pass in one direction: look for a firewall (protocol 112, 224.0.0.18), VLAN or multicast snooping fault between the two.",
  },
  "vrrp.frozen": {
    example: { instance: "VI_1", silentMs: 5200 },
    means:
      "The process, or its whole machine, stood still for longer than a backup waits. Another may be MASTER by now, so that the instance keeps its addresses, but sends nothing for a Master_Down_Interval. The advert of another makes it BACKUP; if there is none, it goes on.",
    remedy:
      "A frozen guest (snapshot, migration), a machine without memory, or a stopped process: look what stood still then.",
  },
  "vrrp.alone": {
    example: { instance: "VI_1", from: "10.0.0.2", adverts: 3, lastedMs: 2100, held: 0 },
    means: "The other master is gone. The addresses are announced again, so that everybody on the link finds this one.",
  },
  "vrrp.oldChecksum": {
    example: { instance: "VI_1", from: "10.0.0.2" },
    means:
      "A peer sends version 3 with the checksum of keepalived 1.3.6 and older, which understands no other: it is sent to the peers of this instance from now on.",
    remedy: "Update that director. `old_unicast_checksum never` refuses its advertisements.",
  },
  "vrrp.claimed": {
    example: {
      instance: "VI_1",
      address: "10.0.0.100",
      hardwareAddress: "52:54:00:12:34:56",
      interface: "eth0",
      held: 0,
    },
    means:
      "While this director is MASTER another host says by ARP or neighbour discovery that a virtual address is its own: a second master whose adverts do not arrive, or a real server of LVS-DR that answers for the address.",
    remedy:
      "Find the hardware address (`ip neigh`, the table of the switch). Another director: look for what stops adverts (protocol 112, multicast snooping). A real server: `lvskeeper realserver up ADDRESS` there, which sets arp_ignore and arp_announce.",
  },
  "vrrp.unclaimed": {
    example: {
      instance: "VI_1",
      address: "10.0.0.100",
      hardwareAddress: "52:54:00:12:34:56",
      claims: 3,
      lastedMs: 5200,
      held: 0,
    },
    means:
      "For a minute nobody else has claimed the address, or this director is no more MASTER. A master announces its addresses again.",
  },
  "vrrp.held": {
    example: {
      instance: "VI_1",
      obstacle: { kind: "conflict", address: "10.0.0.100", hardwareAddress: "52:54:00:12:34:56" },
      held: 0,
    },
    means:
      "No advert of a master comes, and takeover_check keeps this director BACKUP: the address is still answered for, or no witness answers. It goes on asking, and takes over as soon as nothing is in the way.",
    remedy:
      "Still answered for: adverts are lost, look for a firewall (protocol 112, 224.0.0.18) or multicast snooping; or a switch or router answers by proxy ARP, and takeover_check cannot be used there. No witness: this director is cut off.",
  },
  "vrrp.despite": {
    example: { instance: "VI_1", obstacle: { kind: "no-witness" }, held: 0 },
    means: "takeover_check found something in the way of taking over, and is configured to take over all the same.",
    remedy: "If the address is answered for by another director, there are two masters now: see vrrp.claimed.",
  },
  "claims.deaf": {
    example: { interface: "eth0", error: "socket EMFILE: too many open files", held: 0 },
    means:
      "The packet socket for ARP or neighbour discovery could not be opened or written to: a second master is found by its adverts only, and takeover_check asks nobody on this interface.",
    remedy: "Look at the reason in the line; it is tried again when something changes on the network.",
  },
  "vrrp.peerLost": {
    example: { instance: "VI_1" },
    means:
      "The instance had been handed over by `vrrp failover`, and the peer that took it died: this director takes part again.",
  },
  "vrrp.resumed": {
    example: { instance: "VI_1" },
    means: "A new process took over a running master: the addresses stayed on the interface all the time.",
  },
  "vrrp.timeout": {
    example: { instance: "VI_1" },
    means: "No advert of a master came within the master-down interval: this director takes over.",
    remedy: "If the other director is alive, its adverts do not arrive: see vrrp.second.",
  },
  "vrrp.election": {
    example: { instance: "VI_1", from: "10.0.0.2", priority: 90, own: 100, held: 0 },
    means: "A director with lower priority believes to be master; our own advert answers it, and it should yield.",
  },
  "vrrp.higher": {
    example: { instance: "VI_1", from: "10.0.0.2", priority: 150, own: 100, held: 0 },
    means: "A director with higher priority took over; this one yields.",
  },
  "vrrp.same": {
    example: { instance: "VI_1", from: "10.0.0.2", priority: 100, own: 100, held: 0 },
    means: "Both have the same priority; the higher address wins.",
    remedy: "Give the two directors different priorities.",
  },
  "vrrp.discarded": {
    example: { instance: "VI_1", from: "10.0.0.2", priority: 90, own: 100, held: 0 },
    means: "A backup heard an advert of lower priority than its own and waits for its own turn.",
  },
  "vrrp.own": {
    example: { instance: "VI_1", from: "10.0.0.1", priority: 100, own: 100, held: 0 },
    means: "A VRRP packet came with our own address as its sender.",
    remedy: "Look for a host with the same address, a bridge loop, or two daemons on this host.",
  },
  "vrrp.priority": {
    example: { instance: "VI_1", from: 100, to: 80 },
    means: "A tracker with a weight changed the effective priority. `lvskeeper status` shows each tracker's share.",
  },
  "vrrp.rejected": {
    example: {
      instance: "VI_1",
      from: "10.0.0.9",
      counter: "invalid_authentication",
      detail: "its password is not ours",
      held: 0,
    },
    means: "An advert for our virtual router id was not taken.",
    remedy:
      "If the sender is the peer, make the two configurations agree (`lvskeeper check A B --pair`); if not, somebody uses the same virtual_router_id on this link.",
  },
  "vrrp.remark": {
    example: {
      instance: "VI_1",
      from: "10.0.0.2",
      counter: "address_list",
      detail: "it names other addresses than ours",
      held: 0,
    },
    means: "An advert was taken although something in it is not as configured here.",
    remedy: "Make the two configurations agree: `lvskeeper check A B --pair`.",
  },
  "vrrp.zero": {
    example: { instance: "VI_1" },
    means: "This director lets go in order: the peer takes over at once.",
  },
  "vrrp.unsent": {
    example: { instance: "VI_1", interface: "eth0", errno: "ENETDOWN", held: 0 },
    means: "An advert did not leave this host. If it goes on, the peer takes over.",
    remedy: "Look at the interface; EPERM means a firewall on this host.",
  },
  "vrrp.unannounced": {
    example: { interface: "eth0", errno: "ENETDOWN", held: 0 },
    means: "Others on the link were not told where the address is now; they find out when their ARP entries age.",
    remedy: "Look at the interface.",
  },
  "vrrp.socket": {
    example: { interface: "eth0", group: "224.0.0.18", error: "ENODEV" },
    means: "The instance cannot hear or send adverts.",
    remedy: "Does the interface exist, and has the process CAP_NET_RAW?",
  },
  "vrrp.socket.broken": {
    example: { interface: "eth0", group: "224.0.0.18", errno: "ENETDOWN" },
    means: "The socket of an interface failed; another is opened at once.",
  },
  "bfd.trackedUp": {
    example: { instance: "VI_1", session: "peer" },
    means: "A BFD session that the instance tracks has come up: its weight counts so, or its fault is over.",
  },
  "bfd.trackedDown": {
    example: { instance: "VI_1", session: "peer" },
    means: "A BFD session that the instance tracks is down: its weight counts so, or it is a fault.",
    remedy: "The bfd process's own lines, and `status`, say why the session is down.",
  },
  "virtualServer.trackedUp": {
    example: { instance: "VI_1", virtualServer: "10.0.0.100:80" },
    means: "A virtual server that the instance tracks has its quorum: its weight counts so, or its fault is over.",
  },
  "virtualServer.trackedDown": {
    example: { instance: "VI_1", virtualServer: "10.0.0.100:80" },
    means: "A virtual server that the instance tracks is without quorum: its weight counts so, or it is a fault.",
    remedy: "The checker process's own lines, and `status`, say which real servers are out and why.",
  },
  "checker.trackedUp": {
    example: { instance: "VI_1" },
    means: "The checker process tells of its virtual servers: its weight counts so, or its fault is over.",
  },
  "checker.trackedDown": {
    example: { instance: "VI_1", awayMs: 10_000 },
    means: "For so long no checker process was ready: its weight counts so, or it is a fault.",
    remedy: "`status` says why the process ended, and its own lines in the log before that.",
  },
  "service.up": {
    example: { service: "http://127.0.0.1:80", detail: "status 200" },
    means: "A service that `track_service` names counts as good: its first try, or `rise` in a row.",
  },
  "service.down": {
    example: { service: "tcp://127.0.0.1:3306", detail: "connection refused" },
    means: "A service that `track_service` names counts as failed: its first try, or `fall` in a row.",
    remedy: "Look at the service on this host, and whether it listens on that address.",
  },
  "process.up": {
    example: { process: "nginx", count: 4 },
    means: "Enough of a tracked process run.",
  },
  "process.down": {
    example: { process: "nginx", count: 0 },
    means: "Fewer of a tracked process run than its quorum.",
    remedy: "Start the program; the priority comes back with it.",
  },
  "process.polled": {
    example: { everyMs: 1000, error: "EPERM" },
    means:
      "The kernel's process events cannot be had (often in containers): processes are looked for once a second instead.",
  },
  "file.value": {
    example: { file: "/run/priority", value: -20 },
    means: "The number in a tracked file changed.",
  },
  "file.trouble": {
    example: { file: "/run/priority", error: "it holds no number" },
    means: "A tracked file cannot be read; its last value holds.",
    remedy: "Write one whole number into it.",
  },
  "fib.failed": {
    example: { action: "add", what: "route 10.9.0.0/16 via 10.0.0.254", error: "ENETUNREACH" },
    means: "The kernel did not take a virtual or static route or rule.",
    remedy: "Is the gateway reachable through the interface? For a route: `ip route add` says the same.",
  },
  "fib.restored": {
    example: { what: "route 10.9.0.0/16 via 10.0.0.254" },
    means: "Somebody removed a route or rule that belongs to this instance; it is there again.",
    remedy: "Find the other hand: a network manager, a DHCP client, a script.",
  },
  "vrrp.unpromoted": {
    example: { interface: "eth0", error: "EACCES: permission denied" },
    means: "Removing the first address of a subnet may remove the others with it.",
    remedy: "Set net.ipv4.conf.INTERFACE.promote_secondaries by hand.",
  },
  "firewall.table": {
    example: { table: "my table", used: "lvskeeper" },
    means: "The name of the nftables table is none that nft takes.",
  },
  "firewall.missing": {
    example: {},
    means: "Without nft the virtual addresses answer although the configuration says no_accept.",
    remedy: "Install nftables.",
  },
  "firewall.unguarded": {
    example: {},
    means: "Without nft a backup's virtual MAC address may be learned at the wrong switch port.",
    remedy: "Install nftables.",
  },
  "firewall.undup": {
    example: { error: "no such expression: dup" },
    means: "Membership reports go out by the macvlan.",
    remedy: "A kernel with nft_dup_netdev avoids it; mostly harmless.",
  },
  "firewall.failed": {
    example: { error: "nft ended with status 1" },
    means: "The rules for no_accept or use_vmac are not in the kernel yet.",
    remedy: "`nft list ruleset` shows what is there; the line says what nft objected to.",
  },
  "own.made": {
    example: { interface: "vrrp.51", below: "eth0", kind: "macvlan" },
    means: "The interface of use_vmac or use_ipvlan was made.",
  },
  "own.adopted": {
    example: { interface: "vrrp.51", below: "eth0", kind: "macvlan" },
    means: "The interface was left by a process before; it is used as it is.",
  },
  "own.removed": {
    example: { interface: "vrrp.51" },
    means: "The interface that we had made is gone again.",
  },
  "own.failed": {
    example: { interface: "vrrp.51", error: "EEXIST" },
    means: "The interface could not be made or removed.",
    remedy: "Is there another interface of that name, or does the kernel lack macvlan?",
  },
  "own.unset": {
    example: { setting: "net.ipv4.conf.vrrp/51.rp_filter", error: "EACCES: permission denied" },
    means: "A value that the virtual interface needs could not be set.",
    remedy: "In a container, mount /proc/sys writable or set it on the host.",
  },
  "vips.set": {
    example: { instance: "VI_1" },
    means: "The virtual addresses are put on their interfaces.",
  },
  "vips.removing": {
    example: { instance: "VI_1" },
    means: "The virtual addresses are taken off their interfaces.",
  },
  "vips.announced": {
    example: { instance: "VI_1", interface: "eth0", address: "192.0.2.10", repeat: 1 },
    means: "Everybody on the link is told that the address is here.",
  },
  "vips.restored": {
    example: { instance: "VI_1", address: "192.0.2.10/24", interface: "eth0" },
    means: "Somebody removed a virtual address while we are master; it was put back.",
    remedy: "Find the other hand: a network manager, a DHCP client, `ip addr flush` in a script.",
  },
  "vips.failed": {
    example: { action: "add", address: "192.0.2.10/24", interface: "eth0", error: "ENOBUFS" },
    means: "The kernel did not take a virtual address, or did not let it go. It is tried again with growing pauses.",
    remedy: "`ip addr add` by hand says the same; look at the interface.",
  },
  "vips.nowhere": {
    example: { address: "192.0.2.10/24", interface: "eth9", existing: "eth0 eth1" },
    means: "The interface of a virtual address is not there.",
    remedy: "Correct the `dev` of the address, or create the interface: it is used as soon as it appears.",
  },
  "script.up": {
    example: { script: "check_nginx" },
    means: "A tracked script succeeded often enough (rise).",
  },
  "script.down": {
    example: {
      script: "check_nginx",
      how: "exited with status 1",
      outcome: { how: "exited", status: 1, elapsedMs: 12, output: "" },
    },
    means: "A tracked script failed often enough (fall): priority or state follow.",
    remedy: "Run the script by hand as the user it runs as.",
  },
  "script.busy": {
    example: { script: "check_nginx", held: 0 },
    means: "A tracked script takes longer than its interval.",
    remedy: "Raise `interval` or lower `timeout`.",
  },
  "interface.missing": {
    example: { instance: "VI_1", interface: "eth9", existing: "eth0 eth1" },
    means: "The instance waits for its interface.",
    remedy: "Correct the name, or create the interface.",
  },
  "network.trouble": {
    example: { error: "ENOBUFS" },
    means: "The kernel's news of interfaces and addresses were lost; all is read again, nothing is missed.",
  },
  "vrrp.reloaded": {
    example: { kept: 2, added: 1, removed: 0 },
    means: "A new configuration is in force. Kept instances kept their state, and their adverts their rhythm.",
  },
};
