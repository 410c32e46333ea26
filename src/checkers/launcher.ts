import type { Slot } from "./kinds.ts";
import { type Lane, Lanes } from "./lanes.ts";

/** What the launcher keeps of something that it runs. */
export type Run = {
  phase: "idle" | "waiting" | "running" | "gone";
  place: Slot;
  lane: Lane;
};

/** Begins runs, as many at a time as each kind of place allows; the others wait for their turn. */
export type Launcher<R extends Run> = {
  /** It is due: begun at once, or when its turn comes. A run that is "gone" by then is not begun. */
  admit(run: R): void;
  /** A run that was begun is over, whether anybody still wants to know or not. */
  ended(run: R): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
};

export type LauncherParts<R> = {
  readonly limits: Readonly<Record<Slot, number>>;
  readonly begin: (run: R) => void;
  /** Runs have to wait. */
  readonly onWaiting: (run: R, waiting: number, limit: number) => void;
};

export function createLauncher<R extends Run>({ limits, begin, onWaiting }: LauncherParts<R>): Launcher<R> {
  const places: Readonly<Record<Slot, Lanes<R>>> = {
    connect: new Lanes(limits.connect),
    socket: new Lanes(limits.socket),
    process: new Lanes(limits.process),
  };
  let onIdle: (() => void) | undefined;
  const isWanted = ({ phase }: R): boolean => phase === "waiting";
  const isIdle = (): boolean => Object.values(places).every(({ running }) => running === 0);

  const launch = (run: R): void => {
    run.phase = "running";
    begin(run);
  };

  return {
    admit(run) {
      const lanes = places[run.place];
      if (lanes.enter(run, run.lane)) {
        launch(run);
        return;
      }
      run.phase = "waiting";
      onWaiting(run, lanes.waiting, lanes.limit);
    },
    ended(run) {
      const next = places[run.place].leave(run.lane, isWanted);
      if (next) launch(next.item);
      if (onIdle && isIdle()) onIdle();
    },
    idle() {
      if (isIdle()) return Promise.resolve();
      return new Promise((resolve) => {
        onIdle = resolve;
      });
    },
  };
}
