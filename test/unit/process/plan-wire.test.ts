import fc from "fast-check";
import { expect, test } from "vitest";
import type { ToChild } from "../../../src/process/messages.ts";
import { fromWire, toWire } from "../../../src/process/plan-wire.ts";

const checker = fc.record({ id: fc.string(), kind: fc.constant("TCP_CHECK"), alpha: fc.boolean() });
const realServer = fc.record(
  {
    address: fc.constantFrom("10.0.0.1", "10.0.0.2", "2001:db8::1"),
    port: fc.constantFrom(0, 80),
    weight: fc.constantFrom(0, 1),
    forwarding: fc.constantFrom({ method: "nat" }, { method: "tunnel", tunnel: { type: "gue", port: 6080 } }),
    checkers: fc.array(checker, { maxLength: 2 }),
    notify: fc.constantFrom({}, { up: { argv: ["/bin/up"] } }),
    slowStartMs: fc.constant(1000),
  },
  { requiredKeys: ["address", "port", "weight", "forwarding", "checkers", "notify"] },
);
const virtualServers = fc.array(
  fc.record(
    {
      name: fc.string(),
      id: fc.record({ address: fc.string() }),
      quorum: fc.nat(2),
      notify: fc.constantFrom({}, { up: { argv: ["/bin/up"] } }),
      haSuspend: fc.boolean(),
      realServers: fc.array(realServer, { maxLength: 6 }),
    },
    { requiredKeys: ["name", "id", "quorum", "realServers"] },
  ),
  { maxLength: 5 },
);

const start = (servers: unknown, role = "checker"): ToChild =>
  ({ t: "start", role, plan: { virtualServers: servers, resyncMs: 5 }, global: { x: 1 } }) as unknown as ToChild;
const reload = (servers: unknown): ToChild =>
  ({ t: "reload", id: 3, to: { plan: { virtualServers: servers }, global: { x: 1 } } }) as unknown as ToChild;
const sent = (message: ToChild): ToChild => fromWire(JSON.parse(JSON.stringify(toWire(message))) as object);

test("every plan comes out of the pipe as it went in", () => {
  fc.assert(
    fc.property(virtualServers, (servers) => {
      for (const message of [start(servers), reload(servers)]) expect(sent(message)).toEqual(message);
    }),
  );
});

test("messages without virtual servers go as they are", () => {
  const messages = [
    { t: "stop" },
    { t: "reload", id: 1 },
    { t: "reload", id: 2, to: { plan: [], global: {} } },
    { t: "start", role: "vrrp", plan: { instances: [] }, global: {} },
  ] as unknown as ToChild[];
  for (const message of messages) {
    expect(toWire(message)).toBe(message);
    expect(sent(message)).toEqual(message);
  }
});

test("servers that are alike take an address and a port each", () => {
  const one = { address: "10.0.0.1", port: 80, weight: 1, forwarding: { method: "nat" }, checkers: [], notify: {} };
  const many = Array.from({ length: 1000 }, (_, i) => ({ ...one, address: `10.0.${i >> 8}.${i & 255}` }));
  const text = JSON.stringify(toWire(start([{ name: "v", realServers: many }])));
  expect(text.length).toBeLessThan(25 * 1000);
});

test("virtual servers that are alike take a name, what they are and their servers each", () => {
  const one = { scheduler: "wrr", notify: { up: { argv: ["/bin/up"] } }, quorum: 1, realServers: [] };
  const many = Array.from({ length: 1000 }, (_, i) => ({ name: `v${i}`, id: { mark: i }, ...one }));
  const text = JSON.stringify(toWire(start(many)));
  expect(text.length).toBeLessThan(60 * 1000);
});

test("of what the receiver has nothing is sent but where it is, and it gets the very same values", () => {
  fc.assert(
    fc.property(virtualServers, virtualServers, fc.nat(), (held, fresh, seed) => {
      const wanted = [...held, ...fresh]
        .filter((_, i) => ((seed >> i) & 1) === 0)
        .sort((_, b) => (seed % (b.quorum + 2)) - 1);
      const plan = { virtualServers: wanted, resyncMs: 5 };
      const message = {
        t: "reload",
        id: 3,
        to: { plan, global: {} },
        has: { virtualServers: held },
      } as unknown as ToChild;
      const wire = JSON.parse(JSON.stringify(toWire(message))) as object;
      const has = { virtualServers: held } as unknown as Parameters<typeof fromWire>[1];
      const got = fromWire(wire, has) as unknown as { to: { plan: typeof plan }; has?: unknown };
      expect(got.to.plan).toEqual(plan);
      expect(got.has).toBeUndefined();
      for (const [i, server] of wanted.entries())
        if (held.includes(server)) expect(got.to.plan.virtualServers[i]).toBe(server);
    }),
  );
});

test("a change of one of a thousand takes no more bytes than it has", () => {
  const server = { address: "10.0.0.1", port: 80, weight: 1, forwarding: { method: "nat" }, checkers: [], notify: {} };
  const held = Array.from({ length: 1000 }, (_, i) => ({ name: `v${i}`, realServers: [server] }));
  const wanted = held.map((plan, i) => (i === 500 ? { ...plan, name: "other" } : plan));
  const has = { virtualServers: held };
  const message = {
    t: "reload",
    id: 3,
    to: { plan: { virtualServers: wanted }, global: {} },
    has,
  } as unknown as ToChild;
  expect(JSON.stringify(toWire(message)).length).toBeLessThan(400);
});
