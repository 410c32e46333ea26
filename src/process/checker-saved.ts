import type { CheckerState } from "../checkers/model.ts";
import { type Fleet, goneServers, savedServers } from "../virtual-server/fleet.ts";
import type { CheckerProcessSaved, SavedVerdicts } from "../virtual-server/model.ts";
import type { RoomContext } from "./room.ts";

/** The verdicts of a predecessor; undefined where it ended before it told of any, though it may have told of services and
 *  settings of the kernel that are ours: what is then is a start like the first. */
export function verdictsIn(saved: CheckerProcessSaved | undefined): SavedVerdicts | undefined {
  const { startedWallMs, checkers, virtualServers, realServers } = saved ?? {};
  if (!checkers || !virtualServers || !realServers) return undefined;
  return { ...(startedWallMs !== undefined && { startedWallMs }), checkers, virtualServers, realServers };
}

/** Tells the parent what a successor of this process must know: at first what is not as every start has it, later what has
 *  changed. What is gone is told as null. */
export type CheckerReporter = {
  /** The first report. Of tens of thousands of real servers and checkers, which are up at a start, nothing need be said.
   *  `startedWallMs`: when that was. */
  begin(fleet: Fleet, startedWallMs: number, checkers: Iterable<readonly [string, CheckerState]>): void;
  /** A checker's state to be told with the next report. */
  note(id: string, state: CheckerState): void;
  /** Reports what differs from the last report: `fresh` are checkers that are new, `gone` those that are no more. */
  report(fleet: Fleet, fresh?: Iterable<readonly [string, CheckerState]>, gone?: Iterable<string>): void;
};

export function createCheckerReporter(send: RoomContext["send"]): CheckerReporter {
  const noted = new Map<string, CheckerState>();
  let told: Fleet = new Map();
  return {
    note: (id, state) => void noted.set(id, state),

    begin(fleet, startedWallMs, checkers) {
      const servers = savedServers(fleet, undefined, startedWallMs);
      const down = [...checkers].filter(([, { up }]) => !up);
      told = fleet;
      send({
        t: "saved",
        part: { startedWallMs, ...servers, checkers: Object.fromEntries([...down, ...noted]) } as object,
      });
      noted.clear();
    },

    report(fleet, fresh = [], gone = []) {
      for (const [id, state] of fresh) noted.set(id, state);
      const goneCheckers = [...gone];
      if (noted.size === 0 && goneCheckers.length === 0 && told === fleet) return;
      const before = goneServers(told, fleet);
      const now = savedServers(fleet, told);
      const part: object = {
        virtualServers: { ...nulls(before.virtualServers), ...now.virtualServers },
        realServers: { ...nulls(before.realServers), ...now.realServers },
        checkers: { ...nulls(goneCheckers), ...Object.fromEntries(noted) },
      };
      told = fleet;
      noted.clear();
      send({ t: "saved", part });
    },
  };
}

/** The states of those of these checkers that have one. */
export const statesOf = (
  ids: Iterable<string>,
  stateOf: (id: string) => CheckerState | undefined,
): (readonly [string, CheckerState])[] =>
  [...ids].flatMap((id) => {
    const state = stateOf(id);
    return state ? [[id, state] as const] : [];
  });

const nulls = (keys: Iterable<string>): Record<string, null> => Object.fromEntries([...keys].map((key) => [key, null]));
