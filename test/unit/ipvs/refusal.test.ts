import { expect, test } from "vitest";
import type { Command, Destination, Service } from "../../../src/ipvs/model.ts";
import { refusal } from "../../../src/ipvs/refusal.ts";

const service = { scheduler: "mh", engine: "sip" } as unknown as Service;
const destination = { address: "255.255.255.255" } as unknown as Destination;
const ofService = (op: "addService" | "setService" | "delService"): Command => ({ op, service });
const ofDestination = (op: "addDest" | "setDest" | "delDest"): Command => ({ op, service, destination });

test.each([
  [ofService("addService"), "ENOENT", /scheduler `mh` and persistence engine `sip`: modprobe ip_vs_mh ip_vs_pe_sip$/],
  [ofService("addService"), "EEXIST", /already; see who else programs IPVS$/],
  [ofService("addService"), "EAFNOSUPPORT", /without IPv6$/],
  [ofService("setService"), "ESRCH", /something else removed it$/],
  [ofService("delService"), "ESRCH", /gone already$/],
  [ofDestination("addDest"), "EINVAL", /^255\.255\.255\.255 must be a unicast address/],
  [ofDestination("addDest"), "ERANGE", /lower connection threshold is above the upper one$/],
  [ofDestination("addDest"), "EOPNOTSUPP", /cannot forward to it that way$/],
  [ofDestination("setDest"), "ENOENT", /something else removed it$/],
  [ofDestination("delDest"), "ENOENT", /gone already$/],
  [ofDestination("delDest"), "EPERM", /CAP_NET_ADMIN$/],
  [ofService("setService"), "ENOMEM", /out of memory$/],
  [ofService("delService"), "ENOTRECOVERABLE", /^the kernel gives no other reason$/],
] as const)("%j refused with %s", (command, errno, words) => {
  const { hint } = refusal(command, errno);
  expect(hint).toMatch(words);
  expect(hint).not.toMatch(/\n|undefined/);
});

test("what else was said of it stands behind", () => {
  expect(refusal(ofService("addService"), "EPERM", "IPv6 needs generic netlink").hint).toMatch(
    /CAP_NET_ADMIN; IPv6 needs generic netlink$/,
  );
});
