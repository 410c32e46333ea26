import { expect, test } from "vitest";
import { routeOf, routes } from "../../../src/api/routes.ts";
import { CONTROL_REQUESTS } from "../../../src/process/messages.ts";

test.for([
  ["GET", "/status", "control", { route: { request: "status" } }],
  ["HEAD", "/status", "public", { route: { request: "status" } }],
  ["POST", "/reload", "control", { route: { request: "reload" } }],
  ["POST", "/stop", "control", { route: { request: "stop" } }],
  ["POST", "/rs", "control", { route: { request: "rs" } }],
  ["POST", "/vrrp", "control", { route: { request: "vrrp" } }],
  ["GET", "/running", "control", { route: { request: "running" } }],
  ["GET", "/plan", "control", { route: { request: "plan" } }],
  ["GET", "/metrics", "public", { route: { id: "getMetrics" } }],
  ["GET", "/events", "public", { route: { id: "getEvents" } }],
  ["GET", "/config", "public", { httpStatus: 403 }],
  ["POST", "/reload", "public", { httpStatus: 403 }],
  ["DELETE", "/status", "public", { httpStatus: 405, allow: "GET" }],
  ["GET", "/stop", "control", { httpStatus: 405, allow: "POST" }],
  ["POST", "/status/", "control", { httpStatus: 404 }],
  ["GET", "//status", "control", { httpStatus: 404 }],
  ["GET", "/toString", "control", { httpStatus: 404 }],
] as const)("%s %s at the %s door", ([method, path, door, answer]) => {
  expect(routeOf(method, path, door)).toMatchObject(answer);
});

test("what changes something is a POST, and is served on the control socket only", () => {
  const changes = ["reload", "stop", "rs", "vrrp"];
  expect(routes.filter(({ method }) => method === "POST").map(({ request }) => request)).toEqual(changes);
  expect(routes.filter(({ doors, method }) => method === "POST" && doors.length > 1)).toEqual([]);
});

test("every request that the parent answers has its address, but for those that the api process makes by itself", () => {
  const addressed = routes.flatMap(({ request }) => request ?? []);
  expect(CONTROL_REQUESTS.filter((one) => !addressed.includes(one))).toEqual(["metrics", "events", "quiet"]);
});
