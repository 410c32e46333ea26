import { expect, test } from "vitest";
import {
  encodeChangeLink,
  encodeDeleteLink,
  encodeLinkGroup,
  encodeLinkUp,
  encodeNewLink,
} from "../../../src/netlink/link-messages.ts";
import { decodeRouteEvent } from "../../../src/netlink/route-messages.ts";

const RTM_NEWLINK = 16;
const hardwareAddress = Uint8Array.of(0, 0, 0x5e, 0, 1, 0x33);

// As `ip link add link 2 name vrrp.51 group 7 address … type macvlan mode private` asks for it (linux/if_link.h).
test("a macvlan is asked for by name, in private mode, with its MAC address, on the interface below", () => {
  const wanted = encodeNewLink({ name: "vrrp.51", lowerIndex: 2, group: 7, kind: "macvlan", hardwareAddress });
  expect(wanted.toString("hex")).toBe(
    [
      "00000000000000000000000000000000",
      "0a000100" + "00005e0001330000",
      "0c000300" + "767272702e353100",
      "08000500" + "02000000",
      "1c001200" + ("0c000100" + "6d6163766c616e00") + ("0c000200" + "0800010001000000"),
      "08001b00" + "07000000",
    ].join(""),
  );
});

test("an ipvlan is asked for in layer 2, with the mode as flags", () => {
  const wanted = encodeNewLink({ name: "ip0", lowerIndex: 2, group: 0, kind: "ipvlan", mode: "vepa" });
  const kind = "0b000100" + "6970766c616e0000";
  expect(wanted.toString("hex")).toContain(
    `24001200${kind}14000200${"06000100" + "00000000"}${"06000200" + "02000000"}`,
  );
});

test("what was asked for is read again from what the kernel tells", () => {
  const request = { name: "own0", lowerIndex: 3, group: 1, vrfIndex: 9, kind: "macvlan", hardwareAddress } as const;
  expect(decodeRouteEvent(RTM_NEWLINK, encodeNewLink(request))).toEqual({
    type: "link",
    link: {
      ...{ index: 0, name: "own0", hardwareAddress, mtu: 0, up: false },
      ...{ kind: "macvlan", lowerIndex: 3, masterIndex: 9, group: 1 },
    },
  });
  expect(encodeChangeLink(12, request).readInt32LE(4)).toBe(12);
});

test("up, group and removal name the interface by its index", () => {
  expect(encodeLinkUp(5).toString("hex")).toBe("00000000050000000100000001000000");
  expect(encodeLinkGroup(5, 3).toString("hex")).toBe("0000000005000000000000000000000008001b0003000000");
  expect(encodeDeleteLink(5).toString("hex")).toBe("00000000050000000000000000000000");
});
