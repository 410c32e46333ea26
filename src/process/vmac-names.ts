import type { Family } from "../core/ip.ts";

/** The names of the interfaces that instances get of their own; no two have one. */
export class VmacNames {
  readonly #taken: Set<string>;

  /** `taken`: the names that the configuration gives itself, and those of the interfaces below. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** PREFIX.VRID; where that is taken PREFIX1.VRID, PREFIX2.VRID and so on, and for IPv6 PREFIX6.VRID before those. */
  generate(prefix: string, vrid: number, family: Family): string {
    let name = `${prefix}.${vrid}`;
    if (family === 6 && this.#taken.has(name)) name = `${prefix}6.${vrid}`;
    for (let number = 1; this.#taken.has(name); number++) name = `${prefix}${number}.${vrid}`;
    this.#taken.add(name);
    return name;
  }
}
