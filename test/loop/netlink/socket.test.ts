import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { MessageType } from "netlink/dist/rt/gen_structs.js";
import { expect, test } from "vitest";
import { encodeMessages, flags } from "../../../src/netlink/message.ts";
import { NetlinkConnection } from "../../../src/netlink/request.ts";
import { RouteMonitor } from "../../../src/netlink/route.ts";
import { addressDump, linkDump } from "../../../src/netlink/route-messages.ts";
import { kernelSocket, protocols } from "../../../src/netlink/socket.ts";

/** Reading links and addresses needs no privilege. */

test("the loopback interface and its address are found", async () => {
  const monitor = await RouteMonitor.open();
  const lo = monitor.link("lo");
  expect(lo).toMatchObject({ index: 1, up: true });
  expect(monitor.addresses()).toContainEqual(
    expect.objectContaining({ interfaceIndex: 1, address: "127.0.0.1", prefixLength: 8 }),
  );
  monitor.close();
});

test("answers that do not fit the receive buffer (ENOBUFS) are an overrun, and the socket goes on working", async () => {
  const seen: string[] = [];
  const open = kernelSocket(protocols.route, 4096);
  const socket = open({
    datagram: () => {
      seen.push("datagram");
      return true;
    },
    overrun: () => seen.push("overrun"),
    drained: () => {},
    failed: (errno) => seen.push(errno),
  });
  const until = async (what: string): Promise<void> => {
    const deadline = performance.now() + 5000;
    while (!seen.includes(what) && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toContain(what);
  };
  // 4000 requests that the kernel refuses, all of them before anything is read; the event loop finds the error.
  const refused = { type: MessageType.GETLINK, flags: flags.request | flags.ack, payload: linkDump() };
  for (let i = 0; i < 40; i++) expect(socket.send(encodeMessages(Array(100).fill(refused), 1))).toBeUndefined();
  await until("overrun");
  await until("datagram");
  while (seen.length > 0) {
    seen.length = 0;
    socket.drain();
  }
  socket.send(encodeMessages([refused], 2));
  await until("datagram");
  expect(seen).toEqual(["datagram"]);
  socket.close();
});

test("a closed socket sends nothing and may be closed again", () => {
  const socket = kernelSocket(
    protocols.route,
    65_536,
  )({ datagram: () => true, overrun: () => {}, drained: () => {}, failed: () => {} });
  socket.close();
  socket.close();
  expect(socket.send(Buffer.alloc(16))).toBe("EBADF");
});

test("200 requests at once are answered each by its own", async () => {
  const connection = new NetlinkConnection(kernelSocket(protocols.route, 65_536));
  const dump = { type: MessageType.GETADDR, flags: flags.dump, payload: addressDump() };
  const missing = { type: MessageType.GETLINK, flags: 0, payload: missingLink() };
  const calls = Array.from({ length: 200 }, (_, i) =>
    i % 2 === 0
      ? connection.call(dump, (payload) => payload.length).then((found) => found.length > 0)
      : connection.call(missing, () => true).catch((error: { code: string }) => error.code),
  );
  expect(new Set(await Promise.all(calls))).toEqual(new Set([true, "ENODEV"]));
  connection.close();
});

function missingLink(): Buffer {
  const payload = linkDump();
  payload.writeInt32LE(0x7fff_fff0, 4);
  return payload;
}

/** Runs a script with `native` at hand in a process of its own. */
async function child(script: string): Promise<{ stdout: string; stderr: string; code: number }> {
  const addon = new URL("../../../native/build/Release/lvskeeper.node", import.meta.url).pathname;
  const prelude = `const native = require(${JSON.stringify(addon)}); const buffer = Buffer.alloc(65536);`;
  try {
    return { ...(await promisify(execFile)(process.execPath, ["-e", prelude + script])), code: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    return { stdout, stderr, code };
  }
}
const request = encodeMessages(
  [{ type: MessageType.GETLINK, flags: flags.request | flags.dump, payload: linkDump() }],
  1,
);
const ask = `const fd = native.openNetlink(0, 65536); native.send(fd, Buffer.from("${request.toString("hex")}", "hex"));`;

test("what a watcher's callback throws is an uncaughtException, and the watcher goes on", async () => {
  const { stdout, code } = await child(`${ask}
    process.on("uncaughtException", (error) => console.log("caught " + error.message));
    let calls = 0;
    const stop = native.watch(fd, () => {
      if (++calls === 1) throw new Error("ours");
      stop(); stop(); native.close(fd); console.log("stopped");
    });`);
  expect([stdout, code]).toEqual(["caught ours\nstopped\n", 0]);
});

test("without a handler it ends the process, as for any event", async () => {
  const { stderr, code } = await child(`${ask} native.watch(fd, () => { throw new Error("ours"); });`);
  expect(stderr).toContain("Error: ours");
  expect(code).toBe(1);
});

test("a worker that ends with a watcher running takes it along", async () => {
  const { stdout, code } = await child(`
    const { Worker, isMainThread } = require("node:worker_threads");
    const addon = ${JSON.stringify(new URL("../../../native/build/Release/lvskeeper.node", import.meta.url).pathname)};
    const worker = new Worker(\`
      const native = require(\${JSON.stringify(addon)});
      native.watch(native.openNetlink(0, 65536), () => {});
      require("node:worker_threads").parentPort.postMessage("watching");\`, { eval: true });
    worker.on("message", async () => { await worker.terminate(); console.log("terminated"); });`);
  expect([stdout, code]).toEqual(["terminated\n", 0]);
});

test.for([
  ["native.openRawIp(112, 4, 'no-such-if', 65536, '224.0.0.18')", "ENODEV if_nametoindex"],
  ["native.openUnixDatagram('/no/such/socket')", "ENOENT connect"],
  ["native.close(12345)", "EBADF close"],
  ["native.watch(12345, () => {})", "EBADF uv_poll_init"],
  ["native.openNetlink(99, 65536)", "EPROTONOSUPPORT socket"],
  ["native.openRawIp(112, 4, 'lo', 65536, '2001:db8::1')", "TypeError"],
  ["native.openRawIp(112, 6, 'lo', 65536, '224.0.0.18')", "TypeError"],
  ["native.receiveIpv6(0, 112, Buffer.alloc(39))", "TypeError"],
  ["native.watchFolder(12345, '/tmp')", "EBADF inotify_add_watch"],
  ["native.makeFifo('/no/such/folder/fifo', 0o644)", "ENOENT mkfifo"],
  ["native.send(1, 'text')", "TypeError"],
  ["native.receive(0)", "TypeError"],
  ["native.sendFrame(1, Buffer.alloc(4), 1)", "TypeError"],
])("%s throws %s", async ([call, expected]) => {
  const report = "console.log(error.errno < 0 ? error.code + ' ' + error.syscall : error.name)";
  const { stdout } = await child(`try { ${call}; } catch (error) { ${report}; }`);
  expect(stdout).toBe(`${expected}\n`);
});

test("on the packet path an errno is a negative number, not an exception", async () => {
  const { stdout } = await child(
    "console.log(native.receive(native.openNetlink(0, 65536), buffer), native.send(12345, buffer))",
  );
  expect(stdout).toBe("-11 -9\n");
});
