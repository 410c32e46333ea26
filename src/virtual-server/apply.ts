import { nowMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import { diffTables } from "../ipvs/diff.ts";
import {
  type Command,
  type CommandFailure,
  destinationKey,
  type IpvsClient,
  type Table,
  type TableEntry,
} from "../ipvs/model.ts";
import { carriedBy } from "./carried.ts";
import { holdUnsure } from "./desired.ts";
import { differing, driftOf } from "./drift.ts";
import { commandText, destinationCount } from "./kernel-table.ts";
import { virtualServerEvents } from "./log-events.ts";
import { RepeatedReading, readTable } from "./reading.ts";
import { giveThenTake, servicesTakenFrom, withoutLast, withoutRefused } from "./taking.ts";

/** What is wanted of the kernel. `isUnsure`: destinations about which nothing is known yet since a restart of this
 *  process; they are left as the kernel has them. */
export type Wanted = {
  readonly table: Table;
  readonly isUnsure?: (serviceKey: string, destinationKey: string) => boolean;
};

/** Keeps the kernel's table as wanted: the one writer. What is not ours is never touched. */
export type TableKeeper = {
  /** Sets what is wanted from now on. Resolves when it was tried once; a failure is retried, and told in `status`. */
  want(wanted: Wanted): Promise<void>;
  /** Takes services for ours, so that they are removed when they are no longer wanted. */
  own(serviceKeys: Iterable<string>): void;
  /** What the kernel holds of ours, as far as is known. */
  held(): Table;
  status(): { readonly error?: string; readonly driftRepairs: number };
  /** Writes no more. `own` removes our services, `all` every service of the kernel. */
  stop(clear: "nothing" | "own" | "all"): Promise<void>;
};

export type KeeperOptions = {
  /** How often the kernel is compared with what is wanted; 0 never. */
  readonly resyncMs: () => number;
  /** What somebody else changed is told and left as it is, in place of repaired. */
  readonly reportsDrift?: () => boolean;
  /** Told when somebody else's changes are repaired: what else there is of ours in the kernel may be gone too. */
  readonly onDrift?: () => void;
  /** Told before we write to services that were not ours, by their keys, and with null once they are no longer: what a
   *  successor of this process has to remove when nobody wants it. */
  readonly onOwned?: (services: Readonly<Record<string, true | null>>) => void;
  /** Empty the whole table first. */
  readonly flush: boolean;
};

const retryDelaysMs = [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000];
/** Refused commands named in the log for one attempt; the others are only counted. */
const maxNamed = 5;
/** Services asked for one by one; of more the whole table is read. */
const maxAsked = 32;

export async function openTableKeeper(client: IpvsClient, sink: LogSink, options: KeeperOptions): Promise<TableKeeper> {
  if (options.flush) await client.flush();
  return new Keeper(client, sink, options);
}

class Keeper implements TableKeeper {
  readonly #client: IpvsClient;
  readonly #reading: RepeatedReading;
  readonly #log;
  readonly #resyncMs: () => number;
  readonly #reportsDrift: () => boolean;
  readonly #onOwned: NonNullable<KeeperOptions["onOwned"]>;
  readonly #onDrift: () => void;
  readonly #owned = new Set<string>();
  #wanted: Wanted = { table: new Map() };
  #held: Table = new Map();
  /** The kernel must be read before the next write: at the start, after a failure, and for a resync. */
  #stale: "first" | "failed" | "resync" | undefined = "first";
  #dirty = false;
  #working: Promise<void> | undefined;
  #failedAttempts = 0;
  #readAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #error: string | undefined;
  /** What is left out since it cannot be carried, in words. */
  #leftOut: readonly string[] = [];
  #drifted = 0;
  /** Changes by others that were told and left. */
  #leftDrift = "";
  #stopped = false;

  constructor(client: IpvsClient, sink: LogSink, options: KeeperOptions) {
    this.#client = client;
    this.#reading = new RepeatedReading(client);
    this.#log = createLogger(virtualServerEvents, sink);
    this.#resyncMs = options.resyncMs;
    this.#reportsDrift = options.reportsDrift ?? (() => false);
    this.#onOwned = options.onOwned ?? (() => {});
    this.#onDrift = options.onDrift ?? (() => {});
  }

  want(wanted: Wanted): Promise<void> {
    if (this.#has(wanted)) return Promise.resolve();
    this.own(wanted.table.keys());
    this.#wanted = wanted;
    return this.#wake();
  }

  /** Whether this is the very table that was wanted before and that the kernel got. */
  #has({ table, isUnsure }: Wanted): boolean {
    const isSettled = !this.#working && !this.#stale && this.#failedAttempts === 0;
    return isSettled && table === this.#wanted.table && !isUnsure && !this.#wanted.isUnsure;
  }

  own(serviceKeys: Iterable<string>): void {
    const fresh = [...serviceKeys].filter((key) => !this.#owned.has(key));
    if (fresh.length === 0) return;
    for (const key of fresh) this.#owned.add(key);
    this.#stale ??= "first"; // the kernel may hold it already
    this.#onOwned(Object.fromEntries(fresh.map((key) => [key, true])));
  }

  held = (): Table => this.#held;

  status = (): { readonly error?: string; readonly driftRepairs: number } => ({
    ...this.#trouble(),
    driftRepairs: this.#drifted,
  });

  #trouble(): { readonly error?: string } {
    const error = this.#error ?? this.#leftOut[0];
    if (error !== undefined) return { error };
    return this.#leftDrift === "" ? {} : { error: `changed by somebody else, and left so: ${this.#leftDrift}` };
  }

  async stop(clear: "nothing" | "own" | "all"): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#working;
    clearTimeout(this.#timer);
    if (clear === "all") await this.#client.flush();
    if (clear !== "own") return;
    if (this.#stale || this.#leftDrift !== "") await this.#read();
    const failures = await this.#client.apply(diffTables(new Map(), this.#held));
    this.#tell(failures);
  }

  /** Starts an attempt, or lets the one under way be followed by another. */
  #wake(): Promise<void> {
    this.#dirty = true;
    if (this.#stopped) return Promise.resolve();
    this.#working ??= this.#work();
    return this.#working;
  }

  async #work(): Promise<void> {
    clearTimeout(this.#timer);
    await undefined; // who wishes twice before that is heard once
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      await this.#attempt();
    }
    // In this turn still: a wish between here and the end of the promise would wait for work that is over.
    this.#working = undefined;
    if (!this.#stopped) this.#sleep();
  }

  async #attempt(): Promise<void> {
    try {
      const why = this.#stale;
      const believed = this.#held;
      if (why) await this.#read();
      if (why === "resync") this.#followDrift(believed);
      else if (why) this.#leftDrift = ""; // all of ours is put right now
      const carried = this.#carried(this.#wanted.table);
      const { isUnsure } = this.#wanted;
      const target = isUnsure ? holdUnsure(carried, this.#held, isUnsure) : carried;
      const commands = diffTables(...differing(target, this.#held));
      if (!why && (await this.#isMeddled(commands))) {
        this.#stale = "resync";
        this.#dirty = true;
        return;
      }
      const failures = await this.#apply(commands);
      if (failures.length === 0) this.#succeed(target);
      else this.#fail(this.#tell(failures));
    } catch (cause) {
      this.#fail(messageOf(cause));
    }
  }

  /** Without what this way to the kernel cannot carry: told once, since no second attempt could succeed. */
  #carried(wanted: Table): Table {
    const { table, leftOut } = carriedBy(this.#client, wanted);
    const words = leftOut.map(({ command, hint }) => `cannot ${commandText(command)}: ${hint}`);
    this.#tell(leftOut.filter((_, i) => !this.#leftOut.includes(words[i] as string)));
    this.#leftOut = words;
    return table;
  }

  /** Where something is refused that a service was to get, nothing is taken from it, until that was tried once more; and its
   *  last server is not taken as long as it is refused. */
  async #apply(commands: readonly Command[]): Promise<readonly CommandFailure[]> {
    const [give, take] = giveThenTake(commands);
    const refused = give.length === 0 ? [] : await this.#client.apply(give);
    const rest =
      this.#failedAttempts === 0 ? withoutRefused(take, refused) : withoutLast(take, refused, this.#held, give);
    return rest.length === 0 ? refused : [...refused, ...(await this.#client.apply(rest))];
  }

  /** Whether somebody else has changed services from which these commands take a server, since we looked: what we believe
   *  to serve beside it may be gone, and the service would be empty. */
  async #isMeddled(commands: readonly Command[]): Promise<boolean> {
    const services = servicesTakenFrom(commands);
    if (services.size > maxAsked) return true;
    for (const [key, service] of services) {
      const left = this.#held.get(key)?.destinations ?? new Map();
      const there = await this.#client.destinations(service.id, false).catch(() => []);
      const actual = new Map(there.map(({ destination }) => [destinationKey(destination), destination]));
      const tableWith = (destinations: TableEntry["destinations"]): Table =>
        new Map([[key, { service, destinations }]]);
      if (diffTables(tableWith(left), tableWith(actual)).length > 0) return true;
    }
    return false;
  }

  async #read(): Promise<void> {
    const first = this.#stale === "first" && this.#held.size === 0;
    this.#readAtMs = nowMs();
    const isOurs = (key: string): boolean => this.#owned.has(key);
    this.#held = await (this.#stale === "resync"
      ? this.#reading.beside(this.#held, isOurs)
      : readTable(this.#client, isOurs));
    this.#stale = undefined;
    if (first && this.#held.size > 0)
      this.#log.info("ipvs.adopted", { services: this.#held.size, destinations: destinationCount(this.#held) });
  }

  /** What differs between the kernel and what we left in it, somebody else did. Where it is only reported, the rest goes on
   *  as if it had not been: nothing of it is written until a change of ours is refused for it. */
  #followDrift(believed: Table): void {
    const { entries, changes } = driftOf(believed, this.#held);
    const leave = this.#reportsDrift();
    if (leave || entries === 0) this.#held = believed; // nothing of it is to be compared again
    const isTold = leave && changes === this.#leftDrift;
    this.#leftDrift = leave ? changes : "";
    if (entries === 0 || isTold) return;
    this.#drifted += entries;
    this.#log.warn(leave ? "ipvs.driftLeft" : "ipvs.drift", { entries, changes });
    if (!leave) this.#onDrift();
  }

  #succeed(target: Table): void {
    this.#held = target;
    const gone = [...this.#owned].filter((key) => !target.has(key) && !this.#wanted.table.has(key));
    for (const key of gone) this.#owned.delete(key);
    if (gone.length > 0) this.#onOwned(Object.fromEntries(gone.map((key) => [key, null])));
    if (this.#failedAttempts > 1) this.#log.info("ipvs.recovered", {});
    this.#failedAttempts = 0;
    this.#error = undefined;
  }

  /** A refused command may be due to a table that somebody else changed: it is read again before the next attempt. */
  #fail(message: string): void {
    const retryMs = retryDelaysMs[Math.min(this.#failedAttempts, retryDelaysMs.length - 1)] ?? 0;
    this.#failedAttempts += 1;
    this.#stale = "failed";
    this.#error = message;
    if (retryMs === 0) this.#dirty = true;
    else this.#log.error("ipvs.failed", { message, retryMs });
  }

  /** Says which commands were refused, and returns the first in one line. */
  #tell(failures: readonly CommandFailure[]): string {
    const lines = failures.map(({ command, errno, hint }) => ({ what: commandText(command), errno, hint }));
    for (const line of lines.slice(0, maxNamed)) this.#log.error("ipvs.refused", line);
    const [first] = lines;
    if (!first) return "";
    const others = lines.length > 1 ? ` (and ${lines.length - 1} more)` : "";
    return `cannot ${first.what}: ${first.errno}; ${first.hint}${others}`;
  }

  /** Until the next retry or resync; woken earlier by want(). */
  #sleep(): void {
    const retryMs = retryDelaysMs[Math.min(this.#failedAttempts - 1, retryDelaysMs.length - 1)];
    const resyncMs = this.#resyncMs();
    const isRetry = this.#failedAttempts > 0 && retryMs !== undefined;
    if (!isRetry && resyncMs <= 0) return;
    // Not put off by what is written meanwhile: where servers come and go each minute, there would be none.
    const delayMs = isRetry ? retryMs : Math.max(1, this.#readAtMs + resyncMs - nowMs());
    this.#timer = setTimeout(() => {
      this.#stale ??= "resync";
      void this.#wake();
    }, delayMs);
  }
}
