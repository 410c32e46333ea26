import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBody, readQuery } from "../../../src/api/read-request.ts";
import { eventsQuery, rsCommand, vrrpCommand } from "../../../src/api/schemas.ts";
import { parseRsCommand } from "../../../src/virtual-server/rs-command.ts";
import { parseVrrpCommand } from "../../../src/vrrp/vrrp-command.ts";

const read = (text: string, schema = rsCommand as Parameters<typeof readBody>[1]) =>
  readBody(Buffer.from(text), schema);

describe("a body", () => {
  test.for([
    '{"do":"drain","server":"10.0.0.2:80"}',
    '{"do":"drain","server":"10.0.0.2:80","after":"stay","deadlineMs":60000}',
    '{"do":"disable","server":"[2001:db8::2]:80","service":"10.0.0.1:80"}',
    '{"do":"enable","server":"10.0.0.2"}',
    '{"do":"weight","server":"10.0.0.2","weight":0}',
  ])("is taken: %s", (text) => {
    expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  test.for([
    ["", "a body is missing: JSON, with content-type application/json"],
    ["{", "the body is not JSON: "],
    ["[]", "the body is not what is asked for here: "],
    ["null", "the body is not what is asked for here: "],
    ['{"do":"drop","server":"10.0.0.2"}', "the body is not what is asked for here: "],
    ['{"do":"drain"}', "must have required properties server"],
    ['{"do":"drain","server":7}', "/server must be string"],
    ['{"do":"drain","server":"10.0.0.2","deadlineMs":-1}', "/deadlineMs must be >= 0"],
    ['{"do":"weight","server":"10.0.0.2","weight":2147483648}', "/weight must be <= 2147483647"],
    ['{"do":"weight","server":"10.0.0.2","weight":1.5}', "/weight must be integer"],
    ['{"do":"disable","server":"10.0.0.2","weight":1}', "must not have additional properties"],
    ['{"do":"disable","server":"10.0.0.2","__proto__":{}}', "must not have additional properties"],
  ])("is refused in one line: %s", ([text, message]) => {
    const given = read(text as string);
    expect(given).toMatchObject({ ok: false, refusal: { httpStatus: 400, code: "control/bad-request" } });
    const said = given.ok ? "" : given.refusal.message;
    expect(said).toContain(message);
    expect(said).not.toContain("\n");
  });

  test("that is not UTF-8 is refused, and not mended", () => {
    const bytes = Buffer.concat([
      Buffer.from('{"do":"failover","instance":"V'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    expect(readBody(bytes, vrrpCommand)).toMatchObject({ ok: false, refusal: { message: "the body is not UTF-8" } });
  });

  test("may be nested as deep as it likes", () => {
    expect(read("[".repeat(60_000))).toMatchObject({ ok: false });
    expect(read(`{"do":${"[".repeat(30_000)}${"]".repeat(30_000)}}`)).toMatchObject({ ok: false });
  });
});

const anyBody = fc.record(
  {
    do: fc.constantFrom("drain", "disable", "enable", "weight", "failover", "resume", "x", 1, null),
    server: fc.constantFrom("10.0.0.2", "10.0.0.2:80", "[2001:db8::2]:80", "", 5, null),
    service: fc.oneof(fc.constant("web"), fc.integer()),
    weight: fc.oneof(fc.integer({ min: -2, max: 70_000 }), fc.double(), fc.constant(null)),
    deadlineMs: fc.oneof(fc.integer(), fc.constant(31 * 86_400_000 + 1), fc.string()),
    after: fc.constantFrom("remove", "stay", "x", 1),
    instance: fc.oneof(fc.string({ minLength: 0, maxLength: 20 }), fc.integer()),
  },
  { requiredKeys: [] },
);

describe("the schemas and the parent, which trusts nobody, are of one mind", () => {
  test("what the schema of /rs takes is a command, and the other way round for what has no members too many", () => {
    fc.assert(
      fc.property(anyBody, (body) => {
        const taken = readBody(Buffer.from(JSON.stringify(body)), rsCommand).ok;
        if (taken) expect(parseRsCommand(body)).toBeDefined();
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 70_000 }), (weight) => {
        const body = { do: "weight", server: "10.0.0.2", weight };
        const taken = readBody(Buffer.from(JSON.stringify(body)), rsCommand).ok;
        expect(taken).toBe(parseRsCommand(body) !== undefined);
      }),
    );
  });

  test("what the schema of /vrrp takes is a command", () => {
    fc.assert(
      fc.property(anyBody, ({ do: what, instance }) => {
        const body = { ...(what !== undefined && { do: what }), ...(instance !== undefined && { instance }) };
        const taken = readBody(Buffer.from(JSON.stringify(body)), vrrpCommand).ok;
        expect(taken).toBe(parseVrrpCommand(body) !== undefined);
      }),
    );
  });
});

test("a query has each name once, and only those it may have", () => {
  const query = (text: string) => readQuery(new URLSearchParams(text), eventsQuery);
  expect(query("after=k3-7")).toMatchObject({ ok: true, value: { after: "k3-7" } });
  expect(query("")).toMatchObject({ ok: true });
  expect(query("after=1&after=2")).toMatchObject({ ok: false });
  expect(query("before=1")).toMatchObject({ ok: false });
  expect(query(`after=${"x".repeat(41)}`)).toMatchObject({ ok: false });
  expect(query("__proto__=1")).toMatchObject({ ok: false });
});
