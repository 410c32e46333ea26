import { spawn } from "node:child_process";
import { errnoCode, messageOf } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";

/** Why nft(8) did not do what it was told: not installed, or what it said. */
export type NftFailure = { readonly code: "missing" | "refused"; readonly message: string };

/** Gives a script to nft(8), which carries it out in one step or not at all. */
export type NftRunner = (script: string) => Promise<Result<void, NftFailure>>;

const TIMEOUT_MS = 5000;
const MAX_MESSAGE_BYTES = 2048;
/** Administrators' programs are not in everybody's path. */
const SYSTEM_PATHS = "/usr/local/sbin:/usr/sbin:/sbin";

export const runNft: NftRunner = (script) =>
  new Promise((resolve) => {
    let said = "";
    const child = spawn("nft", ["-f", "-"], {
      stdio: ["pipe", "ignore", "pipe"],
      env: { PATH: `${process.env.PATH ?? ""}:${SYSTEM_PATHS}` },
      timeout: TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    child.once("error", (cause) => {
      const missing = errnoCode(cause) === "ENOENT";
      resolve(err({ code: missing ? "missing" : "refused", message: messageOf(cause) }));
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (said.length < MAX_MESSAGE_BYTES) said += chunk.toString();
    });
    child.once("close", (status, signal) => {
      if (status === 0) resolve(ok(undefined));
      else
        resolve(err({ code: "refused", message: said.trim().split("\n")[0] || `it ended with ${signal ?? status}` }));
    });
    child.stdin.once("error", () => {}); // it ended before it had read everything, and says why
    child.stdin.end(script);
  });
