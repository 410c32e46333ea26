import { writeSync } from "node:fs";
import readline from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import { cursorHide, cursorShow, enterAlternativeScreen, exitAlternativeScreen } from "ansi-escapes";
import { type Keypress, keyOf } from "./keys.ts";
import { repaint } from "./paint.ts";
import type { Key } from "./view.ts";

export type TerminalEvents = {
  readonly key: (key: Key) => void;
  /** It has another size, or shows nothing of ours any more. */
  readonly changed: () => void;
  /** Nobody is there any more. */
  readonly gone: () => void;
};

type Output = WriteStream & { readonly fd: number };

/** A lone Esc is told from the beginning of another key by silence; a key over a slow line comes in one packet. */
const ESCAPE_MS = 100;
/** Signals that end a program. */
const ENDS = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const;

/** A terminal as a screen: it gets its own screen and its modes back at every end that a program sees, and while it is
 *  suspended. Writing to a terminal is synchronous in Node, so what is written is out. */
export class Terminal {
  readonly #input: ReadStream;
  readonly #output: Output;
  readonly #events: TerminalEvents;
  /** Absent: it may show anything. */
  #shown: readonly string[] | undefined;
  #isOurs = false;

  constructor(input: ReadStream, output: Output, events: TerminalEvents) {
    this.#input = input;
    this.#output = output;
    this.#events = events;
  }

  get columns(): number {
    return this.#output.columns;
  }

  get rows(): number {
    return this.#output.rows;
  }

  open(): void {
    readline.emitKeypressEvents(this.#input, { escapeCodeTimeout: ESCAPE_MS } as unknown as readline.Interface);
    this.#input.on("keypress", this.#pressed).on("end", this.#events.gone).on("error", this.#events.gone);
    this.#output.on("resize", this.#changed).on("error", this.#events.gone);
    for (const signal of ENDS) process.on(signal, this.#endedBy);
    process.on("SIGTSTP", this.#suspend).on("SIGCONT", this.#continue).on("exit", this.#restore);
    this.#take();
    this.#input.resume();
  }

  /** Gives it back. */
  close(): void {
    this.#restore();
    this.#input.off("keypress", this.#pressed).off("end", this.#events.gone);
    this.#output.off("resize", this.#changed);
    for (const signal of ENDS) process.off(signal, this.#endedBy);
    process.off("SIGTSTP", this.#suspend).off("SIGCONT", this.#continue).off("exit", this.#restore);
    this.#input.pause();
    this.#input.unref();
  }

  /** Lines from the top of the screen on, with their styles; only what changed is written. */
  show(lines: readonly string[]): void {
    if (!this.#isOurs) return;
    const text = repaint(this.#shown, lines);
    this.#shown = lines;
    if (text !== "") this.#output.write(text);
  }

  #take(): void {
    this.#isOurs = true;
    this.#shown = undefined;
    // A shell may have set other modes while we were stopped, and Node believes in those that it set.
    this.#input.setRawMode(false);
    this.#input.setRawMode(true);
    this.#output.write(enterAlternativeScreen + cursorHide);
  }

  readonly #restore = (): void => {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    try {
      this.#input.setRawMode(false);
      writeSync(this.#output.fd, cursorShow + exitAlternativeScreen);
    } catch {
      // It is gone: there is nothing to restore.
    }
  };

  readonly #changed = (): void => {
    this.#shown = undefined;
    this.#events.changed();
  };

  readonly #pressed = (text: string | undefined, press: Keypress): void => {
    const key = keyOf(text, press);
    if (key?.ctrl && key.name === "z") this.#suspend();
    else if (key) this.#events.key(key);
  };

  /** As the terminal itself would do it, with all processes of the job. */
  readonly #suspend = (): void => {
    this.#restore();
    process.off("SIGTSTP", this.#suspend);
    process.kill(0, "SIGTSTP");
  };

  readonly #continue = (): void => {
    process.off("SIGTSTP", this.#suspend).on("SIGTSTP", this.#suspend);
    this.#take();
    this.#events.changed();
  };

  /** Whoever waits for us sees by which signal we ended. */
  readonly #endedBy = (signal: NodeJS.Signals): void => {
    this.close();
    process.kill(process.pid, signal);
  };
}
