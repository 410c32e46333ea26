import fc from "fast-check";
import { groupText, type RealServer, serviceText } from "./blocks.ts";
import type { Case } from "./case-forms.ts";

const SEED = 20260101;
const COUNT = 24;

const maybe = (...lines: readonly string[]) => fc.constantFrom<readonly string[]>([], ...lines.map((line) => [line]));

const scheduler = fc.constantFrom("rr", "wrr", "lc", "wlc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq");
const forwarding = fc.constantFrom("DR", "NAT", "TUN", "TUN type gre", "TUN type gue port 6080 csum");

const virtualServer = fc
  .tuple(
    scheduler.map((name) => [`lvs_sched ${name}`]),
    maybe("persistence_timeout 50", "persistence_timeout 600"),
    maybe("inhibit_on_failure"),
    maybe("alpha"),
    maybe("quorum 2", "quorum 3", "quorum 3\nhysteresis 1"),
    maybe("sorry_server ADDRESS 80", "sorry_server ADDRESS 80\nsorry_server_inhibit"),
    maybe("weight 4"),
  )
  .map((parts) => parts.flat());

const realServers = (family: 4 | 6) =>
  fc.uniqueArray(
    fc.record<RealServer>({
      who: fc.constantFrom("a", "b", "c", "d"),
      family: fc.constant(family),
      options: fc
        .tuple(maybe("weight 0", "weight 2", "weight 3"), maybe("inhibit_on_failure", "alpha"), maybe("uthreshold 90"))
        .map((parts) => parts.flat()),
      check: fc.constantFrom<readonly string[] | null>([], [], [], ["retry 0"], null),
    }),
    { minLength: 1, maxLength: 4, selector: ({ who }) => who },
  );

/** A configuration, and another for the same addresses with the same forwarding: changes of it have cases of their own. */
const anyCase = fc
  .record({ family: fc.constantFrom<4 | 6>(4, 4, 6), kind: fc.constantFrom("address", "mark", "group", "udp") })
  .chain(({ family, kind }) =>
    fc.record({
      family: fc.constant(family),
      kind: fc.constant(kind),
      method: forwarding,
      options: fc.tuple(virtualServer, virtualServer),
      servers: fc.tuple(realServers(family), realServers(family)),
    }),
  );

export const generated: readonly Case[] = fc.sample(anyCase, { seed: SEED, numRuns: COUNT }).map((drawn, i) => {
  const { family, kind, method, options, servers } = drawn;
  const sorry = family === 6 ? "2001:db8::99" : "192.168.122.99";
  const text = (which: 0 | 1): Case["before"] => {
    return (at) => {
      const vip = family === 6 ? at.vip6 : at.vip;
      const where = {
        address: `${vip(1)} 80`,
        udp: `${vip(1)} 80`,
        mark: `fwmark ${at.mark(1)}`,
        group: `group ${at.group(1)}`,
      };
      const members = [`${vip(1)} 80`, `${vip(2)}-4 80`, `fwmark ${at.mark(1)}`];
      const service = serviceText({
        at: where[kind as keyof typeof where],
        options: [
          `lvs_method ${method}`,
          ...options[which].map((line) => line.replace("ADDRESS", sorry)),
          ...(kind === "mark" ? [] : [`protocol ${kind === "udp" ? "UDP" : "TCP"}`]),
        ],
        servers: servers[which],
      });
      return kind === "group" ? `${groupText(at.group(1), members)}\n${service}` : service;
    };
  };
  return { name: `generated ${i + 1} (${kind}, IPv${family})`, before: text(0), after: text(1) };
});
