import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type FakeAnswer, fakeKernel } from "../../../src/netlink/fake-kernel.ts";
import { control, flags, type NetlinkMessage } from "../../../src/netlink/message.ts";
import { NetlinkConnection } from "../../../src/netlink/request.ts";

const TYPE = 30;
const request = (text: string) => ({ type: TYPE, flags: 0, payload: Buffer.from(text) });
const words = (...texts: string[]): FakeAnswer => ({ payloads: texts.map((text) => Buffer.from(text)) });
const echo = (payload: Buffer): string => payload.toString();

function connect(answer: (request: NetlinkMessage) => FakeAnswer | undefined) {
  const kernel = fakeKernel(answer);
  return { kernel, connection: new NetlinkConnection(kernel.open) };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test("a request resolves with what its answers say, a dump with all of them", async () => {
  const { connection } = connect(({ flags: set }) => (set & flags.dump ? words("a", "b", "c") : words("one")));
  await expect(connection.call(request("x"), echo)).resolves.toEqual(["one"]);
  await expect(connection.call({ ...request("x"), flags: flags.dump }, echo)).resolves.toEqual(["a", "b", "c"]);
});

test("a refused request rejects with the errno as its code", async () => {
  const { connection } = connect(() => ({ errno: "EPERM" }));
  await expect(connection.call(request("x"), echo)).rejects.toMatchObject({ code: "EPERM" });
});

test("of a batch each refused request is told apart, and only one acknowledgement is asked for per datagram", async () => {
  const { kernel, connection } = connect(({ payload }) =>
    payload.toString().endsWith("7") ? { errno: "EEXIST" } : words(),
  );
  const endings = await connection.batch(Array.from({ length: 150 }, (_, i) => request(String(i))));
  const refused = endings.flatMap(({ errno }, i) => (errno === undefined ? [] : [[i, errno]]));
  expect(refused).toEqual(Array.from({ length: 15 }, (_, i) => [i * 10 + 7, "EEXIST"]));
  expect(kernel.requests).toHaveLength(150);
  expect(kernel.requests.filter(({ flags: set }) => set & flags.ack)).toHaveLength(3);
});

test("a batch whose last request is refused ends as well", async () => {
  const { connection } = connect(({ payload }) => (payload.toString() === "last" ? { errno: "ESRCH" } : words()));
  const endings = await connection.batch([request("first"), request("last")]);
  expect(endings.map(({ errno }) => errno)).toEqual([undefined, "ESRCH"]);
});

test("an empty batch asks nothing", async () => {
  const { kernel, connection } = connect(() => words());
  await expect(connection.batch([])).resolves.toEqual([]);
  expect(kernel.requests).toEqual([]);
});

test("concurrent calls are answered each by its own answers, in order", async () => {
  const { connection } = connect(({ payload }) => words(`re: ${payload.toString()}`));
  const calls = Array.from({ length: 200 }, (_, i) => connection.call(request(String(i)), echo));
  expect(await Promise.all(calls)).toEqual(calls.map((_, i) => [`re: ${i}`]));
});

test("a dump that a change interrupted is begun again, and given up after several times", async () => {
  let interruptions = 2;
  const kernel = fakeKernel(() => words("a long answer"));
  const connection = new NetlinkConnection((events) =>
    kernel.open({
      ...events,
      datagram: (bytes) => {
        if (bytes.length > 20 && interruptions-- > 0) bytes[6] = (bytes[6] as number) | flags.dumpInterrupted;
        return events.datagram(bytes);
      },
    }),
  );
  const dump = { ...request("x"), flags: flags.dump };
  await expect(connection.call(dump, echo)).resolves.toEqual(["a long answer"]);
  interruptions = 1000;
  await expect(connection.call(dump, echo)).rejects.toMatchObject({ code: "ENOBUFS" });
});

test("a lost answer (ENOBUFS) rejects the call in flight, and the next one works", async () => {
  const { kernel, connection } = connect(({ payload }) => (payload.toString() === "lost" ? undefined : words("ok")));
  const lost = connection.call(request("lost"), echo);
  const next = connection.call(request("next"), echo);
  kernel.overrun();
  await expect(lost).rejects.toMatchObject({ code: "ENOBUFS" });
  await expect(next).resolves.toEqual(["ok"]);
});

test("of a batch whose answers were lost every request ends with ENOBUFS: it may have been carried out", async () => {
  const { kernel, connection } = connect(() => undefined);
  const batch = connection.batch([request("a"), request("b")]);
  kernel.overrun();
  expect((await batch).map(({ errno }) => errno)).toEqual(["ENOBUFS", "ENOBUFS"]);
});

test("a kernel that stays silent for 5 s is given up", async () => {
  const { connection } = connect(() => undefined);
  const call = expect(connection.call(request("x"), echo)).rejects.toMatchObject({ code: "ENOBUFS" });
  await vi.advanceTimersByTimeAsync(5000);
  await call;
});

test("a late answer to a request that was given up is not taken for the next one's", async () => {
  const { kernel, connection } = connect(() => undefined);
  const first = connection.call(request("x"), echo).catch(() => "given up");
  await vi.advanceTimersByTimeAsync(5000);
  expect(await first).toBe("given up");
  const second = connection.call({ ...request("y"), flags: flags.dump }, echo);
  kernel.notify(TYPE, Buffer.from("late"), 1);
  kernel.notify(TYPE, Buffer.from("right"), 2);
  kernel.notify(control.done, Buffer.alloc(4), 2);
  await expect(second).resolves.toEqual(["right"]);
});

test("closing rejects what is in flight and what comes later", async () => {
  const { connection } = connect(() => undefined);
  const calls = [connection.call(request("x"), echo), connection.call(request("y"), echo)];
  connection.close();
  for (const call of calls) await expect(call).rejects.toMatchObject({ code: "netlink/closed" });
  await expect(connection.call(request("z"), echo)).rejects.toMatchObject({ code: "netlink/closed" });
});
