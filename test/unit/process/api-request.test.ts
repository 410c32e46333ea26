import { expect, test } from "vitest";
import { routeOf } from "../../../src/process/api-request.ts";

test.for([
  ["GET", "/status", { request: "status" }],
  ["GET", "/status?x=1", { request: "status" }],
  ["POST", "/reload", { request: "reload" }],
  ["POST", "/stop", { request: "stop" }],
  ["POST", "/rs", { request: "rs" }],
  ["POST", "/vrrp", { request: "vrrp" }],
  ["GET", "/running", { request: "running" }],
  ["GET", "/stop", { httpStatus: 405, allow: "POST" }],
  ["POST", "/status/", { httpStatus: 404 }],
  ["GET", "//status", { httpStatus: 404 }],
  ["GET", "", { httpStatus: 404 }],
] as const)("%s %s", ([method, url, answer]) => {
  expect(routeOf(method, url)).toMatchObject(answer);
});
