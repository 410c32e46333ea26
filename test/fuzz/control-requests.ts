import assert from "node:assert/strict";
import fc from "fast-check";
import { readBody } from "../../src/api/read-request.ts";
import { routeOf, routes } from "../../src/api/routes.ts";
import { parseFromChild } from "../../src/process/message-guard.ts";
import { parseRsCommand } from "../../src/virtual-server/rs-command.ts";
import { parseVrrpCommand } from "../../src/vrrp/vrrp-command.ts";
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
  for (const door of ["control", "public"] as const) {
    const routed = routeOf(textOf(files, "method"), textOf(files, "url"), door);
    if (!("route" in routed)) assert(routed.message.length < 500 && [403, 404, 405].includes(routed.httpStatus));
    else assert(door === "control" || routed.route.method === "GET", "nothing is changed from outside");
  }
  const text = textOf(files, "body");
  const given: unknown = text === "" ? undefined : JSON.parse(text);
  const command = parseRsCommand(given);
  if (command) assert.deepEqual(parseRsCommand({ ...(given as object) }), command, "what is understood stays so");
  for (const route of routes) {
    if (route.method !== "POST" || !route.body) continue;
    const read = readBody(Buffer.from(text), route.body);
    if (!read.ok) assert(read.refusal.message.length < 500, "a refusal is one line");
    else assert(!read.value || route.request !== "vrrp" || parseVrrpCommand(read.value), "the parent takes it too");
  }
  if (command?.do === "weight") assert(command.weight >= 0 && command.weight <= 65_535);
  for (const from of ["api", "checker", "vrrp"] as const) {
    const message = parseFromChild(given, from);
    if (message && from === "api") assert(!["saved", "vrrp.state", "done", "refused"].includes(message.t));
  }
}
