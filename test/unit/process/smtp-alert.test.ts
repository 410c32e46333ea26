import { expect, test } from "vitest";
import { checkerPlanOf } from "./planning.ts";
import { instanceText, vrrpPlanOf } from "./vrrp-planning.ts";

const lines = (on: boolean | undefined, name: string): string =>
  on === undefined ? "" : `${name} ${on ? "on" : "off"}\n`;
const SWITCHES = [undefined, true, false] as const;

type Globals = { readonly all?: boolean | undefined; readonly kind?: boolean | undefined };
const globals = ({ all, kind }: Globals, name: string): string =>
  `global_defs {\n${lines(all, "smtp_alert")}${lines(kind, name)}}\n`;

/** Every way to set the switch of a block, that of its kind, and that for all: the first that is set counts. */
const cases = SWITCHES.flatMap((own) =>
  SWITCHES.flatMap((kind) => SWITCHES.map((all) => ({ own, kind, all, given: own ?? kind ?? all }))),
);

test.for(cases)("a virtual server and its real server: own $own, smtp_alert_checker $kind, smtp_alert $all", (c) => {
  const own = lines(c.own, "smtp_alert");
  const server = `real_server 10.0.0.2 80 {\n${own}}\n`;
  const head = globals({ all: c.all, kind: c.kind }, "smtp_alert_checker");
  const { plan } = checkerPlanOf(
    `${head}virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind DR\nprotocol TCP\n${own}${server}}\n`,
  );
  const [service] = plan.virtualServers;
  // Where nobody says anything a real server is told of, and a quorum is not.
  expect([service?.smtpAlert, service?.realServers[0]?.smtpAlert]).toEqual([c.given ?? false, c.given ?? true]);
});

test.for(cases)("an instance and a group: own $own, smtp_alert_vrrp $kind, smtp_alert $all", (c) => {
  const own = lines(c.own, "smtp_alert");
  const head = globals({ all: c.all, kind: c.kind }, "smtp_alert_vrrp");
  const { plan } = vrrpPlanOf(`${head}vrrp_sync_group G {\ngroup { A }\n${own}}\n${instanceText("A", own)}`);
  expect([plan.instances[0]?.smtpAlert, plan.groups[0]?.smtpAlert]).toEqual([c.given ?? false, c.given ?? false]);
});

test("what is set for the other kind has no effect", () => {
  const head = "global_defs {\nsmtp_alert_vrrp on\n}\n";
  const { plan } = checkerPlanOf(
    `${head}virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind DR\nprotocol TCP\nreal_server 10.0.0.2 80 {\n}\n}\n`,
  );
  expect(plan.virtualServers[0]?.smtpAlert).toBe(false);
  const other = vrrpPlanOf(`global_defs {\nsmtp_alert_checker on\n}\n${instanceText("A", "")}`);
  expect(other.plan.instances[0]?.smtpAlert).toBe(false);
});
