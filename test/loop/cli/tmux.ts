import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const TMUX = "/usr/bin/tmux";
export const hasTmux = existsSync(TMUX);

const run = promisify(execFile);
const LIMIT_MS = 15_000;
const POLL_MS = 50;

/** A terminal of tmux, with a server of its own and nobody's settings. */
export class Tmux implements AsyncDisposable {
  readonly #folder = mkdtempSync(path.join(tmpdir(), "lvskeeper-tmux-"));
  readonly #socket = path.join(this.#folder, "s");

  /** A shell in a window of this size. */
  static async open(columns: number, rows: number, env: Readonly<Record<string, string>> = {}): Promise<Tmux> {
    const tmux = new Tmux();
    const given = { LC_ALL: "C.UTF-8", ...env };
    const set = Object.entries(given).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const size = ["-x", String(columns), "-y", String(rows)];
    await tmux.#tmux("-f", "/dev/null", "new-session", "-d", ...size, ...set, "bash --norc --noprofile -i");
    await tmux.until(/[#$]/);
    await tmux.say("PS1='$ '; clear");
    await tmux.until((screen) => screen.trim() === "$");
    return tmux;
  }

  /** Names of keys as tmux has them (`Down`, `C-c`, `q`). */
  async keys(...names: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...names);
  }

  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", text);
  }

  /** Types a command line. */
  async say(command: string): Promise<void> {
    await this.type(command);
    await this.keys("Enter");
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** What is on the screen; with the escapes of its colors where they are wanted. */
  async screen(withColors = false): Promise<string> {
    return (await this.#tmux("capture-pane", "-p", ...(withColors ? ["-e"] : []))).stdout;
  }

  /** A variable of the pane: `cursor_flag`, `alternate_on`. */
  async variable(name: string): Promise<string> {
    return (await this.#tmux("display-message", "-p", `#{${name}}`)).stdout.trim();
  }

  /** Waits until the screen fits, and gives it. */
  async until(wanted: RegExp | ((screen: string) => boolean)): Promise<string> {
    const fits = wanted instanceof RegExp ? (screen: string) => wanted.test(screen) : wanted;
    const startedMs = performance.now();
    for (;;) {
      const screen = await this.screen();
      if (fits(screen)) return screen;
      if (performance.now() - startedMs > LIMIT_MS) throw new Error(`the screen does not show ${wanted}:\n${screen}`);
      await delay(POLL_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server").catch(() => {});
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #tmux(...args: readonly string[]): Promise<{ readonly stdout: string }> {
    return run(TMUX, ["-S", this.#socket, ...args]);
  }
}
