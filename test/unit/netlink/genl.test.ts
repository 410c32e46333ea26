import { expect, test } from "vitest";
import { decodeAttrs, encodeAttrs, text, u16 } from "../../../src/netlink/attrs.ts";
import { type FakeAnswer, fakeKernel } from "../../../src/netlink/fake-kernel.ts";
import { openGenl } from "../../../src/netlink/genl.ts";
import type { NetlinkMessage } from "../../../src/netlink/message.ts";

/** CTRL_ATTR_* of linux/genetlink.h. */
const controlAttrs = { familyId: [1, u16], familyName: [2, text(16)] } as const;
const family = { name: "IPVS", version: 1, module: "ip_vs" };
const FAMILY_ID = 33;

function controller({ payload }: NetlinkMessage, known: boolean): FakeAnswer {
  const { familyName } = decodeAttrs(controlAttrs, payload.subarray(4));
  if (!known || familyName !== "IPVS") return { errno: "ENOENT" };
  const answer = encodeAttrs(controlAttrs, { familyId: FAMILY_ID, familyName });
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
