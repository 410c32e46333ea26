import { expect, test } from "vitest";
import { vrrpAlert } from "../../../src/process/vrrp-alerts.ts";

test.for([
  ["INSTANCE", "MASTER", "=> VRRP Instance is now owning VRRP VIPs <="],
  ["INSTANCE", "BACKUP", "=> VRRP Instance is no longer owning VRRP VIPs <="],
  ["INSTANCE", "FAULT", "=> VRRP Instance is no longer owning VRRP VIPs <="],
  ["GROUP", "FAULT", "=> All VRRP group instances are now in FAULT state <="],
] as const)("%s in %s is mailed in keepalived's words", ([kind, state, body]) => {
  const who = kind === "GROUP" ? "Group" : "Instance";
  expect(vrrpAlert({ kind, name: "V" }, state)).toEqual({ subject: `VRRP ${who} V - Entering ${state} state`, body });
});
