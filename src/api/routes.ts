import type { TSchema } from "typebox";
import type { ControlRequest } from "../process/messages.ts";
import * as schemas from "./schemas.ts";
import { statusSchema } from "./status-schema.ts";

/** Who is served: `control` the owner of the socket, who may do everything; `public` those who reach http_listen. */
export type Door = "control" | "public";

export type RouteAnswer = {
  readonly description: string;
  /** Absent: the answer is text. */
  readonly schema?: TSchema;
  /** Of text. */
  readonly contentType?: string;
};

type RouteCommon = {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly answers: Readonly<Record<number, RouteAnswer>>;
};

/** One address of the API. Actions are POSTs, and only ever served to `control`. */
export type Route = RouteCommon &
  (
    | {
        readonly method: "GET";
        readonly doors: readonly Door[];
        /** What the parent is asked; absent: the api process answers by itself. */
        readonly request?: ControlRequest;
        readonly query?: TSchema;
      }
    | {
        readonly method: "POST";
        readonly doors: readonly ["control"];
        readonly request: ControlRequest;
        readonly body?: TSchema;
      }
  );

const everybody = ["control", "public"] as const;
const owner = ["control"] as const;
const json = (description: string, schema: TSchema): RouteAnswer => ({ description, schema });
const refused = json("The director refuses it.", schemas.refusal);
const absent = json("The process that knows does not run, or did not answer in time.", schemas.refusal);
const badBody = json("The body is no such command.", schemas.refusal);
const done = json("It is done.", schemas.done);

/** The whole API: requests are checked by these rows, and docs/openapi.json is made of them. */
export const routes: readonly Route[] = [
  {
    method: "GET",
    path: "/status",
    id: "getStatus",
    doors: everybody,
    request: "status",
    summary: "How everything stands: processes, VRRP instances, virtual and real servers, checks, and why",
    answers: { 200: json("The status, as `lvskeeper status --json` prints it.", statusSchema) },
  },
  {
    method: "GET",
    path: "/ipvs",
    id: "getIpvs",
    doors: owner,
    request: "ipvs",
    summary: "The kernel's IPVS table with its counters and rates, whoever made the services",
    answers: { 200: json("The table, in the kernel's order.", schemas.ipvsTable), 409: refused, 503: absent },
  },
  {
    method: "GET",
    path: "/config",
    id: "getConfig",
    doors: owner,
    request: "config",
    summary: "The running configuration as it was understood, defaults filled in; secrets are masked",
    answers: { 200: json("The plan, as `lvskeeper check --dump json` prints it.", schemas.configuration) },
  },
  {
    method: "GET",
    path: "/running",
    id: "getRunning",
    doors: owner,
    request: "running",
    summary: "What `lvskeeper plan` compares with: the plans of the processes and their saved state",
    answers: { 200: json("Plans and saved state; their form may change with any release.", schemas.running) },
  },
  {
    method: "GET",
    path: "/plan",
    id: "getPlan",
    doors: owner,
    request: "plan",
    summary: "What a reload would change now; nothing is changed",
    answers: {
      200: json("The changes; `changes` is false where there is none.", schemas.preview),
      409: json("A reload would be refused: the file has errors, which are in `drawn`.", schemas.refusal),
      503: absent,
    },
  },
  {
    method: "GET",
    path: "/events",
    id: "getEvents",
    doors: everybody,
    query: schemas.eventsQuery,
    summary: "The last 1,000 events with their causes; as a stream where `text/event-stream` is accepted",
    description:
      "A stream begins with what is kept, or behind the event that Last-Event-ID (or `after`) names, and goes on with what happens. The data of each message is one event, its id the event's. A comment comes every 15 seconds while nothing happens.",
    answers: { 200: json("Events, oldest first.", schemas.events), 503: absent },
  },
  {
    method: "GET",
    path: "/metrics",
    id: "getMetrics",
    doors: everybody,
    summary: "Metrics for Prometheus, described in docs/metrics.md",
    answers: {
      200: {
        description: "OpenMetrics 1.0 where it is accepted, else Prometheus' own text.",
        contentType: "text/plain",
      },
      503: absent,
    },
  },
  {
    method: "GET",
    path: "/openapi.json",
    id: "getOpenapi",
    doors: everybody,
    summary: "This description",
    answers: { 200: json("An OpenAPI 3.1 document.", schemas.anything) },
  },
  {
    method: "POST",
    path: "/reload",
    id: "reload",
    doors: owner,
    request: "reload",
    summary: "Read the configuration again; answers when all processes run it",
    answers: {
      200: done,
      409: json("Refused, and the running configuration stays; `drawn` are the diagnostics.", schemas.refusal),
    },
  },
  {
    method: "POST",
    path: "/stop",
    id: "stop",
    doors: owner,
    request: "stop",
    summary: "Stop the director in order; answers before it does",
    answers: { 200: json("It stops; `pid` is the process to wait for.", schemas.stopping) },
  },
  {
    method: "POST",
    path: "/rs",
    id: "commandRealServer",
    doors: owner,
    request: "rs",
    body: schemas.rsCommand,
    summary: "Drain, disable, enable or weigh a real server; kept over reloads and restarts",
    answers: {
      200: json("What it came to, for each real server it was for.", schemas.rsAnswer),
      400: badBody,
      409: refused,
    },
  },
  {
    method: "POST",
    path: "/vrrp",
    id: "commandInstance",
    doors: owner,
    request: "vrrp",
    body: schemas.vrrpCommand,
    summary: "Hand a VRRP instance over to its peer (answers when that has taken it), or take part again",
    answers: { 200: json("What it came to.", schemas.vrrpAnswer), 400: badBody, 409: refused },
  },
];

export type Routed =
  | { readonly route: Route }
  | { readonly httpStatus: 403 | 404 | 405; readonly message: string; readonly allow?: string };

/** The route that a method and a path stand for at a door, or how to refuse them. HEAD is GET without its body. */
export function routeOf(method: string, path: string, door: Door): Routed {
  const there = routes.filter((route) => route.path === path);
  if (there.length === 0) {
    const known = routes
      .filter(({ doors }) => (doors as readonly Door[]).includes(door))
      .map((route) => `${route.method} ${route.path}`);
    return { httpStatus: 404, message: `nothing at this address; there is ${known.join(", ")}` };
  }
  const route = there.find((one) => one.method === (method === "HEAD" ? "GET" : method));
  if (!route) {
    const allow = there.map((one) => one.method).join(", ");
    return { httpStatus: 405, message: `use ${allow}`, allow };
  }
  if ((route.doors as readonly Door[]).includes(door)) return { route };
  return { httpStatus: 403, message: "this is served on the control socket only; http_listen is for reading" };
}
