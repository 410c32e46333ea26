import { native } from "../../native/index.ts";
import { nowMs } from "../core/clock.ts";
import { errnoCode } from "../core/errors.ts";
import { keptBytes, type RunOptions, type ScriptOutcome, type ScriptSpec } from "./model.ts";
import { cleanEnvironment, notStarted, startFailure } from "./start-failure.ts";
import { createTail } from "./tail.ts";
import { type Answer, decodeAnswer, encodeEnd, encodePing, encodeRun, encodeSweep, MOST_BYTES } from "./wire.ts";

/** How often it is asked for a word while it runs something, and how many times it may be silent until it counts as stuck. */
const PING_MS = 3000;
const MOST_SILENT = 3;
/** How often its answers are looked for where nobody can watch for them. */
const LOOK_MS = 50;
/** When packets are tried again that it had no room for. */
const AGAIN_MS = 5;
/** Without anything to run it is ended after this; the next script starts another. */
const IDLE_MS = 300_000;
/** So many may die at once, one after the other, before what waits to be run is given up. */
const MOST_BARREN = 3;
const ANSWER_BYTES = 64 * 1024;
const MOST_AT_ONCE = 64;

type Ended = Omit<ScriptOutcome, "output" | "elapsedMs">;

type Run = {
  readonly spec: ScriptSpec;
  readonly packet: Buffer;
  readonly keepBytes: number;
  readonly startedMs: number;
  readonly resolve: (outcome: ScriptOutcome) => void;
  /** Undoes what waits for its end. */
  readonly release: () => void;
  /** It ends with the process that runs it; what acts lives on. */
  readonly endsWithIt: boolean;
  /** Which process it is, as was told when it was started. */
  start?: Buffer;
  isUnwanted?: boolean;
};

type Running = { readonly pid: number; readonly fd: number; stop: (() => void) | undefined };

/** A small process that runs scripts (native/script_runner.cc): this one, whose heap may be large and whose event loop must
 *  not wait for a disk, never forks. It is started with the first script, and anew when it has died; the scripts that it
 *  ran are "lost" then, which says nothing about what they were to find out. */
export class ScriptProcess {
  readonly #program: string;
  readonly #runs = new Map<number, Run>();
  readonly #unsent: Buffer[] = [];
  readonly #buffer = Buffer.allocUnsafeSlow(ANSWER_BYTES);
  #process: Running | undefined;
  #lastId = 0;
  /** How many have died one after the other without an answer. */
  #barren = 0;
  /** Words asked for since the last one. */
  #silent = 0;
  readonly #pingMs: number;
  #ping: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  /** Told when it has ended by itself, with how many scripts are lost. */
  onLost: (lost: number) => void = () => {};

  constructor(program: string, pingMs = PING_MS) {
    this.#program = program;
    this.#pingMs = pingMs;
  }

  /** Its id; undefined while there is none. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  run(spec: ScriptSpec, options: RunOptions = {}): Promise<ScriptOutcome> {
    const { signal, keepBytes = keptBytes } = options;
    const startedMs = nowMs();
    const unmade = (ended: Ended): Promise<ScriptOutcome> =>
      Promise.resolve({ ...ended, output: "", elapsedMs: nowMs() - startedMs });
    if (signal?.aborted) return unmade({ how: "cancelled" });
    this.#lastId = (this.#lastId + 1) % 2 ** 32;
    const id = this.#lastId;
    const packet = encodeRun(id, spec, options, keepBytes + 1);
    if (packet.length > MOST_BYTES) return unmade({ how: "not-started", error: "its arguments are too long" });
    return new Promise((resolve) => {
      const onAbort = (): void => {
        const run = this.#runs.get(id);
        if (run) run.isUnwanted = true;
        this.#send(encodeEnd(id));
      };
      const release = (): void => signal?.removeEventListener("abort", onAbort);
      signal?.addEventListener("abort", onAbort, { once: true });
      const endsWithIt = options.isCheck === true || options.endsWithUs === true;
      this.#runs.set(id, { spec, packet, keepBytes, startedMs, resolve, release, endsWithIt });
      this.#send(packet);
    });
  }

  /** Ends it, as its owner's end would. */
  close(): void {
    const ended = this.#process;
    this.#process = undefined;
    if (ended) this.#release(ended);
    this.#lose();
    this.#follow();
  }

