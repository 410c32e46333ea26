import http from "node:http";
import { Socket } from "node:net";
import { messageOf } from "../core/errors.ts";
import { routeOf } from "./api-request.ts";
import { type Harness, startHarness } from "./child-harness.ts";
import type { ChildBoot, ControlRequest, ToChild } from "./messages.ts";

const IDLE_MS = 60_000;
/** A reload waits for every child; the parent bounds it well below this. */
const ANSWER_LIMIT_MS = 120_000;
/** For a whole request. Node's own limits only work for servers that listen. */
const READ_LIMIT_MS = 5000;
const MOST_HEADER_BYTES = 16 * 1024;
const MOST_BODY_BYTES = 64 * 1024;
const NOBODY = 65_534;

type Answer = Extract<ToChild, { readonly t: "answer" }>;

/** The api process: reads HTTP from the connections that the parent accepted, as nobody, and asks the parent. */
export function runApi(boot: ChildBoot, args: readonly string[]): void {
  const waiting = new Map<number, (answer: Omit<Answer, "t" | "id">) => void>();
  const open = new Set<Socket>();
  const readLimits = new WeakMap<Socket, NodeJS.Timeout>();
  let lastId = 0;
  let idle: NodeJS.Timeout | undefined;

  const ask = (request: ControlRequest, given: unknown): Promise<Omit<Answer, "t" | "id">> => {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve) => {
      const body = { ok: false, code: "control/silent", message: "the director did not answer in time" };
      const timer = setTimeout(() => settle({ httpStatus: 504, body }), ANSWER_LIMIT_MS);
      const settle = (answer: Omit<Answer, "t" | "id">): void => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(answer);
      };
      waiting.set(id, settle);
      harness.send({ t: "request", id, request, ...(given !== undefined && { body: given }) });
    });
  };
  const server = createServer((request, given, socket) => {
    clearTimeout(readLimits.get(socket));
    return ask(request, given);
  });
  const rest = (): void => {
    clearTimeout(idle);
    if (open.size === 0) idle = setTimeout(() => harness.send({ t: "idle" }), IDLE_MS);
  };
  const connected = (socket: Socket): void => {
    clearTimeout(idle);
    open.add(socket);
    const late = setTimeout(() => socket.destroy(), READ_LIMIT_MS);
    readLimits.set(socket, late);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      clearTimeout(late);
      open.delete(socket);
      harness.send({ t: "closed" });
      rest();
    });
    server.emit("connection", socket);
    socket.resume();
  };

  const harness: Harness = startHarness(boot, args, {
    message: (message, handle) => {
      if (message.t === "start") harness.send({ t: "ready", role: "api", pid: process.pid });
      else if (message.t === "connection" && handle instanceof Socket) connected(handle);
      else if (message.t === "answer") waiting.get(message.id)?.(message);
      else if (message.t === "stop") harness.stop({ orphaned: false });
    },
    stop: async ({ orphaned }) => {
      if (orphaned) return;
      await Promise.all([...open].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    },
  });
  becomeNobody(harness);
  rest();
}

/** One request a connection, small and soon, and nothing kept open. */
function createServer(
  ask: (request: ControlRequest, given: unknown, socket: Socket) => Promise<Omit<Answer, "t" | "id">>,
): http.Server {
  const server = http.createServer({ maxHeaderSize: MOST_HEADER_BYTES, keepAlive: false }, (request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BODY_BYTES) request.destroy();
      else chunks.push(chunk);
    });
    request.on("end", () => {
      const routed = routeOf(request.method ?? "", request.url ?? "");
      if (!("request" in routed)) {
        const { httpStatus, message, allow } = routed;
        return answer(response, httpStatus, { ok: false, code: "control/no-such", message }, allow ? { allow } : {});
      }
      const given = jsonOf(Buffer.concat(chunks));
      void ask(routed.request, given, request.socket).then(({ httpStatus, body }) =>
        answer(response, httpStatus, body),
      );
    });
  });
  server.maxRequestsPerSocket = 1;
  return server;
}

/** A body as JSON; undefined where there is none, or it is none. */
function jsonOf(body: Buffer): unknown {
  try {
    return body.length === 0 ? undefined : JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function answer(
  response: http.ServerResponse,
  status: number,
  body: unknown,
  headers: http.OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close", ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Gives up root for good, before a byte of the network side is read. */
function becomeNobody(harness: Harness): void {
  if (process.getuid?.() !== 0) return;
  try {
    process.setgroups?.([NOBODY]);
    process.setgid?.(NOBODY);
    process.setuid?.(NOBODY);
  } catch (error) {
    const message = `cannot give up its privileges: ${messageOf(error)}`;
    harness.endWith({ t: "failed", code: "api/privileges", message, permanent: false }, 1);
  }
}
