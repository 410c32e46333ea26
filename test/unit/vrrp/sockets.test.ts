import { constants } from "node:os";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { err, ok } from "../../../src/core/result.ts";
import { createSocketPool } from "../../../src/vrrp/socket-pool.ts";
import { openVrrpSocket, type SocketDoor, type SocketHandlers } from "../../../src/vrrp/sockets.ts";
import { createDeadline } from "../../../src/vrrp/timers.ts";
import vectors from "../../vectors/vrrp.json" with { type: "json" };

const nowMs = (): number => performance.now();
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

describe("a deadline", () => {
  test("comes once, not before its time, and again only when set again", () => {
    const due = vi.fn();
    const deadline = createDeadline(() => {}, due);
    deadline.set(nowMs() + 100.5);
    vi.advanceTimersByTime(100);
    expect(due).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5000);
    expect(due).toHaveBeenCalledTimes(1);
  });

  test("that is moved replaces the one before; taken away it never comes", () => {
    const due = vi.fn();
    const deadline = createDeadline(() => {}, due);
    deadline.set(nowMs() + 100);
    deadline.set(nowMs() + 300);
    vi.advanceTimersByTime(200);
    expect(due).not.toHaveBeenCalled();
    deadline.set(undefined);
    vi.advanceTimersByTime(1000);
    expect(due).not.toHaveBeenCalled();
  });

  test("what was received meanwhile is read first, and may move it", () => {
    const due = vi.fn();
    const before = vi.fn(() => deadline.set(nowMs() + 500));
    const deadline = createDeadline(before, due);
    deadline.set(nowMs() + 100);
    vi.advanceTimersByTime(150);
    expect([before.mock.calls.length, due.mock.calls.length]).toEqual([1, 0]);
    before.mockImplementation(() => {});
    vi.advanceTimersByTime(500);
    expect(due).toHaveBeenCalledTimes(1);
  });

  test("further away than a timer can hold does not come at once", () => {
    const due = vi.fn();
    createDeadline(() => {}, due).set(nowMs() + 2 ** 40);
    vi.advanceTimersByTime(60_000);
    expect(due).not.toHaveBeenCalled();
  });
});

describe("the VRRP socket", () => {
  const packet = Buffer.from(vectors.v3.hex.replaceAll(" ", ""), "hex");
  const { EAGAIN, ENETDOWN, ENODEV, EINTR, ENOBUFS } = constants.errno;
  /** A door whose receive() plays a row of results: a packet, or a negative errno. */
  function playing(row: (Buffer | number)[]) {
    const calls: string[] = [];
    let readable = (): void => {};
    const door: SocketDoor = {
      openRawIp: () => 7,
      openPacket: () => 8,
      close: (fd) => void calls.push(`close ${fd}`),
      sendRawIp: () => -ENOBUFS,
      sendFrame: () => 0,
      openBeat: () => {
        throw new Error("there is no thread to be had");
      },
      monotonicMs: () => 0,
      openEar: (_fd, _family, _protocol, callback) => {
        readable = callback;
        return {
          receive: (buffer) => {
            const next = row.shift() ?? -EAGAIN;
            if (typeof next === "number") return next;
            buffer.set(next);
            return next.length;
          },
          know: (known) => void calls.push(`know ${known.length}`),
          forget: (vrid) => void calls.push(`forget ${vrid}`),
          heard: (vrid, out) => out.set([vrid === 51 ? 3 : 0, 1000]),
          close: () => void calls.push("unwatch"),
        };
      },
    };
    const handlers: SocketHandlers = {
      onPacket: ({ source }) => void calls.push(`packet ${source}`),
      onBroken: (errno) => void calls.push(`broken ${errno}`),
    };
    const opened = openVrrpSocket(
      { interface: "eth0", family: 4 as const, protocol: 112, group: "224.0.0.18", receiveBufferBytes: 65_536 },
      handlers,
      door,
    );
    if (!opened.ok) throw new Error("not opened");
    return { socket: opened.value, calls, wake: () => readable() };
  }

  test.for([
    { name: "reads until there is nothing more", row: [packet, packet, -EAGAIN, packet], calls: 2 },
    {
      name: "an interface that went down or an interrupted call is no end",
      row: [-ENETDOWN, packet, -EINTR, packet],
      calls: 2,
    },
    {
      name: "bytes that are no packet are left out",
      row: [Buffer.alloc(3), Buffer.from("nonsense"), packet],
      calls: 1,
    },
    { name: "a flood does not keep other work waiting", row: Array.from({ length: 500 }, () => packet), calls: 64 },
  ])("$name", ({ row, calls }) => {
    const playback = playing(row);
    playback.wake();
    expect(playback.calls).toEqual(Array.from({ length: calls }, () => "packet 192.0.2.1"));
  });

  test("before silence is concluded all of a full receive buffer is read", () => {
    const { socket, calls } = playing(Array.from({ length: 500 }, () => packet));
    socket.drain();
    expect(calls.length).toBe(500);
  });

  test("an error that stays is reported once, and the descriptor no longer watched", () => {
    const { wake, calls, socket } = playing([-ENODEV]);
    wake();
    socket.close();
    socket.close();
    expect(calls).toEqual(["unwatch", "broken ENODEV", "close 7"]);
  });

  test("tells of packets that it knows how many have come, and when; nothing more once it is closed", () => {
    const { socket, calls } = playing([]);
    socket.know(packet);
    socket.forget(51);
    expect([socket.heard(51), socket.heard(52)]).toEqual([{ adverts: 3, lastAt: 1000 + nowMs() }, undefined]);
    socket.close();
    socket.know(packet);
    socket.forget(51);
    expect(socket.heard(51)).toBeUndefined();
    expect(calls).toEqual([`know ${packet.length}`, "forget 51", "unwatch", "close 7"]);
  });

  test("a packet longer than the buffer is cut, and harmless", () => {
    const { wake, calls, socket } = playing([]);
    wake();
    expect(calls).toEqual([]);
    expect(socket.send(packet, "224.0.0.18")).toBe("ENOBUFS");
  });

  test("an error of opening is a value with its name", () => {
    const door = {
      openRawIp: () => {
        throw Object.assign(new Error("socket EPERM"), { code: "EPERM" });
      },
    };
    const opened = openVrrpSocket(
      { interface: "eth0", family: 4 as const, protocol: 112, group: "224.0.0.18", receiveBufferBytes: 65_536 },
      {} as SocketHandlers,
      door as unknown as SocketDoor,
    );
    expect(opened).toEqual({ ok: false, error: { code: "EPERM", message: "socket EPERM" } });
  });
});