  #start(): Running {
    const environment = Object.entries(cleanEnvironment(process.env)).map(([name, value]) => `${name}=${value}`);
    const role = /^\S+: (\w+)/.exec(process.title)?.[1];
    const title = role === undefined ? "lvskeeper-scripts" : `lvskeeper-scripts: ${role}`;
    return { ...native().startScripts(this.#program, title, environment), stop: undefined };
  }

  #send(packet: Buffer): void {
    this.#unsent.push(packet);
    if (this.#again === undefined) this.#flush();
  }

  #flush(): void {
    this.#again = undefined;
    for (let packet = this.#unsent[0]; packet; packet = this.#unsent[0]) {
      try {
        this.#process ??= this.#start();
      } catch (cause) {
        this.#unsent.length = 0;
        for (const [id, { spec }] of this.#runs) this.#end(id, notStarted(cause, ownFailure(spec, cause)));
        this.#follow();
        return;
      }
      const sent = native().send(this.#process.fd, packet);
      if (sent >= 0) this.#unsent.shift();
      else if (sent === -EAGAIN) {
        this.#again = setTimeout(() => this.#flush(), AGAIN_MS);
        break;
      } else {
        this.#onDeath();
        return;
      }
    }
    this.#follow();
  }

  /** Answers are listened for while there are some to come, so that an idle process of ours may end. */
  #follow(): void {
    clearTimeout(this.#idle);
    const running = this.#process;
    if (running && this.#runs.size > 0) {
      running.stop ??= this.#listen(running.fd);
      this.#ping ??= setInterval(() => this.#askForAWord(), this.#pingMs);
      return;
    }
    clearInterval(this.#ping);
    this.#ping = undefined;
    this.#silent = 0;
    if (!running) return;
    running.stop?.();
    running.stop = undefined;
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
  }

  #listen(fd: number): () => void {
    try {
      return native().watch(fd, () => this.#read());
    } catch {
      // fs.epoll.max_user_watches: a script that runs must not be without an end for that
      const timer = setInterval(() => this.#read(), LOOK_MS);
      return () => clearInterval(timer);
    }
  }

  #askForAWord(): void {
    // A word that waits to be read, because this process was held up itself, gets its turn first.
    if (this.#silent >= MOST_SILENT) setImmediate(() => this.#silent >= MOST_SILENT && this.#replace());
    else {
      this.#silent += 1;
      this.#send(encodePing());
    }
  }

  #read(): void {
    for (let i = 0; i < MOST_AT_ONCE && this.#process; i += 1) {
      const length = native().receive(this.#process.fd, this.#buffer);
      if (length === -EAGAIN) break;
      if (length <= 0) {
        this.#onDeath();
        return;
      }
      this.#silent = 0;
      const answer = decodeAnswer(this.#buffer.subarray(0, length));
      if (answer) this.#hear(answer);
    }
    this.#follow();
  }

  #hear(answer: Answer): void {
    const run = this.#runs.get(answer.id);
    if (answer.how === "alive") return;
    this.#barren = 0;
    if (answer.how !== "started") this.#end(answer.id, endedBy(answer, run?.spec), answer.output);
    else if (run) run.start = answer.start;
  }

  #end(id: number, ended: Ended, output?: Buffer): void {
    const run = this.#runs.get(id);
    if (!run) return;
    this.#runs.delete(id);
    run.release();
    const tail = createTail(run.keepBytes);
    if (output) tail.push(output);
    run.resolve({ ...ended, output: tail.text(), elapsedMs: nowMs() - run.startedMs });
  }

  /** It hangs: another takes its place. */
  #replace(): void {
    try {
      if (this.#process) process.kill(this.#process.pid, "SIGKILL");
    } catch {
      // it has ended by itself
    }
    this.#onDeath();
  }

  /** Its successor is told what it has not been told, which of what acts was not begun, and of which checks to kill what is
   *  left; unless none of them lives. */
  #onDeath(): void {
    const dead = this.#process;
    this.#process = undefined;
    this.#silent = 0;
    if (dead) this.#release(dead);
    this.#barren += 1;
    const waiting = new Set(this.#unsent);
    const begun = [...this.#runs.values()].filter(({ packet }) => !waiting.has(packet));
    if (this.#barren > MOST_BARREN) this.#unsent.length = 0;
    else {
      const again = begun.filter((run) => !run.endsWithIt && !run.start && !run.isUnwanted);
      const left = begun.flatMap(({ start, endsWithIt }) => (start && endsWithIt ? [encodeSweep(start)] : []));
      this.#unsent.unshift(...left, ...again.map(({ packet }) => packet));
    }
    const lost = this.#lose();
    if (dead) this.onLost(lost);
    if (this.#unsent.length > 0) this.#flush();
    else this.#follow();
  }

  #lose(): number {
    const waiting = new Set(this.#unsent);
    const lost = [...this.#runs].filter(([, { packet }]) => !waiting.has(packet)).map(([id]) => id);
    const error = "the process that runs scripts ended";
    for (const id of lost) this.#end(id, { how: "lost", error });
    return lost.length;
  }

  #release({ pid, fd, stop }: Running): void {
    stop?.();
    native().close(fd);
    const reap = (): void => {
      if (!native().hasEnded(pid)) setTimeout(reap, 50).unref();
    };
    reap();
  }
}

const EAGAIN = 11;

function endedBy(
  answer: Exclude<Answer, { readonly how: "started" | "alive" }>,
  spec: ScriptSpec = { argv: [] },
): Ended {
  switch (answer.how) {
    case "exited":
      return { how: "exited", status: answer.status };
    case "signalled":
      return { how: "signalled", signal: answer.signal };
    case "not-started":
      return notStarted(answer.cause, startFailure(spec, answer.cause));
    default:
      return { how: answer.how };
  }
}

/** That the process itself did not start says nothing about the program. */
const ownFailure = (spec: ScriptSpec, cause: unknown): string =>
  errnoCode(cause) === "ENOENT"
    ? "the program that runs scripts is missing: run `npm run build:native`"
    : startFailure(spec, cause);
