import { expect, test } from "vitest";
import { decodeAttrs, encodeAttrs, text, u16 } from "../../../src/netlink/attrs.ts";
import { type FakeAnswer, fakeKernel } from "../../../src/netlink/fake-kernel.ts";
import { openGenl } from "../../../src/netlink/genl.ts";
import type { NetlinkMessage } from "../../../src/netlink/message.ts";

/** CTRL_ATTR_* of linux/genetlink.h. */
const controlAttrs = { familyId: [1, u16], familyName: [2, text(16)] } as const;
const family = { name: "IPVS", version: 1, module: "ip_vs" };
const FAMILY_ID = 33;

function controller({ payload }: NetlinkMessage, known: boolean, familyId = FAMILY_ID): FakeAnswer {
  const { familyName } = decodeAttrs(controlAttrs, payload.subarray(4));
  if (!known || familyName !== "IPVS") return { errno: "ENOENT" };
  const answer = encodeAttrs(controlAttrs, { familyId, familyName });
  return { payloads: [Buffer.concat([Buffer.from([1, 2, 0, 0]), answer])] };
}

test("a family that is there is found by its name, and its requests carry its number and version", async () => {
  const kernel = fakeKernel((request) =>
    request.type === 16
      ? controller(request, true)
      : { payloads: [Buffer.concat([request.payload, Buffer.from("!")])] },
  );
  const client = await openGenl(family, {
    open: kernel.open,
    loadModule: () => Promise.reject(new Error("not needed")),
  });
  const answers = await client.get({ command: 15, attributes: Buffer.from("abcd") }, (attributes) =>
    attributes.toString(),
  );
  expect(answers).toEqual(["abcd!"]);
  expect(kernel.requests.at(-1)).toMatchObject({
    type: FAMILY_ID,
    payload: Buffer.from([15, 1, 0, 0, 97, 98, 99, 100]),
  });
});

test("a family that is missing has its module loaded", async () => {
  const loaded: string[] = [];
  const kernel = fakeKernel((request) => controller(request, loaded.length > 0));
  const client = await openGenl(family, {
    open: kernel.open,
    loadModule: async (module) => void loaded.push(module),
  });
  client.close();
  expect(loaded).toEqual(["ip_vs"]);
});

test("a family that stays missing is an error that says what modprobe said and what to do", async () => {
  const kernel = fakeKernel((request) => controller(request, false));
  const loadModule = () => Promise.reject(new Error("modprobe: FATAL: Module ip_vs not found"));
  const opening = openGenl(family, { open: kernel.open, loadModule });
  await expect(opening).rejects.toMatchObject({
    code: "ENOENT",
    message: "the kernel has no generic netlink family `IPVS`; modprobe: FATAL: Module ip_vs not found",
    hint: expect.stringContaining("modprobe ip_vs"),
  });
});

test("a module that was taken out is loaded again, and the family asked for under the number it has then", async () => {
  let id: number | undefined = FAMILY_ID;
  const loaded: string[] = [];
  const kernel = fakeKernel((request) => {
    if (request.type === 16) return controller(request, id !== undefined, id);
    return request.type === id ? { payloads: [Buffer.from("....here")] } : { errno: "ENOENT" };
  });
  const client = await openGenl(family, {
    open: kernel.open,
    loadModule: async (module) => {
      loaded.push(module);
      id = FAMILY_ID + 1;
    },
  });
  id = undefined;
  const ask = () => client.get({ command: 4, attributes: Buffer.alloc(0) }, (attributes) => attributes.toString());
  expect(await Promise.all([ask(), ask()])).toEqual([["here"], ["here"]]);
  expect(loaded).toEqual(["ip_vs"]);
  const asked = kernel.requests.length;
  expect(await ask()).toEqual(["here"]);
  expect(kernel.requests).toHaveLength(asked + 1);
});

test("an ENOENT of the family's own is the answer after one look", async () => {
  const kernel = fakeKernel((request) => (request.type === 16 ? controller(request, true) : { errno: "ENOENT" }));
  const client = await openGenl(family, { open: kernel.open });
  await expect(client.run({ command: 9, attributes: Buffer.alloc(0) })).rejects.toMatchObject({ code: "ENOENT" });
  expect(kernel.requests.map(({ type }) => type)).toEqual([16, FAMILY_ID, 16, FAMILY_ID]);
});
