import type { ServerResponse } from "node:http";
import { Socket } from "node:net";
import { messageOf } from "../core/errors.ts";
import { Shared } from "../core/shared.ts";
import { type Harness, startHarness } from "../process/child-harness.ts";
import type { DirectorEvent } from "../process/events.ts";
import type { ChildBoot, ControlRequest, Peer, StartMessage, ToChild } from "../process/messages.ts";
import type { MetricsInput } from "../process/metrics-input.ts";
import { VERSION } from "../process/version.ts";
import { vitals, watchGarbageCollection } from "../process/vitals.ts";
import { EventHub } from "./event-hub.ts";
import type { Format } from "./metrics/exposition.ts";
import { metricsPage } from "./metrics/page.ts";
import { openapi } from "./openapi.ts";
import { dropPrivileges } from "./privileges.ts";
import { PublicDoor } from "./public-door.ts";
import { type Answer, createServer, type ServerParts, type Text } from "./server.ts";

const IDLE_MS = 60_000;
/** A reload waits for every child; the parent bounds it well below this. */
const ANSWER_LIMIT_MS = 120_000;
/** For a whole request on the control socket. Node's own limits only work for servers that listen. */
const READ_LIMIT_MS = 5000;
/** Whoever reads from outside is told what is at most so old. */
const PUBLIC_AGE_MS = 1000;

type Start = Extract<StartMessage, { readonly role: "api" }>;

/** The api process: reads HTTP from the connections that the parent accepted, and from those of http_listen, as somebody
 *  who may do nothing, and asks the parent. */
export function runApi(boot: ChildBoot, args: readonly string[]): void {
  const waiting = new Map<number, (answer: Answer) => void>();
  const open = new Map<Socket, Peer | undefined>();
  const readLimits = new WeakMap<Socket, NodeJS.Timeout>();
  const early: (() => void)[] = [];
  const streams = new Set<ServerResponse>();
  let door: PublicDoor | undefined;
  let started = false;
  let mostSeries = 0;
  let lastId = 0;
  let idle: NodeJS.Timeout | undefined;

  const ask = (request: ControlRequest, body?: unknown, peer?: Peer): Promise<Answer> => {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve) => {
      const late = { ok: false, code: "control/silent", message: "the director did not answer in time" };
      const timer = setTimeout(() => settle({ httpStatus: 504, body: late }), ANSWER_LIMIT_MS);
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(answer);
      };
      waiting.set(id, settle);
      harness.send({ t: "request", id, request, ...(body !== undefined && { body }), ...(peer && { peer }) });
    });
  };

  const hub = new EventHub({
    ask: async (after) => {
      const { httpStatus, body } = await ask("events", after === undefined ? {} : { after });
      return httpStatus === 200 ? (body as { readonly events: readonly DirectorEvent[] }).events : undefined;
    },
    quiet: () => void ask("quiet"),
  });
  const readings = createReadings(ask, () => mostSeries);
  const partsOf = (which: ServerParts["door"], ageMs: number): ServerParts => ({
    door: which,
    hub,
    read: (request) => readings.of(request).get(ageMs),
    metrics: (format) => readings.metrics[format].get(ageMs),
    act: (request, body, peer) => ask(request, body, peer),
    openapi: () => openapi(VERSION),
    received: (socket) => clearTimeout(readLimits.get(socket)),
    streams,
    peerOf: (socket) => open.get(socket),
  });
  const control = createServer(partsOf("control", 0));

  const rest = (): void => {
    clearTimeout(idle);
    if (open.size === 0 && !door) idle = setTimeout(() => harness.send({ t: "idle" }), IDLE_MS);
  };
  const connected = (socket: Socket, peer: Peer | undefined): void => {
    clearTimeout(idle);
    open.set(socket, peer);
    const late = setTimeout(() => socket.destroy(), READ_LIMIT_MS);
    readLimits.set(socket, late);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      clearTimeout(late);
      open.delete(socket);
      harness.send({ t: "closed" });
      rest();
    });
    control.emit("connection", socket);
    socket.resume();
  };

  const start = async ({ account, http }: Start): Promise<void> => {
    mostSeries = http.mostSeries;
    if (http.listen) {
      door = new PublicDoor(createServer(partsOf("public", PUBLIC_AGE_MS)), http.listen, harness.log);
      await door.open();
    }
    try {
      dropPrivileges(account);
    } catch (error) {
      const message = `cannot give up its privileges: ${messageOf(error)}`;
      harness.endWith({ t: "failed", code: "api/privileges", message, permanent: false }, 1);
      return;
    }
    started = true;
    watchGarbageCollection();
    harness.send({ t: "ready", role: "api", pid: process.pid });
    for (const begin of early.splice(0)) begin();
    rest();
  };

  /** Not a byte of a connection is read before the privileges are gone. */
  const received = (message: ToChild, handle: unknown): void => {
    if (message.t === "start" && message.role === "api") void start(message);
    else if (message.t === "connection" && handle instanceof Socket) {
      const begin = (): void => connected(handle, message.peer);
      if (started) begin();
      else early.push(begin);
    } else if (message.t === "answer") waiting.get(message.id)?.(message);
    else if (message.t === "happened") hub.happened(message.events);
    else if (message.t === "stop") harness.stop({ orphaned: false });
  };

  const harness: Harness = startHarness(boot, args, {
    message: received,
    stop: async ({ orphaned }) => {
      door?.close();
      if (orphaned) return;
      for (const stream of streams) stream.destroy();
      await Promise.all([...open.keys()].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    },
  });
}

/** One answer at a time of each kind, for all who ask for it. */
function createReadings(ask: (request: ControlRequest) => Promise<Answer>, mostSeries: () => number) {
  const texts = new Map<ControlRequest, Shared<Text>>();
  const textOf = ({ httpStatus, body }: Answer): Text => ({
    httpStatus,
    text: Buffer.from(`${JSON.stringify(body)}\n`),
  });
  const input = new Shared(() => ask("metrics"));
  const metricsIn = (format: Format): Shared<Text> =>
    new Shared(async () => {
      const answer = await input.get(0);
      if (answer.httpStatus !== 200) return textOf(answer);
      const page = metricsPage({ ...(answer.body as MetricsInput), api: { vitals: vitals() } }, mostSeries(), format);
      return { httpStatus: 200, text: Buffer.from(page) };
    });
  return {
    of(request: ControlRequest): Shared<Text> {
      const known = texts.get(request) ?? new Shared(async () => textOf(await ask(request)));
      texts.set(request, known);
      return known;
    },
    metrics: { openmetrics: metricsIn("openmetrics"), prometheus: metricsIn("prometheus") },
  };
}
