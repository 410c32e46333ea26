import { spawnSync } from "node:child_process";

/** A UNIX socket whose owner was killed: it is there, and nobody listens. */
export function leaveSocket(file: string): void {
  const listen = `require("net").createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, "SIGKILL"))`;
  const { signal } = spawnSync(process.execPath, ["-e", listen]);
  if (signal !== "SIGKILL") throw new Error(`no socket could be left at ${file}`);
}
