import { type Placed, quote } from "../config/diagnostic.ts";
import { ORIGIN } from "../config/row.ts";
import { serviceName } from "../core/service-name.ts";
import type { VrrpSyncGroup } from "../vrrp/group-options.ts";
import type { TrackPlan, VrrpInstancePlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import { type BalancingTracks, CHECKER_NAME } from "../vrrp/tracking-options.ts";
import { NO_WEIGHT, type TrackList as TrackBlock, type TrackLine, type Weight } from "../vrrp/weight-options.ts";
import type { Root } from "./options.ts";
import type { PlanContext } from "./plan-context.ts";
import { definedLater, type Named, ReadingOrder, undefinedName } from "./plan-names.ts";

/** What a weight acts on. */
type Electable = Pick<VrrpInstancePlan, "priority" | "preempt">;

export type Trackers = Pick<
  VrrpInstancePlan,
  | "trackScripts"
  | "trackInterfaces"
  | "trackFiles"
  | "trackProcesses"
  | "trackBfds"
  | "trackBalancing"
  | "trackServices"
>;

type TrackList = TrackBlock | BalancingTracks | "track_service";

type Definition = Partial<Named> & { readonly weight: Weight };
/** What the lines of a list may name, and what that is called; no names: anything. */
type Kind = { readonly keyword: string; readonly known?: ReadonlyMap<string, Definition> };

/** Resolves what instances track, by themselves and through their sync group. */
export class TrackerPlanner {
  readonly #context: PlanContext;
  readonly #kinds: Readonly<Record<TrackList, Kind>>;
  readonly #order: ReadingOrder;
  readonly #owners: ReadonlySet<string>;
  /** Lines of groups, which several instances have: each is judged once. */
  readonly #judged = new Set<TrackLine>();

  constructor(root: Root, context: PlanContext) {
    this.#context = context;
    this.#order = new ReadingOrder(root);
    const owners = root.vrrp_instance.filter(
      ({ priority, state }) => (priority ?? (state === "MASTER" ? 255 : 0)) === 255,
    );
    this.#owners = new Set(owners.map(({ argument }) => argument));
    const kind = (keyword: string, blocks: readonly (Definition & Named)[]): Kind => ({
      keyword,
      known: new Map([...blocks].reverse().map((block) => [block.argument, block])),
    });
    this.#kinds = {
      track_script: kind("vrrp_script", root.vrrp_script),
      track_interface: { keyword: "interface" },
      track_file: kind("track_file", [...root.track_file, ...root.vrrp_track_file]),
      track_process: kind("vrrp_track_process", root.vrrp_track_process),
      track_bfd: kind("bfd_instance", root.bfd_instance),
      track_service: { keyword: "service" },
      track_virtual_server: {
        keyword: "virtual_server",
        known: new Map(root.virtual_server.map(({ argument }) => [serviceName(argument), { weight: NO_WEIGHT }])),
      },
      track_checker: {
        keyword: "virtual_server, so that there is no process",
        known: new Map(root.virtual_server.length > 0 ? [[CHECKER_NAME, { weight: NO_WEIGHT }]] : []),
      },
    };
  }

  plan(instance: VrrpInstance, plan: Electable, group: VrrpSyncGroup | undefined): Trackers {
    const tracks = (list: TrackList): readonly TrackPlan[] => {
      const own = this.#own(list, instance, plan, group);
      const shared = group ? this.#shared(list, group) : [];
      return [...own, ...shared.filter(({ name }) => !own.some((track) => track.name === name))];
    };
    const [files, processes, bfds] = [tracks("track_file"), tracks("track_process"), tracks("track_bfd")];
    const services = tracks("track_service");
    const balancing = [...tracks("track_virtual_server"), ...tracks("track_checker")];
    return {
      trackScripts: tracks("track_script"),
      trackInterfaces: tracks("track_interface").filter(({ name }) => name !== instance.interface),
      ...(files.length > 0 && { trackFiles: files }),
      ...(processes.length > 0 && { trackProcesses: processes }),
      ...(bfds.length > 0 && { trackBfds: bfds }),
      ...(services.length > 0 && { trackServices: services }),
      ...(balancing.length > 0 && { trackBalancing: balancing }),
    };
  }

  #own(
    list: TrackList,
    instance: VrrpInstance,
    plan: Electable,
    group: VrrpSyncGroup | undefined,
  ): readonly TrackPlan[] {
    const unweighted = group !== undefined && !group.sync_group_tracking_weight;
    return this.#lines(list, instance).flatMap((line) => {
      if (list === "track_interface" && line.name === instance.interface) {
        if (!line.weight?.weight) this.#ownInterface(line); // with a weight it is more than needless, and told elsewhere
        return [];
      }
      const weight = this.#weightOf(list, line);
      const track = { name: line.name, ...weight };
      if (list !== "track_interface" && list !== "track_file") reportUselessWeight(track, plan, line.at, this.#context);
      const ownsAddresses = list === "track_file" && plan.priority === 255;
      if ((!unweighted && !ownsAddresses) || weight.weight === 0) return [track];
      if (list === "track_file" && !line.weight) return [{ ...track, weight: 0 }];
      if (ownsAddresses) {
        reportUselessWeight(track, plan, line.at, this.#context);
        return [];
      }
      const isInterface = list === "track_interface";
      reportUnweighted(line.name, isInterface ? "counts without weight" : "is left out", line.at, this.#context);
      return isInterface ? [{ ...track, weight: 0 }] : [];
    });
  }

  /** The trackers of a group, which act on each member; without weight where one of them owns its addresses. */
  #shared(list: TrackList, group: VrrpSyncGroup): readonly TrackPlan[] {
    const owner = (group.group ?? []).some((member) => this.#owners.has(member));
    return this.#lines(list, group).map((line) => {
      const { weight, reverse } = this.#weightOf(list, line);
      return { name: line.name, weight: owner ? 0 : weight, reverse };
    });
  }

  /** The lines that name something, each name once. */
  #lines(list: TrackList, block: VrrpInstance | VrrpSyncGroup): readonly TrackLine[] {
    const { keyword, known } = this.#kinds[list];
    const seen = new Set<string>();
    return (block[list] ?? []).filter((line) => {
      const first = !this.#judged.has(line);
      this.#judged.add(line);
      const definition = known?.get(line.name);
      if (known && !definition) {
        if (first) undefinedName(keyword, line.name, known.keys(), line.at, this.#context);
        return false;
      }
      if (seen.has(line.name)) {
        if (first) this.#twice(line);
        return false;
      }
      seen.add(line.name);
      if (first && isBlock(definition) && this.#order.isAfter(definition, { [ORIGIN]: block[ORIGIN] }))
        definedLater(keyword, definition, line.at, this.#context);
      return true;
    });
  }

  #weightOf(list: TrackList, line: TrackLine): Weight {
    return line.weight ?? this.#kinds[list].known?.get(line.name)?.weight ?? { weight: 0, reverse: false };
  }

  #twice(line: TrackLine): void {
    this.#context.problems.warning("vrrp/tracked-twice", `${quote(line.name)} is tracked twice: once counts`, line.at, {
      hint: "remove this line",
    });
  }

  #ownInterface(line: TrackLine): void {
    const message = `${quote(line.name)} is the instance's own interface, which it follows anyway: ignored`;
    this.#context.problems.warning("vrrp/own-interface", message, line.at, { hint: "remove this line" });
  }
}

