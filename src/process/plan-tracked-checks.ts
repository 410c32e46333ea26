import type { TrackedCheckPlan, TrackedFile } from "../checkers/model.ts";
import type { BfdCheck, FileCheck } from "../checkers/tracked-options.ts";
import { quote } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import type { RealServer, VirtualServer } from "../virtual-server/options.ts";
import type { BfdInstance } from "../vrrp/bfd-options.ts";
import type { TrackFile } from "../vrrp/track-file-options.ts";
import type { TrackFilePlan } from "../vrrp/tracked-model.ts";
import type { Root } from "./options.ts";
import type { PlanContext } from "./plan-context.ts";
import { definedLater, type Named, nearName, ReadingOrder } from "./plan-names.ts";

/** The checks of real servers that follow a track_file or a bfd_instance. */
export class TrackedChecks {
  readonly #root: Root;
  readonly #context: PlanContext;
  readonly #files: ReadonlyMap<string, TrackFile>;
  readonly #sessions: ReadonlyMap<string, BfdInstance>;
  readonly #used = new Set<string>();
  #order: ReadingOrder | undefined;

  constructor(root: Root, context: PlanContext) {
    this.#root = root;
    this.#context = context;
    const files: readonly TrackFile[] = [...root.track_file, ...root.vrrp_track_file];
    this.#files = new Map(files.map((file) => [file.argument, file]));
    this.#sessions = new Map(root.bfd_instance.map((session) => [session.argument, session]));
  }

  plan(block: VirtualServer, server: RealServer): readonly TrackedCheckPlan[] {
    if (server.FILE_CHECK.length === 0 && server.BFD_CHECK.length === 0) return [];
    const alpha = server.alpha ?? block.alpha;
    return [
      ...server.FILE_CHECK.flatMap((check) => this.#file(check, block, alpha)),
      ...server.BFD_CHECK.flatMap((check) => this.#session(check, block, alpha)),
    ];
  }

  /** Of all track_files those that checks follow. */
  files(all: readonly TrackFilePlan[]): readonly TrackedFile[] {
    const used = all.filter(({ name }) => this.#used.has(name));
    return used.map(({ name, file, init }) => ({ name, file, ...(init && { init }) }));
  }

  #file(check: FileCheck, block: VirtualServer, alpha: boolean): readonly TrackedCheckPlan[] {
    const file = this.#named(check, "track_file", check.track_file, "track_file", this.#files, block);
    if (!file) return [];
    const { weight, reverse } = check.weight ?? file.weight;
    const trackFile = file.argument;
    this.#used.add(trackFile);
    if (weight === 0 && reverse) {
      const id = `FILE_CHECK ${trackFile} reverse`;
      return [{ kind: "FILE_CHECK", id, trackFile, weight, reverse, alpha }];
    }
    const factor = reverse ? -weight : weight;
    return [{ kind: "FILE_CHECK", id: `FILE_CHECK ${trackFile} ${factor}`, trackFile, weight: factor, alpha }];
  }

  #session(check: BfdCheck, block: VirtualServer, alpha: boolean): readonly TrackedCheckPlan[] {
    const session = this.#named(check, "name", check.name, "bfd_instance", this.#sessions, block);
    if (!session) return [];
    const instance = session.argument;
    return [{ kind: "BFD_CHECK", id: `BFD_CHECK ${instance}`, instance, alpha: check.alpha ?? alpha }];
  }

  /** What a check names. Without it the server would count as up always, so that a wrong name is an error. */
  #named<T extends Named>(
    check: FileCheck | BfdCheck,
    keyword: string,
    name: string | undefined,
    what: string,
    known: ReadonlyMap<string, T>,
    block: VirtualServer,
  ): T | undefined {
    const { problems } = this.#context;
    if (name === undefined) {
      if (!isGiven(check, keyword))
        problems.error("check/no-name", `this check has no \`${keyword}\``, blockPlace(check), {
          hint: `name a ${what}`,
        });
      return undefined;
    }
    const found = known.get(name);
    if (!found) {
      const near = nearName(name, known.keys(), problems);
      problems.error("check/unknown-name", `there is no ${what} ${quote(name)}`, placeOf(check, keyword), {
        hint: near ? `did you mean ${quote(near)}?` : `add it to the file: \`${what} NAME { … }\``,
      });
      return undefined;
    }
    this.#order ??= new ReadingOrder(this.#root);
    if (this.#order.isAfter(found, block)) definedLater(what, found, placeOf(check, keyword), this.#context);
    return found;
  }
}
