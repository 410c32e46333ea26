import type { RoomRole, StartMessage } from "./messages.ts";
import { overridesFileOf } from "./overrides-file.ts";
import type { Plan } from "./plan.ts";
import { bfdFeedOf, checkerFeedOf, type RunOptions } from "./run-options.ts";

/** What each child is told first: its part of the plan, where to find the others, and what a predecessor knew. */
export function startMessages({
  stop,
  pidFiles,
  runBfd,
  runChecker,
}: RunOptions): Readonly<Record<RoomRole, (plan: Plan, saved: object | undefined) => StartMessage>> {
  const feed = bfdFeedOf(pidFiles);
  const bfdFeed = runBfd ? { bfdFeed: feed } : {};
  const checkerFeed = checkerFeedOf(pidFiles);
  return {
    checker: ({ checker, global }, saved) =>
      ({
        t: "start",
        role: "checker",
        plan: checker,
        global,
        stop,
        overridesFile: overridesFileOf(pidFiles.parent),
        feed: checkerFeed,
        ...bfdFeed,
        ...(saved && { saved }),
      }) as StartMessage,
    vrrp: ({ vrrp, global }, saved) =>
      ({
        t: "start",
        role: "vrrp",
        plan: vrrp,
        global,
        stop,
        settingsFile: `${pidFiles.parent.replace(/\.pid$/, "")}.settings`,
        ...(runChecker && { checkerFeed }),
        ...bfdFeed,
        ...(saved && { saved }),
      }) as StartMessage,
    bfd: ({ bfd = [], global }) => ({ t: "start", role: "bfd", plan: bfd, feed, global }),
  };
}