/** A definition that keepalived has too, and finds where it stands before. */
const isBlock = (definition: Definition | undefined): definition is Definition & Named =>
  definition?.argument !== undefined;

function reportUnweighted(name: string, what: string, at: Placed, { problems }: PlanContext): void {
  problems.warning("vrrp/group-weight", `${quote(name)} has a weight, and its instance is in a group: it ${what}`, at, {
    hint: "add `sync_group_tracking_weight` to the group, or set weight 0",
  });
}

function reportUselessWeight(
  { name, weight }: TrackPlan,
  { priority, preempt }: Electable,
  at: Placed,
  { problems }: PlanContext,
): void {
  if (weight === 0) return;
  if (priority === 255)
    problems.warning(
      "vrrp/weight-of-owner",
      `the weight of ${quote(name)} changes nothing: priority 255 never changes`,
      at,
      { hint: "set a priority below 255, or weight 0" },
    );
  else if (weight > 0 && priority + weight > 254)
    problems.warning("vrrp/weight-cut", `priority ${priority} with weight ${weight} is cut to 254`, at, {
      hint: `a failure takes ${254 - priority} only: lower the priority, or use weight -${weight}`,
    });
  else if (!preempt)
    problems.warning(
      "vrrp/weight-nopreempt",
      `with \`nopreempt\` this router does not take over from a master whose priority ${quote(name)} lowers`,
      at,
      {
        hint: "use weight 0 on all routers of the group, so that a failure is a FAULT, or remove `nopreempt`",
      },
    );
}
