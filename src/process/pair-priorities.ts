import { type Problems, quote } from "../config/diagnostic.ts";
import { blockPlace, itemPlace, placeOf } from "../config/place.ts";
import type { TrackPlan, VrrpInstancePlan } from "../vrrp/model.ts";
import type { Member, Router } from "./pair-instances.ts";
import { beside, type Side } from "./pair-side.ts";

/** Tells of elections that come out otherwise than two files look: ties, weights that decide nothing, groups that pull in
 *  two directions. RFC 9568 §6.4.3: of equal priorities the higher address wins. */
export function comparePriorities(here: Side, routers: readonly Router[], problems: Problems): void {
  for (const router of routers) {
    if (compareBase(router, problems)) continue;
    compareStates(router, problems);
    compareWeights(router, problems);
  }
  crossedGroups(here, routers, problems);
}

/** Whether there is nothing more to be said of it. */
function compareBase({ a, b }: Router, problems: Problems): boolean {
  const { priority } = a.plan;
  if (priority !== b.plan.priority) return false;
  const related = beside(placeOf(b.block, "priority", "state"));
  if (priority === 255) {
    const message = `both directors have priority 255 for ${quote(a.plan.name)}: each takes itself for the owner of the addresses`;
    problems.error("pair/two-owners", message, placeOf(a.block, "priority", "state"), {
      hint: "give one of them a lower priority",
      related,
    });
    return true;
  }
  if (allGood(a.plan) !== allGood(b.plan)) return false;
  const masters = a.plan.startHint && b.plan.startHint;
  problems.warning(
    "pair/same-priority",
    `both directors ${masters ? "are MASTER with" : "have"} priority ${priority} for ${quote(a.plan.name)}: the higher address wins`,
    placeOf(a.block, "priority", "state"),
    { hint: "give one of them a higher priority", related },
  );
  return true;
}

function compareStates({ a, b }: Router, problems: Problems): void {
  const [high, low] = a.plan.priority > b.plan.priority ? [a, b] : [b, a];
  if (a.plan.startHint && b.plan.startHint)
    problems.warning(
      "pair/both-master",
      `${quote(a.plan.name)} is MASTER on both directors: it is the priority that decides, ${a.plan.priority} here and ${b.plan.priority} there`,
      placeOf(a.block, "state"),
      { hint: "write `state BACKUP` on one of them", related: beside(placeOf(b.block, "state")) },
    );
  else if (low.plan.startHint)
    problems.warning(
      "pair/master-of-lower",
      `${quote(low.plan.name)} is MASTER where its priority is lower: ${low.plan.priority} against ${high.plan.priority}`,
      placeOf(low.block, "state"),
      {
        hint: "write MASTER where the priority is higher, or BACKUP on both",
        related: beside(placeOf(high.block, "priority")),
      },
    );
  if (!low.plan.preempt && high.plan.preempt)
    problems.warning(
      "pair/nopreempt",
      `\`nopreempt\` stands on the director of lower priority, ${low.plan.priority}, which never preempts anyway: the other one does`,
      placeOf(low.block, "nopreempt"),
      {
        hint: "write `state BACKUP` and `nopreempt` on the director of higher priority",
        related: beside(placeOf(high.block, "nopreempt", "priority")),
      },
    );
}

const clamp = (priority: number): number => Math.min(254, Math.max(1, priority));

const trackersOf = ({ trackScripts, trackInterfaces, trackServices = [] }: VrrpInstancePlan): readonly TrackPlan[] =>
  [...trackScripts, ...trackInterfaces, ...trackServices].filter(({ weight }) => weight !== 0);

/** Effective priority while those in `failed` fail: positive weights count while a tracker is good, negative while it
 *  fails; `reverse` turns the sign. */
function effective(plan: VrrpInstancePlan, failed: readonly TrackPlan[]): number {
  if (plan.priority === 255) return 255;
  const share = (track: TrackPlan): number => {
    const counts = track.weight > 0 ? !failed.includes(track) : failed.includes(track);
    return counts ? (track.reverse ? -track.weight : track.weight) : 0;
  };
  return clamp(trackersOf(plan).reduce((sum, track) => sum + share(track), plan.priority));
}

