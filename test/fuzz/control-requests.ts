import assert from "node:assert/strict";
import fc from "fast-check";
import { routeOf } from "../../src/process/api-request.ts";
import { parseFromChild } from "../../src/process/message-guard.ts";
import { parseRsCommand } from "../../src/virtual-server/rs-command.ts";
import { type Files, textOf } from "./target.ts";

/** What comes through the control socket, and from the process behind it that nobody has to trust. */

const word = fc.oneof(
  fc.constantFrom(
    "drain",
    "disable",
    "enable",
    "weight",
    "remove",
    "stay",
    "10.0.0.2:80",
    "[2001:db8::2]:80",
    "__proto__",
  ),
  fc.constantFrom("ready", "heartbeat", "saved", "vrrp.state", "done", "request", "status", "checker"),
  fc.string({ maxLength: 20 }),
);
const value = fc.oneof(
  word,
  word,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 3 }),
);
const key = fc.constantFrom(
  ..."do server service after deadlineMs weight t id request role pid part instance state result".split(" "),
  ..."code message permanent lagMs body __proto__ constructor".split(" "),
);
const body = fc.oneof(
  fc.array(fc.tuple(key, value), { maxLength: 7 }).map((pairs) => JSON.stringify(Object.fromEntries(pairs))),
  fc.json(),
);
const target = fc.oneof(
  fc
    .tuple(fc.constantFrom("/status", "/reload", "/stop", "/rs", "/"), fc.string({ maxLength: 10 }))
    .map((p) => p.join("")),
  fc.webUrl({ withQueryParameters: true }),
  fc.string({ unit: "binary", maxLength: 40 }),
);

export const controlCases: fc.Arbitrary<Files> = fc
  .tuple(fc.constantFrom("GET", "POST", "PUT", "", "__proto__"), target, body)
  .map(([method, url, content]) => [
    ["method", method],
    ["url", url],
    ["body", content],
  ]);

export function checkControl(files: Files): void {
  const routed = routeOf(textOf(files, "method"), textOf(files, "url"));
  if (!("request" in routed)) assert(routed.message.length < 500 && [404, 405].includes(routed.httpStatus));
  const text = textOf(files, "body");
  const given: unknown = text === "" ? undefined : JSON.parse(text);
  const command = parseRsCommand(given);
  if (command) assert.deepEqual(parseRsCommand({ ...(given as object) }), command, "what is understood stays so");
  if (command?.do === "weight") assert(command.weight >= 0 && command.weight <= 65_535);
  for (const from of ["api", "checker", "vrrp"] as const) {
    const message = parseFromChild(given, from);
    if (message && from === "api") assert(!["saved", "vrrp.state", "done", "refused"].includes(message.t));
  }
}
