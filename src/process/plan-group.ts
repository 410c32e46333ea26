import { brief, type Placed, quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace } from "../config/place.ts";
import type { Family } from "../core/ip.ts";
import type { Protocol } from "../ipvs/model.ts";
import { serviceCount } from "../virtual-server/group.ts";
import type { ServerGroup } from "../virtual-server/group-options.ts";
import type { ServiceRange } from "../virtual-server/model.ts";
import type { VirtualServer } from "../virtual-server/options.ts";
import type { PlanContext } from "./plan-context.ts";
import { nearName } from "./plan-names.ts";

/** More services than this in all virtual servers of groups, and their destinations would take gigabytes. */
const MAX_SERVICES = 65_536;

/** The virtual_server_groups of a file, and who has used them so far. */
export class Groups {
  readonly #byName = new Map<string, ServerGroup>();
  readonly #users = new Map<string, number>();
  readonly #context: PlanContext;
  #services = 0;

  constructor(groups: readonly ServerGroup[], context: PlanContext) {
    this.#context = context;
    for (const group of groups) this.#add(group);
  }

  #add(group: ServerGroup): void {
    const { problems } = this.#context;
    const other = this.#byName.get(group.name);
    if (other)
      problems.error("vs/duplicate-group", `there is another virtual_server_group ${quote(group.name)}`, group.at, {
        hint: "give it another name, or put the lines of both into one",
        related: [relatedAt("the other one", other.at)],
      });
    else this.#byName.set(group.name, group);
  }

  /** The group that a virtual server names, and which of its users this is; reports where there is none. */
  use(name: string, block: VirtualServer): { readonly group: ServerGroup; readonly position: number } | undefined {
    const group = this.#byName.get(name);
    if (!group) {
      const near = nearName(name, this.#byName.keys(), this.#context.problems);
      this.#context.problems.error(
        "vs/unknown-group",
        `there is no virtual_server_group ${quote(name)}`,
        blockPlace(block),
        { hint: near ? `did you mean ${quote(near)}?` : "add it to the file" },
      );
      return undefined;
    }
    const position = this.#users.get(name) ?? 0;
    this.#users.set(name, position + 1);
    return { group, position };
  }

  /** Its lines with the protocol and family of one virtual server. */
  ranges(group: ServerGroup, protocol: Protocol, family: Family, at: Placed): readonly ServiceRange[] {
    const ranges = group.lines.map((line): ServiceRange => {
      if (line.kind === "fwmark") return { kind: "fwmark", family: line.family ?? family, fwmark: line.fwmark };
      const { first, last, count, firstPort, lastPort } = line;
      return { kind: "addresses", protocol, first, last, count, firstPort, lastPort };
    });
    this.#services += ranges.reduce((sum, range) => sum + serviceCount(range), 0);
    if (this.tooLarge)
      this.#context.problems.error("vs/group-too-large", `more than ${MAX_SERVICES} services in all groups`, at, {
        hint: "use a firewall mark for so many addresses and ports",
      });
    return ranges;
  }

  get tooLarge(): boolean {
    return this.#services > MAX_SERVICES;
  }

  /** Says which groups nobody has used. */
  finish(): void {
    for (const [name, group] of this.#byName)
      if (!this.#users.has(name))
        this.#context.problems.warning("vs/unused-group", `no virtual_server uses the group ${quote(name)}`, group.at, {
          hint: `write \`virtual_server group ${brief(name)} { … }\`, or remove it`,
        });
  }
}