const allGood = (plan: VrrpInstancePlan): number => effective(plan, []);

function compareWeights({ a, b }: Router, problems: Problems): void {
  const [high, low] = allGood(a.plan) >= allGood(b.plan) ? [a, b] : [b, a];
  const [mine, theirs] = [allGood(high.plan), allGood(low.plan)];
  if (mine === theirs) {
    if (a.plan.priority !== b.plan.priority)
      tie(high, low, `while all is well both directors come to priority ${mine}`, undefined, problems);
    return;
  }
  if (high.plan.priority < low.plan.priority)
    problems.warning(
      "pair/reversed",
      `while all is well the weights make ${mine} of ${high.plan.priority}, and ${theirs} of ${low.plan.priority}: the lower priority wins`,
      placeOf(high.block, "priority"),
      { hint: "give both directors the same trackers", related: beside(placeOf(low.block, "priority")) },
    );
  const trackers = trackersOf(high.plan);
  if (trackers.length === 0 || high.plan.priority === 255) return;
  const least = effective(high.plan, trackers);
  const at = (track: TrackPlan) => trackerPlace(high, track);
  if (least > theirs) {
    const names = trackers.map(({ name }) => quote(name)).join(", ");
    problems.warning(
      "pair/weight-decides-nothing",
      `a failure of ${names} leaves priority ${least} against ${theirs}: the other director never takes over`,
      at(trackers[0] as TrackPlan),
      {
        hint: `a weight of more than ${mine - theirs} in all is needed, or weight 0, so that a failure is a FAULT`,
        related: beside(placeOf(low.block, "priority")),
      },
    );
  }
  for (const track of trackers)
    if (effective(high.plan, [track]) === theirs)
      tie(high, low, `when ${quote(track.name)} fails both directors have priority ${theirs}`, track, problems);
}

function tie(high: Member, low: Member, what: string, track: TrackPlan | undefined, problems: Problems): void {
  problems.warning(
    "pair/tie",
    `${what}: the higher address wins`,
    track ? trackerPlace(high, track) : placeOf(high.block, "priority"),
    {
      hint: "let the weight be larger than the difference of the priorities",
      related: beside(placeOf(low.block, "priority")),
    },
  );
}

function trackerPlace({ block, plan }: Member, { name }: TrackPlan) {
  const isIn = (list: readonly TrackPlan[] = []): boolean => list.some((track) => track.name === name);
  if (isIn(plan.trackServices)) return placeOf(block, "track_service");
  return itemPlace(block, isIn(plan.trackScripts) ? "track_script" : "track_interface", name);
}

/** A group whose members prefer different directors: each director keeps the other from being master of all. */
function crossedGroups(here: Side, routers: readonly Router[], problems: Problems): void {
  for (const group of here.plan.vrrp.groups) {
    const members = routers.filter(({ a }) => group.members.includes(a.plan.name));
    const mine = members.find(({ a, b }) => allGood(a.plan) > allGood(b.plan));
    const theirs = members.find(({ a, b }) => allGood(a.plan) < allGood(b.plan));
    const block = here.root.vrrp_sync_group.find(({ argument }) => argument === group.name);
    if (!mine || !theirs || !block) continue;
    problems.warning(
      "pair/crossed-group",
      `the members of ${quote(group.name)} pull in two directions: ${quote(mine.a.plan.name)} has the higher priority here, ${quote(theirs.a.plan.name)} there, and they change only together`,
      blockPlace(block),
      {
        hint: "let one director have the higher priority for all members, or take them out of the group",
        related: [
          ...beside(placeOf(mine.a.block, "priority"), `${allGood(mine.a.plan)} here, ${allGood(mine.b.plan)} there`),
          ...beside(
            placeOf(theirs.a.block, "priority"),
            `${allGood(theirs.a.plan)} here, ${allGood(theirs.b.plan)} there`,
          ),
        ],
      },
    );
  }
}
