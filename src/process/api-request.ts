import type { ControlRequest } from "./messages.ts";

/** What the control socket serves. */
const ROUTES: readonly { readonly method: string; readonly path: string; readonly request: ControlRequest }[] = [
  { method: "GET", path: "/status", request: "status" },
  { method: "POST", path: "/reload", request: "reload" },
  { method: "POST", path: "/stop", request: "stop" },
  { method: "POST", path: "/rs", request: "rs" },
  { method: "POST", path: "/vrrp", request: "vrrp" },
  { method: "GET", path: "/running", request: "running" },
];

export type Routed =
  | { readonly request: ControlRequest }
  | { readonly httpStatus: 404 | 405; readonly message: string; readonly allow?: string };

/** The request that a method and a URL stand for, or how to refuse them. A query is not looked at. */
export function routeOf(method: string, url: string): Routed {
  const path = url.split("?", 1)[0];
  const there = ROUTES.filter((route) => route.path === path);
  if (there.length === 0) {
    const known = ROUTES.map((route) => `${route.method} ${route.path}`).join(", ");
    return { httpStatus: 404, message: `nothing at this address; there is ${known}` };
  }
  const route = there.find((r) => r.method === method);
  if (route) return { request: route.request };
  const allow = there.map((r) => r.method).join(", ");
  return { httpStatus: 405, message: `use ${allow}`, allow };
}