describe("sockets of several instances", () => {
  const channel = {
    interface: "eth0",
    family: 4 as const,
    protocol: 112,
    group: "224.0.0.18",
    receiveBufferBytes: 65_536,
  };
  function pool(results: (string | undefined)[]) {
    const calls: string[] = [];
    let index: number | undefined = 2;
    let handlers: SocketHandlers | undefined;
    const made = createSocketPool({
      network: { link: () => (index === undefined ? undefined : ({ index, name: "eth0" } as never)) },
      open: (_at, given) => {
        handlers = given;
        const code = results.shift();
        calls.push(code ? `refused ${code}` : "open");
        if (code) return err({ code, message: code });
        return ok({
          send: () => undefined,
          drain: () => {},
          know: () => {},
          forget: () => {},
          heard: () => undefined,
          openBeat: () => undefined,
          close: () => void calls.push("close"),
        });
      },
      onPacket: () => {},
      onChange: () => made.update([channel]),
      now: nowMs,
    });
    return {
      made,
      calls,
      setIndex: (next: number | undefined) => {
        index = next;
      },
      break: () => handlers?.onBroken("EBADF"),
    };
  }

  test("one is opened for all that share it, and closed when nobody needs it", () => {
    const { made, calls } = pool([]);
    made.update([channel, channel]);
    made.update([channel]);
    made.update([]);
    expect(calls).toEqual(["open", "close"]);
  });

  test("an interface that comes back under another index gets a new one", () => {
    const { made, calls, setIndex } = pool([]);
    made.update([channel]);
    setIndex(undefined);
    made.update([channel]);
    expect(made.get(channel)).toEqual({});
    setIndex(9);
    made.update([channel]);
    expect(calls).toEqual(["open", "close", "open"]);
  });

  test("a refusal is told, and tried again after a while by itself", () => {
    const { made, calls } = pool(["EMFILE"]);
    made.update([channel]);
    made.update([channel]);
    expect(made.get(channel)).toEqual({ error: { code: "EMFILE", message: "EMFILE" } });
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual(["refused EMFILE", "open"]);
    expect(made.get(channel).socket).toBeDefined();
  });

  test("one that breaks is replaced at once; breaking again and again, it has to wait", () => {
    const { made, calls, break: breakIt } = pool([]);
    made.update([channel]);
    breakIt();
    expect(calls).toEqual(["open", "close", "open"]);
    breakIt();
    expect(made.get(channel).error?.code).toBe("EBADF");
    vi.advanceTimersByTime(1000);
    expect(made.get(channel).socket).toBeDefined();
  });
});
