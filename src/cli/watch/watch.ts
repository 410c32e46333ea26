import { nowMs } from "../../core/clock.ts";
import { outlineOf, steadyContext } from "../../outline/status.ts";
import type { DirectorStatus } from "../../process/status.ts";
import { outlineText, statusText } from "../status-text.ts";
import { draw } from "./draw.ts";
import { follow } from "./follow.ts";
import { paintLine } from "./paint.ts";
import { Terminal } from "./terminal.ts";
import { firstView, step, type ViewEvent } from "./view.ts";

/** How often ages are drawn again while nothing is heard. */
const TICK_MS = 1000;

/** `status --watch`: a live screen on a terminal; anywhere else the status as text, again whenever it changes. */
export function watchCommand(socketPath: string): Promise<number> {
  const { stdin, stdout, env } = process;
  const isScreen = stdin.isTTY === true && stdout.isTTY === true && env.TERM !== "dumb";
  return isScreen ? watchOnScreen(socketPath) : watchAsText(socketPath);
}

function watchOnScreen(socketPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const ending = new AbortController();
    const terminal = new Terminal(process.stdin, process.stdout, {
      key: (key) => happened({ type: "key", key }),
      changed: () => happened({ type: "resized", columns: terminal.columns, rows: terminal.rows }),
      gone: () => end(() => resolve(0)),
    });
    let view = firstView(terminal.columns, terminal.rows);
    let heardMs = nowMs();
    const hasColors = process.stdout.hasColors(16);
    const show = (): void => terminal.show(draw(view, nowMs()).map((line) => paintLine(line, hasColors)));
    const tick = setInterval(() => view.silence && show(), TICK_MS);
    const end = (then: () => void): void => {
      ending.abort();
      clearInterval(tick);
      process.off("uncaughtException", failed);
      terminal.close();
      then();
    };
    const failed = (error: unknown): void => end(() => reject(error));
    const happened = (event: ViewEvent): void => {
      if (ending.signal.aborted) return;
      const next = step(view, event);
      if (next === undefined) end(() => resolve(0));
      else {
        view = next;
        show();
      }
    };
    // The terminal is given back before anything is said of a bug.
    process.once("uncaughtException", failed);
    terminal.open();
    show();
    const follower = {
      told: (status: DirectorStatus) => {
        heardMs = nowMs();
        happened({ type: "told", outline: outlineOf(status) });
      },
      silent: (reason: string) => happened({ type: "silent", silence: { reason, sinceMs: heardMs } }),
    };
    follow(socketPath, follower, ending.signal).catch(failed);
  });
}

/** Where no screen can be drawn: a whole status whenever it is another one, ages and traffic aside. */
function watchAsText(socketPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const ending = new AbortController();
    let before = "";
    const say = (what: string, text: string): void => {
      if (what === before) return;
      before = what;
      process.stdout.write(`${new Date().toISOString()}\n${text}\n`);
    };
    process.stdout.on("error", () => {
      ending.abort();
      resolve(0);
    });
    const follower = {
      told: (status: DirectorStatus) => say(outlineText(outlineOf(status, steadyContext(status))), statusText(status)),
      silent: (reason: string) => say(reason, `${reason}; tried again every second\n`),
    };
    follow(socketPath, follower, ending.signal).catch(reject);
  });
}
