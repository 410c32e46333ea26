import { expect, test } from "vitest";
import type { Probe } from "../../../src/checkers/model.ts";
import { effectsOf } from "../../../src/virtual-server/effects.ts";
import { checker, server, service } from "./plans.ts";

const guardedBy = (...kinds: readonly string[]) =>
  server(2, {
    smtpAlert: true,
    checkers: kinds.map((kind, i) => checker(`c${i}`, { probe: { kind } as Probe })),
  });

const bodies = (told: (effects: ReturnType<typeof effectsOf>) => void): string[] => {
  const effects = effectsOf(service(1, [], { smtpAlert: true, quorum: 3, hysteresis: 1, omega: true }));
  told(effects);
  return effects.list.flatMap((effect) => (effect.do === "mail" ? [effect.body] : []));
};

test.for([
  [["TCP_CHECK"], "=> TCP CHECK failed on service <=\nrefused", "=> TCP CHECK succeed on service <="],
  [["UDP_CHECK"], "=> UDP CHECK failed on service <=\nrefused", "=> UDP CHECK succeed on service <="],
  [["PING_CHECK"], "=> ICMP CHECK failed on service <=\nrefused", "=> ICMP CHECK succeed on service <="],
  [["MISC_CHECK"], "=> MISC CHECK failed on service <=\nrefused", "=> MISC CHECK succeeded on service <="],
  [["DNS_CHECK"], "=> DNS_CHECK: failed on service <=\nrefused", "=> DNS_CHECK: succeed on service <="],
  [["HTTP_GET"], "=> CHECK failed on service : refused <=", "=> CHECK succeed on service <="],
  [["TCP_CHECK", "MISC_CHECK"], "=> CHECK failed on service : refused <=", "=> CHECK succeed on service <="],
] as const)("a server guarded by %o is mailed in keepalived's words, with the reason", ([kinds, down, up]) => {
  const rs = guardedBy(...kinds);
  expect(bodies((to) => to.realServerChanged(rs, false, "refused"))).toEqual([down]);
  expect(bodies((to) => to.realServerChanged(rs, true, ""))).toEqual([up]);
});

test("a quorum is mailed with its arithmetic, a stop and a removal as keepalived has them", () => {
  expect(bodies((to) => to.quorumChanged(true, 4, true))).toEqual(["=> Gained quorum 3+1=4 <= 4 <="]);
  expect(bodies((to) => to.quorumChanged(true, 4, false))).toEqual(["=> Starting with quorum up 3+1=4 <= 4 <="]);
  expect(bodies((to) => to.quorumChanged(false, 1, true))).toEqual(["=> Lost quorum 3-1=2 > 1 <="]);
  expect(bodies((to) => to.startingWithoutQuorum(0))).toEqual(["=> Starting with quorum down 3-1=2 > 0 <="]);
  expect(bodies((to) => to.quorumStopped())).toEqual(["=> Shutting down <="]);
  expect(bodies((to) => to.realServerStopped(guardedBy("TCP_CHECK"), true))).toEqual(["=> Shutting down <="]);
  expect(bodies((to) => to.realServerGone(guardedBy("TCP_CHECK"), true))).toEqual(["=> Removing <="]);
});
