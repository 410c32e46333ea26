import { expect, test } from "vitest";
import { type HostNetwork, interfaceSection } from "../../../src/process/dump/host.ts";
import type { VrrpInstancePlan, VrrpProcessPlan } from "../../../src/vrrp/model.ts";

const MAC = Uint8Array.from([0x4e, 0xfa, 0x5d, 0x0d, 0x7a, 0x41]);
const BROADCAST = new Uint8Array(6).fill(0xff);
const address = (interfaceIndex: number, text: string) => ({
  interfaceIndex,
  address: text,
  prefixLength: 24,
  secondary: false,
  usable: true,
});
const ethernet = { mtu: 1500, hardwareType: 1, hardwareAddress: MAC, hardwareBroadcast: BROADCAST };

/** As it was when keepalived 2.2.7 wrote the lines below of it. */
const network: HostNetwork = {
  interfaces: [
    {
      ...{ index: 1, name: "lo", mtu: 65_536, hardwareType: 772, flags: 0x49 },
      ...{ hardwareAddress: new Uint8Array(6), hardwareBroadcast: new Uint8Array(6) },
    },
    { index: 3, name: "eth0", flags: 0x1043, ...ethernet },
    { index: 4, name: "vrrp.51", flags: 0x1043, lowerIndex: 3, ...ethernet },
    { index: 5, name: "d0", flags: 0x1002, ...ethernet },
  ],
  addresses: [
    address(1, "127.0.0.1"),
    address(1, "::1"),
    address(3, "10.9.0.1"),
    address(3, "10.9.0.77"), // held by the instance, and so is the next one
    address(3, "fe80::77"),
    address(3, "10.9.0.2"),
    address(3, "2001:db8::1"), // no advert is sent from it
    address(3, "fe80::4cfa:5dff:fe0d:7a41"),
  ],
};
const instance = {
  name: "VI_1",
  interface: "eth0",
  trackPrimary: true,
  trackInterfaces: [{ name: "d0", weight: -10, reverse: false }],
  vmac: { interface: "vrrp.51", kind: "macvlan" },
  addresses: [{ address: "10.9.0.77" }],
  excludedAddresses: [{ address: "fe80::77" }],
  garp: { intervalMs: 0 },
} as unknown as VrrpInstancePlan;
const plan = {
  instances: [instance],
  garpGroups: [{ interfaces: ["eth0"], garpIntervalMs: 500, gnaIntervalMs: 300 }],
  linkDelays: [{ interface: "d0", downMs: 2000, upMs: 100 }],
} as unknown as VrrpProcessPlan;

test("interfaces, line by line as keepalived writes them", () => {
  expect(interfaceSection(plan, network).join("\n")).toBe(` Name = lo
   index = 1
   IPv4 address = 127.0.0.1
   IPv6 address = (none)
   State = UP, RUNNING, no broadcast, loopback, no multicast
   Up debounce timer = 0us
   Down debounce timer = 0us
   MTU = 65536
   HW Type = LOOPBACK
   NIC netlink status update
 Name = eth0
   index = 3
   IPv4 address = 10.9.0.1
   Additional IPv4 addresses :
     10.9.0.2
   IPv6 address = fe80::4cfa:5dff:fe0d:7a41
   MAC = 4e:fa:5d:0d:7a:41
   MAC broadcast = ff:ff:ff:ff:ff:ff
   State = UP, RUNNING
   Up debounce timer = 0us
   Down debounce timer = 0us
   MTU = 1500
   HW Type = ETHERNET
   NIC netlink status update
   Gratuitous ARP interval 500ms
   Gratuitous NA interval 300ms
   Gratuitous ARP aggregation group 1
   Tracking VRRP instances :
     VI_1, weight 0
 Name = vrrp.51
   index = 4
   IPv4 address = (none)
   IPv6 address = (none)
   MAC = 4e:fa:5d:0d:7a:41
   MAC broadcast = ff:ff:ff:ff:ff:ff
   State = UP, RUNNING
   Up debounce timer = 0us
   Down debounce timer = 0us
   VMAC type private, underlying interface = eth0, state = UP, RUNNING
   I/f created by keepalived
   MTU = 1500
   HW Type = ETHERNET
   NIC netlink status update
   Tracking VRRP instances :
     VI_1, weight 0
 Name = d0
   index = 5
   IPv4 address = (none)
   IPv6 address = (none)
   MAC = 4e:fa:5d:0d:7a:41
   MAC broadcast = ff:ff:ff:ff:ff:ff
   State = not UP, not RUNNING
   Up debounce timer = 100000us
   Down debounce timer = 2000000us
   MTU = 1500
   HW Type = ETHERNET
   NIC netlink status update
   Tracking VRRP instances :
     VI_1, weight -10`);
});
