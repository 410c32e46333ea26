import { describe, expect, test } from "vitest";
import { ok } from "../../../src/core/result.ts";
import type { VrrpInstancePlan } from "../../../src/vrrp/model.ts";
import { advertBytes, receiveBufferBytes } from "../../../src/vrrp/receive-buffer.ts";
import { channelOf, createSocketPool, type NeededChannel } from "../../../src/vrrp/socket-pool.ts";

const LEAST = 256 * 1024;
const unicast = { peers: [], ttl: 255, checkSource: false };
const eth0: NeededChannel = { interface: "eth0", family: 4, protocol: 112, group: "224.0.0.18" };

function pool(links: Record<string, { index: number; mtu: number }>) {
  const opened: string[] = [];
  const sockets = createSocketPool({
    network: { link: (name) => links[name] as never },
    open: (at) => {
      opened.push(`${at.interface} ${at.receiveBufferBytes}`);
      return ok({
        send: () => undefined,
        drain() {},
        know() {},
        forget() {},
        heard: () => undefined,
        openBeat: () => undefined,
        close: () => opened.push("close"),
      });
    },
    onPacket: () => undefined,
    onChange: () => undefined,
    now: () => 0,
  });
  return { sockets, opened };
}

describe("sockets for adverts", () => {
  test("an instance without interface speaks in its VRF, or anywhere", () => {
    const plan = { interface: "", family: 4, multicastGroup: "224.0.0.18", unicast } as const;
    expect(channelOf({ ...plan, vrf: "blue" })).toEqual({ interface: "blue", family: 4, protocol: 112 });
    const { sockets, opened } = pool({});
    sockets.update([channelOf({ ...plan, vrf: "blue" }), channelOf(plan)]);
    expect(opened).toEqual([` ${LEAST}`]); // the VRF is not there yet
  });

  test("one socket has room for what all its instances ask for, and is opened again for more", () => {
    const { sockets, opened } = pool({ eth0: { index: 2, mtu: 9000 } });
    const wish = { packets: 10, of: "mtu" } as const;
    sockets.update([eth0, eth0]);
    sockets.update([eth0, { ...eth0, receiveBuffer: { bytes: 5 } }]);
    expect(opened).toEqual([`eth0 ${LEAST}`]);
    sockets.update(Array.from({ length: 3 }, () => ({ ...eth0, receiveBuffer: wish })));
    expect(opened.slice(1)).toEqual(["close", `eth0 ${270_000}`]);
    sockets.update([eth0]);
    expect(opened.slice(3)).toEqual(["close", `eth0 ${LEAST}`]);
  });

  test("no wish goes beyond what the kernel can be asked for", () => {
    expect(receiveBufferBytes([{ bytes: 0xffffffff }, undefined], 1500)).toBe(1024 ** 3);
  });

  test("an advert over IPv6 of two addresses is 80 bytes", () => {
    const addresses = ["fe80::1", "2001:db8::1"].map((address) => ({ address, prefixLength: 64 }));
    const plan = { version: 3, family: 6, vrid: 1, advertIntervalMs: 1000, addresses, v3ChecksumAsV2: false } as const;
    expect(advertBytes(plan satisfies Partial<VrrpInstancePlan>)).toBe(40 + 8 + 32);
  });
});
