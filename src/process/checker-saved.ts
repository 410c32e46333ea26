import type { CheckerState } from "../checkers/model.ts";
import { type Fleet, savedServerKeys, savedServers } from "../virtual-server/fleet.ts";
import type { RoomContext } from "./room.ts";

/** Tells the parent what a successor of this process must know: all of it at first, later what has changed. */
export type CheckerReporter = {
  /** A checker's state to be told with the next report. */
  note(id: string, state: CheckerState): void;
  /** Reports all that is; `gone` are checkers that are no more. Entries that are gone are told as null. */
  reportAll(fleet: Fleet, checkers: Iterable<readonly [string, CheckerState]>, gone: Iterable<string>): void;
  reportChanges(fleet: Fleet): void;
};

export function createCheckerReporter(send: RoomContext["send"]): CheckerReporter {
  const noted = new Map<string, CheckerState>();
  let told: Fleet = new Map();
  return {
    note: (id, state) => void noted.set(id, state),

    reportAll(fleet, checkers, gone) {
      const before = savedServerKeys(told);
      const now = savedServers(fleet);
      told = fleet;
      noted.clear();
      const part: object = {
        virtualServers: { ...nulls(before.virtualServers), ...now.virtualServers },
        realServers: { ...nulls(before.realServers), ...now.realServers },
        checkers: { ...nulls(gone), ...Object.fromEntries(checkers) },
      };
      send({ t: "saved", part });
    },

    reportChanges(fleet) {
      if (noted.size === 0 && told === fleet) return;
      const part = { ...savedServers(fleet, told), checkers: Object.fromEntries(noted) };
      told = fleet;
      noted.clear();
      send({ t: "saved", part });
    },
  };
}

const nulls = (keys: Iterable<string>): Record<string, null> => Object.fromEntries([...keys].map((key) => [key, null]));
