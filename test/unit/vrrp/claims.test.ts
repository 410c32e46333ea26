import { constants } from "node:os";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import { ok } from "../../../src/core/result.ts";
import { type ClaimDoor, openClaimSocket } from "../../../src/vrrp/claim-socket.ts";
import { createClaims, type HeardWord } from "../../../src/vrrp/claims.ts";
import { createContention } from "../../../src/vrrp/contention.ts";
import type { Instance } from "../../../src/vrrp/instance.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import type { VirtualAddress } from "../../../src/vrrp/model.ts";
import type { Link } from "../../../src/vrrp/network.ts";
import { emitGratuitousArp, gratuitousArpLength } from "../../../src/vrrp/wire/arp.ts";
import { type AddressWord, decodeArp, decodeNeighbour } from "../../../src/vrrp/wire/claim.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const VIP = "192.0.2.100";
const OTHER = Uint8Array.of(2, 0, 0, 0, 0, 9);
const log = createLogger(vrrpEvents, () => {});

/** A kernel whose socket has `waiting` frames, or gives these errors. */
function kernel(waiting: (Uint8Array | number)[]) {
  const seen = { watched: 0, stopped: 0, closed: 0, sent: 0 };
  let readable = (): void => {};
  const door: ClaimDoor = {
    openFiltered: () => 7,
    close: () => void seen.closed++,
    sendFrame: (_, frame) => {
      seen.sent++;
      return frame.length;
    },
    receive: (_, buffer) => {
      const next = waiting.shift() ?? -constants.errno.EAGAIN;
      if (typeof next === "number") return next;
      buffer.set(next);
      return next.length;
    },
    watch: (_, onReadable) => {
      seen.watched++;
      readable = onReadable;
      return () => void seen.stopped++;
    },
  };
  return { door, seen, read: () => readable() };
}

const claimOf = (address: string): Uint8Array => {
  const frame = new Uint8Array(gratuitousArpLength);
  emitGratuitousArp(frame, address, OTHER);
  return frame;
};
const at = { interfaceIndex: 3, family: 4, addresses: [VIP] } as const;

describe("a socket that hears claims", () => {
  test("a flood costs 32 frames, then it rests", () => {
    const words: AddressWord[] = [];
    const { door, seen, read } = kernel(Array.from({ length: 1000 }, () => claimOf(VIP)));
    const socket = openClaimSocket(at, (word) => words.push(word), door);
    read();
    expect([words.length, seen.watched, seen.stopped]).toEqual([32, 1, 1]);
    vi.advanceTimersByTime(99);
    expect(seen.watched).toBe(1);
    vi.advanceTimersByTime(1);
    expect(seen.watched).toBe(2);
    read();
    expect(words).toHaveLength(64);
    if (socket.ok) socket.value.close();
    vi.advanceTimersByTime(1000);
    expect([seen.watched, seen.closed]).toEqual([2, 1]);
  });

  test("an interface that goes down is told once; another error ends the reading", () => {
    const { errno } = constants;
    const words: AddressWord[] = [];
    const { door, seen, read } = kernel([-errno.ENETDOWN, claimOf(VIP), -errno.EBADF]);
    openClaimSocket(at, (word) => words.push(word), door);
    read();
    expect([words.length, seen.stopped]).toEqual([1, 1]);
    vi.advanceTimersByTime(1000);
    expect(seen.watched).toBe(1);
  });

  test("what the kernel does not open is told, our own mistakes are not swallowed", () => {
    const refuse = (error: Error): ClaimDoor => ({
      ...kernel([]).door,
      openFiltered: () => {
        throw error;
      },
    });
    const denied = Object.assign(new Error("socket EPERM"), { code: "EPERM" });
    expect(openClaimSocket(at, () => {}, refuse(denied))).toMatchObject({ ok: false, error: { code: "EPERM" } });
    expect(() => openClaimSocket(at, () => {}, refuse(new TypeError("x")))).toThrow(TypeError);
  });
});

const link = (name: string, index: number, last: number): Link =>
  ({ name, index, up: true, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, last) }) as unknown as Link;
const planOf = (...addresses: (string | VirtualAddress)[]) => ({
  interface: "eth0",
  addresses: addresses.map((a) => (typeof a === "string" ? { address: a, prefixLength: 32 } : a)),
  excludedAddresses: [],
});

