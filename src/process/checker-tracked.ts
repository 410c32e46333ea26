import { createBfdChecks } from "../checkers/bfd-checks.ts";
import { createFileChecks } from "../checkers/file-checks.ts";
import type { CheckerState } from "../checkers/model.ts";
import { remembered } from "../core/remembered.ts";
import type { CheckerProcessPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import { followFeed } from "./bfd-feed.ts";
import type { StartMessage } from "./messages.ts";
import type { RoomContext } from "./room.ts";

/** Checks that no probe answers: what a file says (FILE_CHECK) and what a BFD session does (BFD_CHECK). */
export type TrackedChecks = {
  /** The checks of a plan from now on. `fresh`: what the files say is read anew. */
  follow(plan: CheckerProcessPlan, fresh: boolean): void;
  state(id: string): CheckerState | undefined;
  stop(): void;
};

/** What the real servers of a virtual server follow. */
export const trackedBy = remembered(({ realServers }: VirtualServerPlan) =>
  realServers.some(({ tracked }) => tracked) ? realServers.flatMap(({ tracked }) => tracked ?? []) : [],
);

/** `onChange` is given the ids of checks whose verdict is another one. */
export function createTrackedChecks(
  { saved, bfdFeed }: Pick<StartMessage & { readonly role: "checker" }, "saved" | "bfdFeed">,
  { sink, send }: Pick<RoomContext, "sink" | "send">,
  onChange: (ids: ReadonlySet<string>) => void,
): TrackedChecks {
  const files = createFileChecks(sink, onChange);
  const bfds = createBfdChecks({
    sink,
    known: saved?.bfds,
    onChange,
    onKnown: (session, up) => send({ t: "saved", part: { bfds: { [session]: up } } as object }),
  });
  let unfollow: (() => void) | undefined;
  return {
    follow({ virtualServers, trackFiles = [] }, fresh) {
      const tracked = virtualServers.flatMap(trackedBy);
      const checks = tracked.filter((check) => check.kind === "FILE_CHECK");
      files.configure(trackFiles, checks, fresh);
      const sessions = tracked.filter((check) => check.kind === "BFD_CHECK");
      bfds.configure(sessions);
      if (sessions.length > 0 && bfdFeed !== undefined)
        unfollow ??= followFeed(bfdFeed, (verdicts) => bfds.hear(verdicts));
    },
    state: (id) => files.state(id) ?? bfds.state(id),
    stop() {
      files.stop();
      unfollow?.();
    },
  };
}
