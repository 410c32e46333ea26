import type { LogHelp } from "../core/log.ts";
import type { bfdEvents } from "./log-events.ts";

const session = { session: "peer", neighbor: "192.0.2.2" } as const;

/** What the lines about BFD mean. */
export const bfdHelp: LogHelp<typeof bfdEvents> = {
  "bfd.up": {
    example: { ...session, from: "init", to: "up", diagnostic: 0, remote: 0 },
    means: "Both ends hear each other. What follows the session is told.",
  },
  "bfd.down": {
    example: { ...session, from: "up", to: "down", diagnostic: 1, remote: 0 },
    means:
      "The session was up and is not any more. What follows it is told. The local diagnostic says why: the peer was silent for the detection time, or said that it is down itself.",
    remedy:
      "After silence look at the link, and at the load of both hosts. Where it flaps without either, raise `min_rx`, `min_tx` or `multiplier`.",
  },
  "bfd.state": {
    example: { ...session, from: "down", to: "init", diagnostic: 0, remote: 0 },
    means: "A step on the way up or down. What follows the session is not told of it.",
  },
  "bfd.unsent": {
    example: { ...session, errno: "EADDRNOTAVAIL" },
    means: "The kernel does not take the session's packets, so that it cannot be up.",
    remedy:
      "EADDRNOTAVAIL: `source_ip` is not on this host. ENETUNREACH: there is no route to the neighbor. EPERM: a firewall of this host drops them.",
  },
  "bfd.sends": { example: session, means: "What kept the session's packets from being sent is over." },
  "bfd.deaf": {
    example: { family: 4, port: 3784, error: "bind EADDRINUSE: address already in use" },
    means: "Nothing can be received, so that no session of that family comes up.",
    remedy: "EADDRINUSE: another program speaks BFD on this host, such as FRR's bfdd. Only one can.",
  },
  "bfd.listens": { example: { family: 4, port: 3784 }, means: "What kept BFD from listening is over." },
  "bfd.noFeed": {
    example: { error: "/run/lvskeeper/lvskeeper_bfd.sock: listen EACCES: permission denied" },
    means:
      "The UNIX socket on which the other processes hear of sessions cannot be made. What they know stays as it is.",
    remedy: "Make the folder of the pid files writable for the director.",
  },
  "bfd.dropped": {
    example: { from: "192.0.2.66", port: 49200, reason: "noSession", hops: 64 },
    means:
      "A datagram that is for no session: the reason says which rule it broke (its form, its TTL, where it came from). `status` counts them.",
    remedy:
      "`ttl`: the peer is further away than `max_hops` allows, or sends with a smaller TTL than this end's `ttl`.",
  },
};