describe("listening where there are virtual addresses", () => {
  function claims(links: Map<string, Link>) {
    const opened: { index: number; family: number; addresses: readonly string[]; closed: boolean; sent: Buffer[] }[] =
      [];
    const made = createClaims({
      network: { link: (name) => links.get(name) },
      log,
      onWord: () => {},
      open: ({ interfaceIndex: index, family, addresses }) => {
        const one = { index, family, addresses, closed: false, sent: [] as Buffer[] };
        opened.push(one);
        const send = (frame: Uint8Array): undefined => void one.sent.push(Buffer.from(frame));
        const close = (): void => {
          one.closed = true;
        };
        return ok({ send, close });
      },
    });
    return { made, opened };
  }

  test("one socket an interface and family, opened anew when addresses or the interface are others", () => {
    const links = new Map([["eth0", link("eth0", 2, 1)]]);
    const { made, opened } = claims(links);
    const [first, second] = [planOf(VIP, "2001:db8::1"), planOf("192.0.2.101")];
    made.update([first, second]);
    made.update([first, second]);
    expect(opened.map(({ family, addresses }) => [family, ...addresses])).toEqual([
      [4, VIP, "192.0.2.101"],
      [6, "2001:db8::1"],
    ]);
    made.update([first]);
    expect(opened.map(({ closed }) => closed)).toEqual([true, false, false]);
    links.set("eth0", link("eth0", 9, 1));
    made.update([first]);
    expect(opened.slice(3).map(({ index }) => index)).toEqual([9, 9]);
    links.delete("eth0");
    made.update([first]);
    expect(opened.every(({ closed }) => closed)).toBe(true);
  });

  test("asks for the addresses of an instance, each on its link, from the hardware address there", () => {
    const links = new Map([
      ["eth0", link("eth0", 2, 1)],
      ["eth1", link("eth1", 3, 2)],
    ]);
    const { made, opened } = claims(links);
    const plan = planOf(VIP, { address: "198.51.100.1", prefixLength: 24, interface: "eth1" });
    made.update([plan]);
    made.ask(plan);
    const asked = opened.map(({ index, sent }) => [index, ...sent.map((frame) => decodeArp(frame))]);
    expect(asked).toEqual([
      [2, { kind: "probe", address: VIP, hardwareAddress: "02:00:00:00:00:01" }],
      [3, { kind: "probe", address: "198.51.100.1", hardwareAddress: "02:00:00:00:00:02" }],
    ]);
    const six = (address: string, noDad?: true) => ({ address, prefixLength: 64, ...(noDad && { noDad }) });
    const mixed = planOf(six("2001:db8::1", true), six("2001:db8::2"));
    made.update([mixed]);
    made.ask(mixed);
    expect(opened.at(-1)?.sent.map((frame) => decodeNeighbour(frame)?.address)).toEqual(["2001:db8::1"]);
    const many = planOf(...Array.from({ length: 300 }, (_, i) => `10.0.${i >> 8}.${i & 255}`));
    made.update([many]);
    made.ask(many);
    expect(opened.at(-1)?.sent).toHaveLength(8);
  });
});

describe("whose word counts", () => {
  function contention(state: "master" | "backup") {
    const heard: [HeardWord, boolean][] = [];
    let say = (_: AddressWord): void => {};
    const drained = vi.fn();
    const instance = {
      id: "1",
      plan: planOf(VIP),
      state: { name: state },
      hearWord: (word: HeardWord, outranks: boolean) => void heard.push([word, outranks]),
    } as unknown as Instance;
    const links = [link("eth0", 2, 5), link("bond0", 3, 7)];
    const vmac = { ...link("vrrp.51", 4, 0), hardwareAddress: Uint8Array.of(0, 0, 0x5e, 0, 1, 51) };
    const made = createContention({
      network: { links: () => [...links, vmac], link: (name) => links.find((one) => one.name === name) },
      log,
      instances: () => [instance],
      drain: drained,
      open: (_, onWord) => {
        say = onWord;
        return ok({ send: () => undefined, close: () => {} });
      },
    });
    made.update();
    const claim = (hardwareAddress: string, address = VIP): void => say({ kind: "claim", address, hardwareAddress });
    return { claim, heard: () => heard.map(([word, outranks]) => [word.hardwareAddress, outranks]), drained };
  }

  test("any hardware address but those of this host; adverts that came before are looked at first", () => {
    const { claim, heard, drained } = contention("master");
    for (const mac of ["02:00:00:00:00:05", "02:00:00:00:00:07", "00:00:5e:00:01:33"]) claim(mac);
    expect([heard(), drained.mock.calls.length]).toEqual([[], 0]);
    claim("02:00:00:00:00:04");
    claim("52:54:00:00:00:01");
    claim("52:54:00:00:00:01", "192.0.2.99"); // the filter lets more through than is asked for
    expect(heard()).toEqual([
      ["02:00:00:00:00:04", false],
      ["52:54:00:00:00:01", true],
    ]);
    expect(drained).toHaveBeenCalledTimes(2);
  });

  test("to a backup the virtual router's hardware address, which it has itself, is that of the master", () => {
    const { claim, heard } = contention("backup");
    claim("02:00:00:00:00:05");
    claim("00:00:5e:00:01:33");
    expect(heard()).toEqual([["00:00:5e:00:01:33", false]]);
  });
});
