import { groupText, server } from "./blocks.ts";
import { ABC, type Case, marked, method, one, service, several, TCP_DR, v6 } from "./case-forms.ts";

/** A mark has the family of servers that are not behind tunnels; with tunnels alone, of both families, it is IPv4. */
export const marksOfBoth: Case[] = [
  one(
    "mark with tunnels to both families",
    { options: ["lvs_sched rr", "lvs_method TUN"], servers: [...v6("a"), server("b")] },
    { options: ["lvs_sched rr", "lvs_method TUN"], servers: [...v6("a", "c"), server("b")] },
    marked,
  ),
  one(
    "mark with tunnels, and a server that has none",
    {
      options: ["lvs_sched rr", "lvs_method TUN"],
      servers: [server("a"), server("b", ["lvs_method DR"], { family: 6 })],
    },
    { options: ["lvs_sched rr", "lvs_method TUN"], servers: [server("b", ["lvs_method DR"], { family: 6 })] },
    marked,
  ),
  several(
    "marks of a group, with tunnels to both families",
    (at) => [
      groupText(at.group(1), [`fwmark ${at.mark(1)}`, `fwmark ${at.mark(2)} inet6`]),
      service(`group ${at.group(1)}`, ["lvs_sched rr", "lvs_method TUN"], [...v6("a"), server("b")]),
    ],
    (at) => [
      groupText(at.group(1), [`fwmark ${at.mark(1)}`, `fwmark ${at.mark(2)} inet6`]),
      service(`group ${at.group(1)}`, ["lvs_sched rr", "lvs_method TUN"], [...v6("a"), server("b"), server("d")]),
    ],
  ),
];

export const groups: Case[] = [
  several(
    "group with NAT to servers without ports",
    (at) => [
      groupText(at.group(1), [`${at.vip(1)} 80`, `${at.vip(2)} 81`, `fwmark ${at.mark(1)}`]),
      service(
        `group ${at.group(1)}`,
        [...method("NAT"), "sorry_server 192.168.122.99"],
        [server("a", [], { port: "none" }), server("b", [], { port: 8080 })],
      ),
    ],
    (at) => [
      groupText(at.group(1), [`${at.vip(1)} 80`, `${at.vip(2)} 81`, `fwmark ${at.mark(1)}`]),
      service(
        `group ${at.group(1)}`,
        [...method("NAT"), "sorry_server 192.168.122.99"],
        [server("a", [], { port: "none" }), server("b", [], { port: 8080 }), server("c", [], { port: "none" })],
      ),
    ],
  ),
  several(
    "group of addresses",
    (at) => [groupText(at.group(1), [`${at.vip(1)} 80`, `${at.vip(2)} 81`]), service(`group ${at.group(1)}`, TCP_DR)],
    (at) => [groupText(at.group(1), [`${at.vip(1)} 80`, `${at.vip(3)} 81`]), service(`group ${at.group(1)}`, TCP_DR)],
  ),
  several(
    "group with a range",
    (at) => [groupText(at.group(1), [`${at.vip(1)}-4 80`]), service(`group ${at.group(1)}`, TCP_DR)],
    (at) => [groupText(at.group(1), [`${at.vip(2)}-6 80`]), service(`group ${at.group(1)}`, TCP_DR, ABC)],
  ),
  several(
    "group of marks",
    (at) => [
      groupText(at.group(1), [`fwmark ${at.mark(1)}`, `fwmark ${at.mark(2)}`]),
      service(`group ${at.group(1)}`, TCP_DR.slice(0, 2)),
    ],
    (at) => [groupText(at.group(1), [`fwmark ${at.mark(2)}`]), service(`group ${at.group(1)}`, TCP_DR.slice(0, 2))],
  ),
  several(
    "group of both, of IPv6",
    (at) => [
      groupText(at.group(1), [`${at.vip6(1)} 80`, `fwmark ${at.mark(1)}`]),
      service(`group ${at.group(1)}`, TCP_DR, v6("a", "b")),
    ],
    (at) => [
      groupText(at.group(1), [`${at.vip6(1)} 80`, `${at.vip6(2)}-4 80`]),
      service(`group ${at.group(1)}`, TCP_DR, v6("a", "b")),
    ],
  ),
  several(
    "group of two protocols",
    (at) => [
      groupText(at.group(1), [`${at.vip(1)} 53`, `${at.vip(2)} 53`]),
      service(`group ${at.group(1)}`, TCP_DR),
      service(`group ${at.group(1)}`, ["lvs_sched wlc", "lvs_method DR", "protocol UDP"]),
    ],
    (at) => [
      groupText(at.group(1), [`${at.vip(1)} 53`]),
      service(`group ${at.group(1)}`, TCP_DR, ABC),
      service(`group ${at.group(1)}`, ["lvs_sched wlc", "lvs_method DR", "protocol UDP"]),
    ],
  ),
];
