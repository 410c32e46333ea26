import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Announcement, createAnnouncer } from "../../../src/vrrp/announcer.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

describe("gratuitous ARP", () => {
  const to = (last: number, interfaceIndex = 2, intervalMs = 0): Announcement => ({
    lane: String(interfaceIndex),
    intervalMs,
    interface: "eth0",
    interfaceIndex,
    hardwareAddress: new Uint8Array(6),
    address: `192.0.2.${last}`,
  });
  function announcing(results: (string | undefined)[] = []) {
    const sent: string[] = [];
    const failures: string[] = [];
    const announcer = createAnnouncer(
      {
        send: (frame, index) => {
          const errno = results.shift();
          if (!errno) sent.push(`${index}:${frame[41]}`);
          return errno;
        },
        close: () => {},
      },
      (name, errno) => failures.push(`${name} ${errno}`),
    );
    return { announcer, sent, failures };
  }

  test("leaves at once, round by round", () => {
    const { announcer, sent } = announcing();
    announcer.announce("A", [to(1), to(2)], 2);
    expect(sent).toEqual(["2:1", "2:2", "2:1", "2:2"]);
  });

  test("keeps garp_interval between frames of an interface, not between interfaces", () => {
    const { announcer, sent } = announcing();
    announcer.announce("A", [to(1, 2, 100), to(2, 2, 100), to(3, 5, 100)], 1);
    expect(sent).toEqual(["2:1", "5:3"]);
    vi.advanceTimersByTime(100);
    expect(sent).toEqual(["2:1", "5:3", "2:2"]);
  });

  test("what an instance has not sent when it leaves MASTER is never sent", () => {
    const { announcer, sent } = announcing();
    announcer.announce("A", [to(1, 2, 100), to(2, 2, 100)], 1);
    announcer.announce("B", [to(3, 2, 100)], 1);
    announcer.cancel("A");
    vi.advanceTimersByTime(1000);
    expect(sent).toEqual(["2:1", "2:3"]);
  });

  test("waits for a full queue, gives up on other errors, and goes on with the next", () => {
    const { announcer, sent, failures } = announcing(["ENOBUFS", "ENOBUFS", undefined, "ENETDOWN"]);
    announcer.announce("A", [to(1), to(2), to(3)], 1);
    vi.advanceTimersByTime(100);
    expect([sent, failures]).toEqual([["2:1", "2:3"], ["eth0 ENETDOWN"]]);
  });

  test("a thousand addresses leave in portions", () => {
    const { announcer, sent } = announcing();
    announcer.announce(
      "A",
      Array.from({ length: 1000 }, (_, i) => to(i % 200)),
      1,
    );
    expect(sent.length).toBe(128);
    vi.advanceTimersByTime(100);
    expect(sent.length).toBe(1000);
  });

  test("an interface without a hardware address of six bytes is left out", () => {
    const { announcer, sent } = announcing();
    announcer.announce("A", [{ ...to(1), hardwareAddress: new Uint8Array() }], 1);
    expect(sent).toEqual([]);
  });
});
