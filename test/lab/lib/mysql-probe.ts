/** `node mysql-probe HOST USER EVERY-MS TIMEOUT-MS`: asks the MySQL server at HOST for its host's name by MariaDB's own
 *  client, again and again, and prints a ProbeLine for each answer until it is stopped. A new client starts EVERY-MS after the
 *  one before has ended. */
import { type ExecFileException, execFile } from "node:child_process";
import type { ProbeLine } from "./probe-result.ts";

const [host = "", user = "", everyMs = "100", timeoutMs = "1000"] = process.argv.slice(2);
const QUERY = "SELECT @@hostname";
const connectS = Math.ceil(Number(timeoutMs) / 1000);
const words = ["--no-defaults", "-h", host, "-u", user, `--connect-timeout=${connectS}`, "-Nse", QUERY];

function report(error: ExecFileException | null, stdout: string, stderr: string): void {
  const text = error === null ? stdout.trim() : stderr.trim() || error.message;
  const line: ProbeLine = { atMs: Math.round(performance.now()), ok: error === null, text };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** A server that vanishes once it has accepted is waited for by the client without an end: it is killed. */
function ask(): void {
  execFile("mariadb", words, { timeout: 2 * Number(timeoutMs), killSignal: "SIGKILL" }, (error, stdout, stderr) => {
    report(error, stdout, stderr);
    setTimeout(ask, Number(everyMs));
  });
}

ask();
