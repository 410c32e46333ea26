import { type Place, type RealServer, type Service, server, serviceText } from "./blocks.ts";

/** The forms that configurations of the differential test have. */

export type Case = {
  readonly name: string;
  /** The configuration, and what it is changed to. */
  readonly before: (at: Place) => string;
  readonly after: (at: Place) => string;
};

export const AB = [server("a"), server("b")];
export const ABC = [server("a", ["weight 3"]), server("b", ["weight 2"]), server("c")];
export const TCP_DR = ["lvs_sched rr", "lvs_method DR", "protocol TCP"];

export type Variant = { readonly options: readonly string[]; readonly servers?: readonly RealServer[] };

/** One virtual server on port 80 of an address of its own. */
export const one = (name: string, before: Variant, after: Variant, where = (at: Place) => `${at.vip(1)} 80`): Case => {
  const text = ({ options, servers = AB }: Variant) => {
    return (at: Place): string => serviceText({ at: where(at), options, servers });
  };
  return { name, before: text(before), after: text(after) };
};
export const six = (at: Place): string => `${at.vip6(1)} 80`;
export const marked = (at: Place): string => `fwmark ${at.mark(1)}`;

export const several = (
  name: string,
  before: (at: Place) => readonly string[],
  after: (at: Place) => readonly string[],
) => ({ name, before: (at) => before(at).join("\n"), after: (at) => after(at).join("\n") }) satisfies Case;

export const service = (at: string, options: readonly string[], servers: readonly RealServer[] = AB): string =>
  serviceText({ at, options, servers } satisfies Service);

export const method = (words: string): string[] => ["lvs_sched wrr", `lvs_method ${words}`, "protocol TCP"];

export function v6(...names: readonly RealServer["who"][]): RealServer[] {
  return names.map((who) => server(who, [], { family: 6 }));
}
