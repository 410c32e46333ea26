import net, { type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { WitnessPlan } from "../../../src/vrrp/takeover-model.ts";
import { askWitnesses } from "../../../src/vrrp/witnesses.ts";

const isRoot = process.getuid?.() === 0;

/** The first answer, or undefined when there is none within the time. */
const answer = (witnesses: readonly WitnessPlan[], timeoutMs: number): Promise<"answer" | undefined> =>
  new Promise((resolve) => {
    askWitnesses(witnesses, timeoutMs, () => resolve("answer"));
    setTimeout(resolve, timeoutMs + 50, undefined);
  });

/** A port that somebody listens on while `deed` runs, and nobody afterwards. */
async function listening<T>(deed: (port: number) => Promise<T>): Promise<T> {
  const server = net.createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await deed(port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test("tcp: a connection that is made is an answer, and one that is refused", async () => {
  const at = (port: number) => [{ kind: "tcp", address: "127.0.0.1", port } as const];
  const port = await listening(async (open) => {
    expect(await answer(at(open), 5000)).toBe("answer");
    return open;
  });
  expect(await answer(at(port), 5000)).toBe("answer");
});

test.skipIf(!isRoot)("ping: an echo of either family is an answer", async () => {
  for (const address of ["127.0.0.1", "::1"])
    expect([address, await answer([{ kind: "ping", address }], 5000)]).toEqual([address, "answer"]);
});

test("one that cannot be asked does not answer, and does not keep the others from it", async () => {
  const nowhere: WitnessPlan[] = [
    { kind: "tcp", address: "255.255.255.255", port: 9 },
    { kind: "ping", address: "255.255.255.255" },
  ];
  expect(await answer(nowhere, 100)).toBeUndefined();
  await listening(async (port) => {
    expect(await answer([...nowhere, { kind: "tcp", address: "127.0.0.1", port }], 5000)).toBe("answer");
  });
});

test("nothing answers any more once it is cancelled", async () => {
  await listening(async (port) => {
    let answers = 0;
    const cancel = askWitnesses([{ kind: "tcp", address: "127.0.0.1", port }], 5000, () => answers++);
    cancel();
    await answer([{ kind: "tcp", address: "127.0.0.1", port }], 5000);
    expect(answers).toBe(0);
  });
});
