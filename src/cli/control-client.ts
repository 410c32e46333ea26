import http from "node:http";
import { errnoCode, messageOf } from "../core/errors.ts";
import { CommandError, EXIT_FAILED, EXIT_NOT_RUNNING } from "./errors.ts";

export type ControlAnswer = { readonly httpStatus: number; readonly body: unknown };

/** The longest that any request may take: a reload waits for every child. */
const LIMIT_MS = 130_000;
const MOST_BYTES = 256 * 1024 * 1024;

export type AskOptions = {
  /** Goes as JSON. */
  readonly body?: unknown;
  /** Ends the question. */
  readonly signal?: AbortSignal;
  /** The longest that the daemon may say nothing. */
  readonly limitMs?: number;
};

/** Asks the daemon behind a control socket. Rejects with CommandError when none answers there. */
export function askDaemon(
  socketPath: string,
  method: "GET" | "POST",
  path: string,
  { body, signal, limitMs = LIMIT_MS }: AskOptions = {},
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(unreachable(socketPath, error));
    const options = { socketPath, method, path, agent: false, timeout: limitMs, ...(signal && { signal }) };
    const request = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_BYTES) response.destroy(new Error("the answer is too long"));
        else chunks.push(chunk);
      });
      response.on("error", fail);
      response.on("end", () => {
        try {
          const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
          resolve({ httpStatus: response.statusCode ?? 0, body });
        } catch (error) {
          fail(error);
        }
      });
    });
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.on("error", fail);
    if (body === undefined) request.end();
    else request.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
}

function unreachable(socketPath: string, cause: unknown): CommandError {
  switch (errnoCode(cause)) {
    case "ENOENT":
    case "ECONNREFUSED":
      return new CommandError("control/not-running", `no director answers at ${socketPath}`, {
        exitStatus: EXIT_NOT_RUNNING,
        hint: "start it with `lvskeeper run`, or name its pid file with --pid",
        cause,
      });
    case "EACCES":
    case "EPERM":
      return new CommandError("control/permission", `no permission to use ${socketPath}`, {
        exitStatus: EXIT_FAILED,
        hint: "run this as root",
        cause,
      });
    default:
      return new CommandError("control/broken", `the director at ${socketPath} did not answer: ${messageOf(cause)}`, {
        exitStatus: EXIT_FAILED,
        hint: "try again; its log says what happened",
        cause,
      });
  }
}
